// SPDX-License-Identifier: Apache-2.0
//
// Guarantees at work on a model that is one number: who is shown which record, what is kept of what
// they say, and that their notes are a value. Also the notes themselves, which are sorted numbers.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "sim/check/checks.hpp"

namespace luosim::sim {
namespace {

using Pairs = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

Pairs pairs_of(const Notes& notes) {
  Pairs pairs;
  for (const Notes::Note& note : notes.in_order()) pairs.emplace_back(note.key, note.value);
  return pairs;
}

Digest128 digest_of(const Notes& notes) {
  Hasher hasher;
  notes.add_to(hasher);
  return hasher.finish();
}

TEST(Notes, are_found_by_key_and_absent_ones_are_zero) {
  Notes notes;
  EXPECT_TRUE(notes.is_empty());
  notes.set(7, 70);
  notes.set(3, 30);
  EXPECT_EQ(notes.find(7), std::optional<std::uint64_t>(70));
  EXPECT_EQ(notes.value_of(3), 30U);
  EXPECT_EQ(notes.find(5), std::nullopt);
  EXPECT_EQ(notes.value_of(5), 0U);
}

TEST(Notes, stay_sorted_whatever_the_order_of_setting) {
  Notes notes;
  for (const std::uint64_t key : {5U, 1U, 9U, 3U, ~0U, 0U}) notes.set(key, key + 1);
  notes.set(3, 100);
  EXPECT_EQ(pairs_of(notes),
            (Pairs{{0, 1}, {1, 2}, {3, 100}, {5, 6}, {9, 10}, {0xFFFF'FFFF, 0x1'0000'0000}}));
}

TEST(Notes, are_erased_one_by_one) {
  Notes notes;
  notes.set(1, 10);
  notes.set(2, 20);
  notes.erase(1);
  notes.erase(1);
  notes.erase(17);
  EXPECT_EQ(pairs_of(notes), (Pairs{{2, 20}}));
}

TEST(Notes, are_erased_by_range_without_its_end) {
  Notes notes;
  for (std::uint64_t key = 0; key < 10; ++key) notes.set(key, key);
  notes.erase_range(3, 7);
  EXPECT_EQ(pairs_of(notes), (Pairs{{0, 0}, {1, 1}, {2, 2}, {7, 7}, {8, 8}, {9, 9}}));
  notes.erase_range(7, 7);
  notes.erase_range(9, 2);
  notes.erase_range(100, 200);
  EXPECT_EQ(notes.in_order().size(), 6U);
  notes.erase_range(0, ~0ULL);
  EXPECT_TRUE(notes.is_empty());
}

TEST(Notes, are_equal_and_hash_alike_if_they_say_the_same) {
  Notes one;
  Notes other;
  one.set(1, 10);
  one.set(2, 20);
  other.set(2, 20);
  EXPECT_NE(one, other);
  EXPECT_NE(digest_of(one), digest_of(other));
  other.set(1, 10);
  EXPECT_EQ(one, other);
  EXPECT_EQ(digest_of(one), digest_of(other));
  other.set(1, 0);
  EXPECT_NE(digest_of(one), digest_of(other)) << "a note of zero is a note";
}

// The model of these tests: a number. The records that they speak of:
constexpr RecordKind kUp{0x100};
constexpr RecordKind kDown{0x101};
constexpr RecordKind kUnasked{0x5000};

struct Number {
  int value = 0;
};
using NumberGuarantee = Guarantee<Number>;

void must_be_positive(Look<Number>& look) {
  if (look.view.value <= 0) look.say("the number is " + std::to_string(look.view.value));
}
void must_alternate(Look<Number>& look) {
  if (look.notes.value_of(0) == look.record.kind.number) {
    look.say("it went the same way twice");
    look.say("this is said second");
  }
  look.notes.set(0, look.record.kind.number);
}
void reaches_three(Look<Number>& look) {
  if (look.view.value == 3) look.say("it was three");
}

constexpr RecordKind kDownOnly[] = {kDown};
constexpr RecordKind kBoth[] = {kUp, kDown};

NumberGuarantee claim(std::string_view id, ClaimKind kind, std::span<const RecordKind> looks_after,
                      void (*look)(Look<Number>&)) {
  return {id, "of a test", "of a test", "of a test", kind, looks_after, look};
}
const NumberGuarantee kPositive = claim("positive", ClaimKind::always, kDownOnly, must_be_positive);
const NumberGuarantee kAlternates = claim("alternates", ClaimKind::always, kBoth, must_alternate);
const NumberGuarantee kThree = claim("three", ClaimKind::sometimes, kBoth, reaches_three);
const NumberGuarantee kJudgedElsewhere = claim("elsewhere", ClaimKind::eventually, {}, nullptr);
constexpr const NumberGuarantee* kAll[] = {&kPositive, &kAlternates, &kThree, &kJudgedElsewhere};

class CheckedNumber : public ::testing::Test {
 protected:
  void go(RecordKind way) {
    number_.value += way == kUp ? 1 : -1;
    see(way);
  }
  void see(RecordKind kind) {
    time_ = time_ + nanoseconds(10);
    checks_.see({.time = time_, .kind = kind}, number_);
  }

  Number number_{1};
  Checks<Number> checks_{kAll};
  SimTime time_{};
};

TEST_F(CheckedNumber, a_guarantee_sees_only_the_kinds_that_it_asked_for) {
  number_.value = -5;
  see(kUp);
  see(kUnasked);
  see({});
  EXPECT_TRUE(checks_.violations().empty()) << "positive looks at records of going down";
  see(kDown);
  ASSERT_EQ(checks_.violations().size(), 1U);
  EXPECT_EQ(checks_.violations()[0].guarantee, 0U);
}

TEST_F(CheckedNumber, the_first_violation_is_kept_and_the_others_are_counted) {
  go(kDown);
  see(kUnasked);
  go(kUp);
  go(kDown);
  go(kUp);
  go(kDown);
  ASSERT_EQ(checks_.violations().size(), 1U);
  const Violation& violation = checks_.violations()[0];
  EXPECT_EQ(violation.cause, "the number is 0");
  EXPECT_EQ(violation.times, 3U);
  EXPECT_EQ(violation.record, 1U) << "records are counted from 1";
  EXPECT_EQ(violation.time.ns, 10);
}

TEST_F(CheckedNumber, what_is_said_first_counts) {
  go(kUp);
  go(kUp);
  ASSERT_EQ(checks_.violations().size(), 1U);
  EXPECT_EQ(checks_.violations()[0].cause, "it went the same way twice");
}

TEST_F(CheckedNumber, violations_come_in_the_order_of_finding) {
  go(kUp);
  go(kUp);
  for (int times = 0; times < 4; ++times) go(kDown);
  ASSERT_EQ(checks_.violations().size(), 2U);
  EXPECT_EQ(checks_.violations()[0].guarantee, 1U);
  EXPECT_EQ(checks_.violations()[1].guarantee, 0U);
}

TEST_F(CheckedNumber, a_claim_of_sometimes_is_reached_and_never_violated) {
  EXPECT_FALSE(checks_.was_reached(2));
  go(kUp);
  EXPECT_FALSE(checks_.was_reached(2));
  number_.value = 2;
  go(kUp);
  EXPECT_TRUE(checks_.was_reached(2));
  for (const Violation& violation : checks_.violations()) EXPECT_NE(violation.guarantee, 2U);
}

TEST_F(CheckedNumber, what_is_found_by_other_means_is_counted_alike) {
  checks_.add_violation(3, "no way back", SimTime{77});
  checks_.add_violation(3, "still none", SimTime{88});
  ASSERT_EQ(checks_.violations().size(), 1U);
  EXPECT_EQ(checks_.violations()[0].cause, "no way back");
  EXPECT_EQ(checks_.violations()[0].time.ns, 77);
  EXPECT_EQ(checks_.violations()[0].times, 2U);
}

TEST_F(CheckedNumber, a_copy_goes_on_being_checked_alike) {
  go(kUp);
  Checks<Number> copy = checks_;
  const Number moved{number_.value + 1};
  EXPECT_EQ(copy.notes(), checks_.notes());
  go(kUp);
  EXPECT_TRUE(copy.violations().empty());
  EXPECT_NE(copy.notes(), CheckNotes{});
  copy.see({.time = SimTime{20}, .kind = kUp}, moved);
  EXPECT_EQ(copy.notes(), checks_.notes());
  EXPECT_EQ(copy.violations().size(), checks_.violations().size());
}

TEST(ClaimKind, has_a_word_each) {
  EXPECT_EQ(word_of(ClaimKind::always), "always");
  EXPECT_EQ(word_of(ClaimKind::eventually), "eventually");
  EXPECT_EQ(word_of(ClaimKind::sometimes), "sometimes");
}

TEST(Subscriptions, keep_the_order_of_adding) {
  Subscriptions subscriptions;
  subscriptions.add(kDown, 4);
  subscriptions.add(kDown, 2);
  const auto asked = subscriptions.of(kDown);
  EXPECT_EQ((std::vector<std::uint32_t>(asked.begin(), asked.end())),
            (std::vector<std::uint32_t>{4, 2}));
  EXPECT_TRUE(subscriptions.of(kUp).empty());
  EXPECT_TRUE(subscriptions.of(kUnasked).empty());
}

}  // namespace
}  // namespace luosim::sim
