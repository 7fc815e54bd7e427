// SPDX-License-Identifier: Apache-2.0
//
// A guest that works for ever has finitely many states, because an exploration takes from each what
// no future depends on: states of one key have successors of the same keys. And steps that nobody
// else can tell are taken at once, which changes how many states there are and nothing else.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/property/model/any_knob.hpp"
#include "tests/unit/model/explored_futures.hpp"
#include "tests/unit/model/explored_guest.hpp"

namespace luosim::world {
namespace {

using sim::explore::Ending;
using sim::explore::Result;

const Script kWholeUpdate = {entry(Verb::preserve, {"vm0.memory", "vm0.iommu", "disk0"}),
                             entry(Verb::prepare),
                             entry(Verb::pause, {"vm0"}),
                             entry(Verb::reboot, {"kexec"}),
                             entry(Verb::restore, {"vm0.memory", "vm0.iommu", "disk0"}),
                             entry(Verb::resume, {"vm0"}),
                             entry(Verb::finish)};

// What the agent does is a piece of an update, most of the time its beginning.
Script any_script() {
  Script script = kWholeUpdate;
  script.resize(*rc::gen::inRange<std::size_t>(0, script.size() + 1));
  if (*rc::gen::inRange(0, 4) == 0) script.push_back(entry(Verb::cancel));
  if (*rc::gen::inRange(0, 4) == 0) script.push_back(entry(Verb::resume, {"vm0"}));
  return script;
}

// A call that an update has no use for, or not there.
ScriptEntry any_deed() {
  return *rc::gen::elementOf(std::vector<ScriptEntry>{
      entry(Verb::close, {"disk0"}), entry(Verb::close, {"vm0.iommu"}), entry(Verb::kill, {"vm0"}),
      entry(Verb::pause, {"vm0"}), entry(Verb::prepare), entry(Verb::cancel), entry(Verb::finish),
      entry(Verb::reset_device, {"disk0"}), entry(Verb::interrupts_off, {"vm0"}),
      entry(Verb::unpreserve, {"disk0"})});
}

ExploredGuest any_guest() {
  ExploredGuest guest;
  guest.script = any_script();
  guest.queue_depth = *rc::gen::inRange<std::uint32_t>(1, 3);
  guest.blocks = *rc::gen::inRange<std::uint32_t>(2, 4);
  guest.pages = *rc::gen::inRange<std::uint32_t>(1, 3);
  guest.kind = *rc::gen::element(WorkloadSpec::Kind::verify_io, WorkloadSpec::Kind::verify_io,
                                 WorkloadSpec::Kind::database, WorkloadSpec::Kind::idle);
  guest.faults = *rc::gen::inRange<std::uint32_t>(0, 2);
  guest.quiet_steps = *rc::gen::inRange(0, 2) == 0;
  if (guest.faults > 0)
    guest.sites = {*rc::gen::element<std::string>("luo.file.prepare", "luo.file.freeze",
                                                  "luo.file.retrieve", "mm.alloc", "vmm.crash")};
  return guest;
}

RC_GTEST_PROP(ExploreGuests, takes_only_states_for_one_that_have_the_same_futures, ()) {
  const WorldModel model = model_of(any_guest());
  FuturesByKey futures(model);
  // Into the depth, where a guest comes back to what it has done before, and then into the breadth.
  for (std::size_t met = 1; futures.waiting() > 0 && met < 150; ++met) {
    const std::size_t last = futures.waiting() - 1;
    const std::size_t next = met < 80 ? last : *rc::gen::inRange<std::size_t>(0, last + 1);
    RC_ASSERT(futures.go_on_from(next));
  }
}

// A guest alone with its disk.
TEST(ExploreGuests, have_finitely_many_states_at_any_depth_of_the_queue) {
  constexpr std::pair<std::uint32_t, std::uint64_t> kStates[] = {{1, 6}, {2, 1105}};
  for (const auto& [depth, states] : kStates) {
    const Result result = explore_guest({.queue_depth = depth});
    EXPECT_EQ(result.ending, Ending::complete) << depth;
    EXPECT_TRUE(result.counterexamples.empty()) << depth;
    EXPECT_EQ(result.states, states) << depth;
  }
}

// What the disk has sent arrives before its vectors are freed, and nothing after it.
TEST(ExploreGuests, break_nothing_when_a_disk_at_work_is_closed) {
  const Result result = explore_guest({.script = {entry(Verb::close, {"disk0"})}});
  EXPECT_EQ(result.ending, Ending::complete);
  for (const auto& found : result.counterexamples) ADD_FAILURE() << found.finding.text;
}

// Small pieces of updates with a guest at work, and larger ones with a guest whose disk is idle.
std::vector<ExploredGuest> guests_to_compare() {
  const Script preserved = {kWholeUpdate[0]};
  const Script paused = {entry(Verb::pause, {"vm0"}), entry(Verb::resume, {"vm0"})};
  // The guest's memory is not preserved: its address space cannot be.
  const Script refused = {entry(Verb::preserve, {"vm0.iommu", "disk0"}), entry(Verb::prepare)};
  const Script cancelled = {kWholeUpdate[0], kWholeUpdate[1], entry(Verb::cancel)};
  // A disk at work is not preserved, and nobody stops its guest.
  const Script unprepared = {entry(Verb::reboot, {"kexec"}), entry(Verb::finish)};
  // The memory is lost, and its agent does not look at answers.
  const std::vector<std::string> retrieve = {"luo.file.retrieve"};
  constexpr auto kIdle = WorkloadSpec::Kind::idle;
  return {
      {.script = preserved},
      {.script = paused},
      {.script = unprepared},
      {.script = refused, .kind = kIdle},
      {.script = cancelled, .kind = kIdle, .faults = 1, .sites = {"luo.file.prepare", "mm.alloc"}},
      {.script = kWholeUpdate, .kind = kIdle},
      {.script = kWholeUpdate, .kind = kIdle, .faults = 1, .sites = retrieve},
  };
}

// A disk at work has many states, and so have two actors: there is little else then.
ExploredGuest any_small_guest() {
  ExploredGuest guest = any_guest();
  const bool is_idle = *rc::gen::inRange(0, 4) != 3;
  guest.kind = is_idle ? WorkloadSpec::Kind::idle : WorkloadSpec::Kind::verify_io;
  guest.queue_depth = 1;
  guest.blocks = 2;
  guest.pages = 1;
  const bool is_shared = is_idle && *rc::gen::inRange(0, 6) == 5;
  if (*rc::gen::inRange(0, 2) == 1) {
    const auto place = *rc::gen::inRange<std::size_t>(0, guest.script.size() + 1);
    guest.script.insert(guest.script.begin() + static_cast<std::ptrdiff_t>(place), any_deed());
  }
  if ((is_shared || !is_idle) && !guest.script.empty()) guest.script.resize(1);
  if (is_shared) guest.other = {any_deed()};
  guest.protocol = *rc::gen::element<std::string>("luo-v2", "luo-v2-fixed");
  if (*rc::gen::inRange(0, 3) == 2) guest.knobs = {any_knob()};
  return guest;
}

RC_GTEST_PROP(ExploreGuests, find_the_same_with_and_without_quiet_steps, ()) {
  ExploredGuest guest = any_small_guest();
  guest.quiet_steps = true;
  guest.max_states = 300;  // with few, as without there are ten times as many
  const Result with = explore_guest(guest);
  RC_PRE(with.ending == Ending::complete);
  guest.quiet_steps = false;
  guest.max_states = 3'000;
  const Result without = explore_guest(guest);
  RC_PRE(without.ending == Ending::complete);
  RC_ASSERT(broken(with) == broken(without));
  RC_ASSERT(with.reached == without.reached);
  RC_ASSERT(with.states <= without.states);
}

TEST(ExploreGuests, find_the_same_in_pieces_of_updates_with_and_without_quiet_steps) {
  for (ExploredGuest guest : guests_to_compare()) {
    const Result with = explore_guest(guest);
    guest.quiet_steps = false;
    const Result without = explore_guest(guest);
    const std::string what = std::to_string(guest.script.size()) + " calls, " +
                             std::to_string(without.states) + " states";
    ASSERT_EQ(without.ending, Ending::complete) << what;
    EXPECT_EQ(with.ending, without.ending) << what;
    EXPECT_EQ(broken(with), broken(without)) << what;
    EXPECT_EQ(with.reached, without.reached) << what;
    EXPECT_LT(with.states, without.states) << what;
  }
}

}  // namespace
}  // namespace luosim::world
