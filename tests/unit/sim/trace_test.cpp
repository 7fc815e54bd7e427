// SPDX-License-Identifier: Apache-2.0
//
// The hash of a trace identifies a run, so it must be equal for equal records and must change with
// every member of a record, and one value is golden.
#include "sim/trace/trace.hpp"

#include <functional>
#include <vector>

#include <gtest/gtest.h>

namespace luosim::sim {
namespace {

constexpr RecordKind kOwn{0x100};

Record record_of(std::uint64_t number) {
  return {.time = {static_cast<std::int64_t>(number) * 10},
          .kind = number % 2 == 0 ? EngineRecord::step : kOwn,
          .task = {1},
          .subject = {2},
          .object = {3},
          .values = {number, 4, 5, 6}};
}

void write(RecordedTrace& trace, std::uint64_t from, std::uint64_t until) {
  for (std::uint64_t number = from; number < until; ++number) trace.write(record_of(number));
}

TEST(RecordedTrace, keeps_the_records_in_order) {
  RecordedTrace trace;
  write(trace, 0, 5);
  ASSERT_EQ(trace.records().size(), 5U);
  for (std::uint64_t number = 0; number < 5; ++number) {
    EXPECT_EQ(trace.records()[number], record_of(number));
  }
  EXPECT_EQ(trace.written(), 5U);
}

TEST(RecordedTrace, has_the_golden_hash) {
  RecordedTrace trace;
  EXPECT_EQ(to_hex(trace.hash()), "99aa06d3014798d86001c324468d497f");
  write(trace, 0, 10);
  EXPECT_EQ(to_hex(trace.hash()), "04d020d475b682df895f4a4528879336");
}

TEST(RecordedTrace, has_equal_hashes_for_equal_records) {
  RecordedTrace left;
  RecordedTrace right;
  // More than the buffer of the hasher holds, and asked for the hash at different moments.
  for (std::uint64_t number = 0; number < 3'000; number += 10) {
    write(left, number, number + 10);
    write(right, number, number + 10);
    if (number % 500 == 0) {
      ASSERT_EQ(left.hash(), right.hash());
    }
  }
  EXPECT_EQ(left.hash(), right.hash());
}

TEST(RecordedTrace, has_another_hash_for_each_member_that_differs) {
  const std::vector<std::function<void(Record&)>> changes{
      [](Record& record) { record.time.ns += 1; },   [](Record& record) { ++record.kind.number; },
      [](Record& record) { ++record.task.index; },   [](Record& record) { ++record.subject.index; },
      [](Record& record) { ++record.object.index; }, [](Record& record) { ++record.values[0]; },
      [](Record& record) { ++record.values[1]; },    [](Record& record) { ++record.values[2]; },
      [](Record& record) { ++record.values[3]; },    [](Record&) {}};
  std::vector<Digest128> hashes;
  for (const auto& change : changes) {
    RecordedTrace trace;
    write(trace, 0, 1);
    Record record = record_of(1);
    change(record);
    trace.write(record);
    for (const Digest128& other : hashes) EXPECT_NE(trace.hash(), other) << hashes.size();
    hashes.push_back(trace.hash());
  }
  EXPECT_EQ(hashes.size(), 10U);
}

TEST(RecordedTrace, has_another_hash_for_another_order_or_number_of_records) {
  RecordedTrace forwards;
  RecordedTrace backwards;
  RecordedTrace shorter;
  for (const std::uint64_t number : {1U, 2U, 2U}) forwards.write(record_of(number));
  for (const std::uint64_t number : {2U, 2U, 1U}) backwards.write(record_of(number));
  for (const std::uint64_t number : {1U, 2U}) shorter.write(record_of(number));
  EXPECT_NE(forwards.hash(), backwards.hash());
  EXPECT_NE(forwards.hash(), shorter.hash());
}

TEST(RecordedTrace, forgets_records_but_not_their_hash) {
  RecordedTrace all;
  RecordedTrace forgetful;
  write(all, 0, 5);
  write(forgetful, 0, 5);
  forgetful.forget_records();
  EXPECT_TRUE(forgetful.records().empty());
  EXPECT_EQ(forgetful.hash(), all.hash());
  write(all, 5, 8);
  write(forgetful, 5, 8);
  EXPECT_EQ(forgetful.hash(), all.hash());
  EXPECT_EQ(forgetful.records().size(), 3U);
  EXPECT_EQ(forgetful.written(), 8U);
}

TEST(RecordedTrace, hashes_steps_also_when_it_does_not_keep_them) {
  RecordedTrace all;
  RecordedTrace without_steps;
  without_steps.keep_steps(false);
  write(all, 0, 6);
  write(without_steps, 0, 6);
  EXPECT_EQ(without_steps.hash(), all.hash());
  EXPECT_EQ(without_steps.written(), 6U);
  EXPECT_EQ(without_steps.records(),
            (std::vector<Record>{record_of(1), record_of(3), record_of(5)}));
}

}  // namespace
}  // namespace luosim::sim
