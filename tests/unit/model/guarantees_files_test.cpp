// SPDX-License-Identifier: Apache-2.0
//
// The guarantees about files, their tokens and their contents: for each, a story in which it does
// not hold and one in which it does. Bug numbers are those of luo-v2-bugs.md.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "model/kernel/errno.hpp"
#include "model/luo/v2/record.hpp"
#include "tests/unit/model/guarantee_world.hpp"

namespace luosim::world {
namespace {

using kernel::kEIO;

// B13.
Scenario with_an_unpreserved_file() {
  return story(
      {entry(Verb::preserve, {"f"}), entry(Verb::unpreserve, {"f"}), entry(Verb::close, {"f"})});
}

TEST(FileReferencesBalance, fires_when_unpreserving_keeps_the_reference) {
  EXPECT_EQ(findings_of(with_an_unpreserved_file()).cause("file-references-balance"),
            "f has 2 references, but 1 descriptor and 0 records of preserved files name it");
}

TEST(FileReferencesBalance, fires_after_any_transition_for_any_file) {
  WatchedMachine watched(story({sleeping(1000), entry(Verb::prepare)}, {"f", "g"}));
  watched.start();
  watched.go_on_until([&] { return watched.world().user.is_started != 0; });
  watched.world().kernel.core.files.get(watched.machine.file("g"));
  watched.go_on();
  EXPECT_EQ(watched.findings().cause("file-references-balance"),
            "g has 2 references, but 1 descriptor and 0 records of preserved files name it");
}

TEST(FileReferencesBalance, fires_when_a_record_names_a_released_file) {
  WatchedMachine watched(
      story({entry(Verb::preserve, {"f"}), sleeping(1000), entry(Verb::prepare)}));
  watched.start();
  watched.go_on_until([&] { return !watched.world().kernel.luo.outgoing.empty(); });
  watched.world().kernel.core.files.put(watched.machine.file("f"));
  watched.go_on();
  EXPECT_EQ(watched.findings().cause("file-references-balance"),
            "f has 1 reference, but 1 descriptor and 1 record of preserved files name it");
}

TEST(FileReferencesBalance, holds_when_unpreserving_drops_it_and_when_a_preserve_is_refused) {
  EXPECT_EQ(findings_when_fixed(with_an_unpreserved_file()).text(), "");
  Scenario scenario = story({expecting(kernel::kENOENT, entry(Verb::preserve, {"f"})),
                             entry(Verb::preserve, {"f"}), entry(Verb::close, {"f"})});
  add_fault(scenario, "luo.file.can_preserve:f");
  EXPECT_EQ(findings_of(scenario).text(), "");
}

TEST(FileReferencesBalance, fires_for_the_file_of_a_preserve_that_is_refused) {
  Scenario scenario =
      story({sleeping(1000), expecting(kernel::kENOENT, entry(Verb::preserve, {"g"}))}, {"f", "g"});
  add_fault(scenario, "luo.file.can_preserve:g");
  WatchedMachine watched(scenario);
  watched.start();
  watched.go_on_until([&] { return watched.world().user.is_started != 0; });
  watched.world().kernel.core.files.get(watched.machine.file("g"));
  watched.go_on();
  EXPECT_EQ(watched.findings().cause("file-references-balance"),
            "g has 2 references, but 1 descriptor and 0 records of preserved files name it");
}

// Between two steps of a call there may be a reference that nothing accounts for. A transition of
// somebody else returns at every one of these steps: entries that take no time, but three steps or
// four, shift it against them.
TEST(FileReferencesBalance, holds_while_others_are_in_the_middle_of_a_call) {
  for (int shift = 0; shift < 16; ++shift) {
    Scenario scenario = story({entry(Verb::preserve, {"f"}), entry(Verb::unpreserve, {"f"})});
    ActorSpec& other = add_actor(scenario, "other", {sleeping(200)});
    for (int entries = 0; entries < shift % 4; ++entries) other.script.push_back(sleeping(0));
    for (int entries = 0; entries < shift / 4; ++entries)
      other.script.push_back(expecting(kernel::kEBADF, entry(Verb::close, {"f"})));
    other.script.push_back(expecting(kernel::kENOENT, entry(Verb::debugfs_finalize, {"0"})));
    EXPECT_EQ(findings_when_fixed(scenario).text(), "") << shift;
    // One step less: what three and four do not add up to.
    set_knob(scenario, "preserve_needs_kho", "false");
    EXPECT_EQ(findings_when_fixed(scenario).text(), "") << shift;
  }
}

// B35.
TEST(OneTokenAFile, fires_when_a_file_is_preserved_again) {
  const Scenario scenario = story({entry(Verb::preserve, {"f", "g", "f"})}, {"f", "g"});
  EXPECT_EQ(findings_of(scenario).cause("one-token-a-file"),
            "f is preserved under token 0 and under token 2");
}

TEST(OneTokenAFile, holds_when_the_first_token_is_given_back_before) {
  Scenario scenario = story({entry(Verb::preserve, {"f", "g"}), entry(Verb::unpreserve, {"f"}),
                             entry(Verb::preserve, {"f"})},
                            {"f", "g"});
  EXPECT_FALSE(findings_of(scenario).violate("one-token-a-file"));
  scenario.actors[0].script.push_back(expecting(kernel::kEEXIST, entry(Verb::preserve, {"f"})));
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

// An update with one file; `then` happens in the next kernel.
Scenario with_an_update(std::vector<ScriptEntry> then) {
  std::vector<ScriptEntry> script = {entry(Verb::preserve, {"f"}), entry(Verb::prepare),
                                     entry(Verb::reboot, {"kexec"})};
  script.insert(script.end(), then.begin(), then.end());
  return story(std::move(script));
}

// I2. A token that nobody knows lets the list be built beforehand: who comes first would build it
// while the other one waits.
Scenario with_two_that_restore() {
  Scenario scenario = with_an_update({expecting(kernel::kENOENT, entry(Verb::restore, {"g"})),
                                      at(5'000'000'000, try_to(entry(Verb::restore, {"f"})))});
  add_actor(scenario, "other",
            {after(Awaited::Kind::phase, "updated",
                   at(5'000'000'000, try_to(entry(Verb::restore, {"f"}))))});
  return scenario;
}

TEST(ATokenGivesItsFileOnce, fires_when_two_ask_at_the_same_time) {
  EXPECT_EQ(findings_of(with_two_that_restore()).cause("a-token-gives-its-file-once"),
            "token 0 gave its file 2 times");
}

TEST(ATokenGivesItsFileOnce, fires_when_a_handler_is_asked_again) {
  WatchedMachine watched(
      with_an_update({entry(Verb::restore, {"f"}), sleeping(1000), entry(Verb::restore, {"f"})}));
  watched.start();
  watched.go_on_until(
      [&] { return watched.machine.answers(userspace::Verb::restore).size() == 1; });
  watched.world().kernel.luo.incoming[0].reclaimed = 0;
  watched.go_on();
  EXPECT_EQ(watched.findings().cause("a-token-gives-its-file-once"),
            "h is asked to retrieve token 0, which has given its file already");
}

TEST(ATokenGivesItsFileOnce, does_not_count_a_file_that_its_process_was_never_told_of) {
  Scenario scenario = with_an_update({expecting(kernel::kEFAULT, entry(Verb::restore, {"f"})),
                                      sleeping(1000), entry(Verb::restore, {"f"})});
  add_fault(scenario, "uaccess.copy_to_user", 2);  // the first is that of FD_PRESERVE
  WatchedMachine watched(scenario);
  watched.start();
  watched.go_on_until(
      [&] { return watched.machine.answers(userspace::Verb::restore).size() == 1; });
  watched.world().kernel.luo.incoming[0].reclaimed = 0;
  watched.go_on();
  EXPECT_EQ(watched.machine.answers(userspace::Verb::restore),
            (std::vector<std::int64_t>{-kernel::kEFAULT, 0}));
  EXPECT_FALSE(watched.findings().violate("a-token-gives-its-file-once"));
}

TEST(ATokenGivesItsFileOnce, holds_when_one_of_two_is_refused) {
  EXPECT_EQ(findings_when_fixed(with_two_that_restore()).text(), "");
}

// B14.
Scenario with_a_retrieve_that_fails(ScriptEntry second) {
  Scenario scenario = with_an_update(
      {expecting(kEIO, entry(Verb::restore, {"f"})), std::move(second), entry(Verb::finish)});
  add_fault(scenario, "luo.file.retrieve");
  return scenario;
}

TEST(AcknowledgedIsRetrievable, fires_when_a_failed_retrieve_cannot_be_tried_again) {
  const Scenario scenario =
      with_a_retrieve_that_fails(expecting(kernel::kEINVAL, entry(Verb::restore, {"f"})));
  EXPECT_EQ(findings_of(scenario).cause("acknowledged-is-retrievable"),
            "f, token 0, was acknowledged and has not come back, but FD_RESTORE f = -EINVAL");
}

// B25.
TEST(AcknowledgedIsRetrievable, fires_when_an_unfinished_kernel_jumps) {
  EXPECT_EQ(findings_of(with_an_update({entry(Verb::reboot, {"kexec"})}))
                .cause("acknowledged-is-retrievable"),
            "kernel 2 jumps before 1 file that it took over had come back");
}

TEST(AcknowledgedIsRetrievable, fires_when_the_next_kernel_takes_nothing_over) {
  Scenario scenario = with_an_update({});
  scenario.kernels.emplace_back().name = "off";
  scenario.kernels[1].cmdline = "kho=off";
  EXPECT_EQ(findings_of(scenario).cause("acknowledged-is-retrievable"),
            "kernel 2 comes up in phase normal and has none of the 1 file that the kernel before "
            "it had acknowledged");
}

// B18, where only the file that lacks its handler is refused.
TEST(AcknowledgedIsRetrievable, fires_when_the_next_kernel_lacks_the_handler) {
  Scenario scenario = with_an_update({expecting(kernel::kENODEV, entry(Verb::restore, {"f"}))});
  scenario.kernels.emplace_back().name = "next";
  scenario.kernels[1].handlers.emplace();
  set_knob(scenario, "missing_handler", "skip");
  EXPECT_EQ(findings_of(scenario).cause("acknowledged-is-retrievable"),
            "f, token 0, was acknowledged and has not come back, but FD_RESTORE f = -ENODEV");
}

// I5.
Scenario with_a_list_that_is_seen_too_early() {
  Scenario scenario = with_an_update({entry(Verb::restore, {"f"})});
  scenario.actors[0].script[0] = entry(Verb::preserve, {"f", "g"});
  add_test_file(scenario, "g", "blob");
  add_actor(scenario, "other",
            {after(Awaited::Kind::phase, "updated",
                   pause_before(1000, try_to(entry(Verb::restore, {"g"}))))});
  add_fault(scenario, "cpu.store_reorder");
  return scenario;
}

TEST(AcknowledgedIsRetrievable, fires_when_a_list_is_seen_before_it_is_built) {
  EXPECT_EQ(findings_of(with_a_list_that_is_seen_too_early()).cause("acknowledged-is-retrievable"),
            "g, token 1, was acknowledged and has not come back, but FD_RESTORE g = -ENOENT");
  EXPECT_EQ(findings_when_fixed(with_a_list_that_is_seen_too_early()).text(), "");
}

TEST(AcknowledgedIsRetrievable, holds_when_it_can_be_tried_again_and_when_a_jump_is_refused) {
  EXPECT_EQ(findings_when_fixed(with_a_retrieve_that_fails(entry(Verb::restore, {"f"}))).text(),
            "");
  EXPECT_EQ(
      findings_when_fixed(with_an_update({expecting(kernel::kEBUSY, entry(Verb::reboot, {"kexec"})),
                                          entry(Verb::restore, {"f"}), entry(Verb::finish)}))
          .text(),
      "");
}

TEST(AcknowledgedIsRetrievable, leaves_it_to_the_user_to_finish_without_a_file) {
  const Scenario scenario =
      with_an_update({entry(Verb::finish), expecting(kernel::kEBUSY, entry(Verb::restore, {"f"})),
                      entry(Verb::reboot, {"kexec"})});
  EXPECT_FALSE(findings_of(scenario).violate("acknowledged-is-retrievable"));
}

// What fails in the call itself is no sign that the file is lost.
TEST(AcknowledgedIsRetrievable, excuses_the_call_that_something_else_made_fail) {
  // FD_PRESERVE copies its argument in as well.
  const std::pair<const char*, std::uint32_t> kFaults[] = {{"kernel.descriptor", 1},
                                                           {"uaccess.copy_from_user", 2}};
  for (const auto& [site, nth] : kFaults) {
    Scenario scenario =
        with_an_update({try_to(entry(Verb::restore, {"f"})), entry(Verb::restore, {"f"})});
    add_fault(scenario, site, nth);
    WatchedMachine watched(scenario);
    watched.run();
    EXPECT_LT(watched.machine.answers(userspace::Verb::restore)[0], 0) << site;
    EXPECT_EQ(watched.findings().text(), "") << site;
  }
}

TEST(AcknowledgedIsRetrievable, forgets_what_a_power_cycle_lost) {
  EXPECT_EQ(findings_of(with_an_update({entry(Verb::reboot, {"cold"}),
                                        expecting(kernel::kEBUSY, entry(Verb::restore, {"f"})),
                                        entry(Verb::reboot, {"kexec"})}))
                .text(),
            "");
}

// B04: the page that a participant freed is handed over all the same.
TEST(ContentsSurvive, fires_when_a_page_was_freed_before_the_jump) {
  Scenario scenario = story({entry(Verb::prepare), expecting(kEIO, entry(Verb::freeze)),
                             entry(Verb::reboot, {"kexec"}), entry(Verb::finish)});
  add_subsystem(scenario, "a", /*preserves_page=*/true);
  add_subsystem(scenario, "b");
  add_fault(scenario, "luo.subsystem.freeze:b");
  const std::string cause = findings_of(scenario).cause("contents-survive");
  EXPECT_TRUE(cause.ends_with(" that a had preserved has lost its contents by finish")) << cause;
}

Scenario with_guest_memory(std::vector<ScriptEntry> then) {
  std::vector<ScriptEntry> script = {entry(Verb::write, {"m"}), entry(Verb::preserve, {"m"}),
                                     entry(Verb::prepare), entry(Verb::reboot, {"kexec"})};
  script.insert(script.end(), then.begin(), then.end());
  return memfd_story(std::move(script));
}

std::string cause_when_somebody_writes_to_it_in_the_next_kernel(const Scenario& scenario) {
  WatchedMachine watched(scenario);
  watched.start();
  watched.go_on_until([&] { return watched.machine.phase() == luo::v2::Phase::updated; });
  for (const memory::Extent& extent : std::vector(watched.machine.memory().extents())) {
    if (extent.owner == kho::kIncomingOwner.tag() && extent.count > 1000)
      watched.machine.memory().fill({extent.first, 1}, {99});
  }
  watched.go_on();
  return watched.findings().cause("contents-survive");
}

constexpr std::string_view kOtherContents =
    "m came back under token 0 with other contents than at the jump";

TEST(ContentsSurvive, fires_when_somebody_else_wrote_to_the_memory) {
  EXPECT_EQ(cause_when_somebody_writes_to_it_in_the_next_kernel(
                with_guest_memory({sleeping(1000), entry(Verb::restore, {"m"})})),
            kOtherContents);
}

// Its only reference at the jump is the one that preserving took.
TEST(ContentsSurvive, fires_for_a_file_that_was_closed_before_the_jump) {
  Scenario scenario = with_guest_memory({sleeping(1000), entry(Verb::restore, {"m"})});
  auto& script = scenario.actors[0].script;
  script.insert(script.begin() + 2, entry(Verb::close, {"m"}));
  EXPECT_EQ(cause_when_somebody_writes_to_it_in_the_next_kernel(scenario), kOtherContents);
}

TEST(ContentsSurvive, holds_when_the_handover_was_damaged_on_the_way) {
  Scenario scenario = with_guest_memory({sleeping(1000), entry(Verb::restore, {"m"})});
  // Far behind the end of the tree in its buffer, where nobody reads.
  add_fault(scenario, "handover.bit_flip:luo-tree", 1, 4'000'000);
  EXPECT_EQ(cause_when_somebody_writes_to_it_in_the_next_kernel(scenario), "held");
}

// An eventfd that is written to between prepare and the jump.
Scenario with_late_wakeup(const CallbackSet& callbacks) {
  Scenario scenario =
      story({entry(Verb::preserve, {"kick"}), entry(Verb::prepare), entry(Verb::write, {"kick"}),
             entry(Verb::reboot, {"kexec"}), entry(Verb::restore, {"kick"}), entry(Verb::finish)},
            {});
  add_handler(scenario, "eventfd-v1", "eventfd");
  scenario.handlers.back().callbacks = callbacks;
  add_test_file(scenario, "kick", "eventfd");
  return scenario;
}

TEST(ContentsSurvive, holds_for_an_eventfd_that_is_written_down_when_it_freezes) {
  EXPECT_EQ(findings_when_fixed(with_late_wakeup({})).text(), "");
}

TEST(ContentsSurvive, fires_for_an_eventfd_that_is_written_down_too_early) {
  EXPECT_EQ(findings_when_fixed(with_late_wakeup({.freeze = false})).cause("contents-survive"),
            "kick came back under token 0 with other contents than at the jump");
}

TEST(ContentsSurvive, holds_when_memory_comes_back_as_it_was) {
  EXPECT_EQ(findings_when_fixed(with_guest_memory({entry(Verb::restore, {"m"}),
                                                   entry(Verb::write, {"m"}), entry(Verb::finish)}))
                .text(),
            "");
}

// In the third kernel the token of `m` is one that the second gave to `n`.
TEST(ContentsSurvive, holds_when_a_process_asks_for_a_token_that_is_another_files_now) {
  Scenario scenario = with_guest_memory(
      {entry(Verb::restore, {"m", "n"}), entry(Verb::finish), entry(Verb::preserve, {"n"}),
       entry(Verb::prepare), entry(Verb::reboot, {"kexec"}), entry(Verb::restore, {"m"})});
  scenario.actors[0].script[1].arguments = {"m", "n"};
  add_memfd(scenario, "n", 8 * kMiB);
  EXPECT_FALSE(findings_of(scenario).violate("contents-survive"));
}

// What counts is what it contained at the second jump, not at the first.
TEST(ContentsSurvive, holds_for_a_file_that_was_written_and_closed_before_the_next_jump) {
  const Scenario scenario = with_guest_memory(
      {entry(Verb::restore, {"m"}), entry(Verb::finish), entry(Verb::write, {"m"}),
       entry(Verb::preserve, {"m"}), entry(Verb::close, {"m"}), entry(Verb::prepare),
       entry(Verb::reboot, {"kexec"}), entry(Verb::restore, {"m"})});
  EXPECT_FALSE(findings_of(scenario).violate("contents-survive"));
}

}  // namespace
}  // namespace luosim::world
