// SPDX-License-Identifier: Apache-2.0
//
// The participant interface and the programmable participant that tests and scenarios use: which
// program a callback is, what it may lack, and what its words say about who called it.
#include "model/luo/participant.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/fd/file_type.hpp"
#include "model/fd/record.hpp"
#include "model/fd/test_participant.hpp"
#include "model/kernel/errno.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/fault_sites.hpp"
#include "model/luo/v2/record.hpp"
#include "tests/unit/model/machine.hpp"

namespace luosim::luo {
namespace {

using fd::ParticipantRecord::Note;
using v2::Phase;
using world::Machine;
namespace LuoRecord = v2::LuoRecord;

constexpr Callback kCallbacks[] = {Callback::can_preserve, Callback::prepare, Callback::freeze,
                                   Callback::cancel,       Callback::finish,  Callback::retrieve};

TEST(CallbackMask, has_everything_until_something_is_removed) {
  for (const Callback removed : kCallbacks) {
    CallbackMask mask;
    EXPECT_TRUE(mask.has(removed));
    mask.remove(removed);
    for (const Callback callback : kCallbacks)
      EXPECT_EQ(mask.has(callback), callback != removed) << word_of(callback);
    mask.remove(removed);
    EXPECT_FALSE(mask.has(removed)) << "removing twice puts nothing back";
  }
}

TEST(ParticipantType, gives_each_callback_the_program_of_its_name) {
  const ParticipantType type{.name = "t",
                             .can_preserve = {1},
                             .prepare = {2},
                             .freeze = {3},
                             .cancel = {4},
                             .finish = {5},
                             .retrieve = {6}};
  std::uint32_t expected = 0;
  for (const Callback callback : kCallbacks)
    EXPECT_EQ(type.program(callback).hash, ++expected) << word_of(callback);
}

TEST(ParticipantType, every_registered_program_exists) {
  for (const ParticipantType& type : fd::participant_types()) {
    for (const Callback callback : kCallbacks) {
      const sim::ProgramId program = type.program(callback);
      if (program.hash == 0) continue;  // what it lacks, it never has called
      EXPECT_TRUE(world::programs_with({}).contains(program)) << type.name << word_of(callback);
    }
  }
}

std::uint64_t word_of_subsystem(const Machine& machine, std::size_t position = 0) {
  const v2::State& luo = machine.world.kernel.luo;
  return luo.subsystem_objects[luo.subsystems[position]].word;
}

// {callback, participant} of every call, in order.
std::vector<std::string> calls(const Machine& machine) {
  std::vector<std::string> made;
  for (const sim::Record& record : machine.records(LuoRecord::callback)) {
    const auto callback = static_cast<Callback>(record.values[0] & 0xFF);
    made.push_back(std::string(word_of(callback)) + " " +
                   machine.blueprint.names.text(record.subject));
  }
  return made;
}
using Calls = std::vector<std::string>;

TEST(TestParticipant, its_word_says_who_it_is_how_often_it_prepared_and_whether_it_froze) {
  world::Scenario scenario = world::bare_scenario();
  add_subsystem(scenario, "net");
  add_subsystem(scenario, "pci");
  Machine machine(scenario);
  machine.switch_on();
  EXPECT_EQ(word_of_subsystem(machine), 0U);
  ASSERT_EQ(machine.prepare(), 0);
  EXPECT_EQ(word_of_subsystem(machine, 0), 0x10010U);
  EXPECT_EQ(word_of_subsystem(machine, 1), 0x20010U);
  ASSERT_EQ(machine.cancel(), 0);
  EXPECT_EQ(word_of_subsystem(machine), 0U);
  ASSERT_EQ(machine.prepare(), 0);
  ASSERT_EQ(machine.freeze(), 0);
  EXPECT_EQ(word_of_subsystem(machine), 0x10021U);
}

TEST(TestParticipant, a_failed_prepare_does_not_count_and_a_positive_answer_is_success) {
  world::Scenario scenario = world::bare_scenario();
  add_subsystem(scenario, "net");
  Machine machine(scenario);
  machine.switch_on();
  machine.fail(kSubsystemPrepareSite, "net");
  EXPECT_EQ(machine.prepare(), -kernel::kEIO);
  EXPECT_EQ(word_of_subsystem(machine), 0U);
  machine.world.faults.add(
      {.site = kSubsystemPrepareSite.id(), .instance = sim::name_hash("net"), .value = 1});
  EXPECT_EQ(machine.prepare(), 0);
  EXPECT_EQ(machine.phase(), Phase::prepared);
  EXPECT_EQ(word_of_subsystem(machine), 0x10010U);
}

TEST(TestParticipant, without_a_callback_is_skipped_for_it_alone) {
  world::Scenario scenario = world::bare_scenario();
  add_subsystem(scenario, "net");
  add_subsystem(scenario, "pci");
  scenario.subsystems[0].callbacks.prepare = false;
  scenario.subsystems[1].callbacks.freeze = false;
  Machine machine(scenario);
  machine.switch_on();
  ASSERT_EQ(machine.prepare(), 0);
  ASSERT_EQ(machine.freeze(), 0);
  ASSERT_EQ(machine.cancel(), 0);
  EXPECT_EQ(calls(machine), (Calls{"prepare pci", "freeze net", "cancel net", "cancel pci"}))
      << "who was never prepared is cancelled all the same";
}

TEST(TestParticipant, a_handler_accepts_files_of_its_type_and_a_star_accepts_any) {
  world::Scenario scenario = world::bare_scenario();
  add_handler(scenario, "blob-v1", "blob");
  add_test_file(scenario, "disk", "blob");
  add_test_file(scenario, "card", "gpu");
  add_memfd(scenario, "guest", world::kMiB, 0, 4096);
  Machine machine(scenario);
  machine.switch_on();
  EXPECT_EQ(machine.preserve("disk").status, 0);
  EXPECT_EQ(machine.preserve("card").status, -kernel::kENOENT);
  EXPECT_EQ(machine.preserve("guest").status, -kernel::kENOENT);

  add_handler(scenario, "any-v1", "*");
  Machine with_star(scenario);
  with_star.switch_on();
  for (const char* file : {"disk", "card", "guest"})
    EXPECT_EQ(with_star.preserve(file).status, 0) << file;
  EXPECT_EQ(calls(with_star),
            (Calls{"can_preserve blob-v1", "can_preserve blob-v1", "can_preserve any-v1",
                   "can_preserve blob-v1", "can_preserve any-v1"}))
      << "in order of registration, and nobody after the first who accepts";
}

TEST(TestParticipant, a_handler_can_refuse_by_the_name_of_the_file_or_its_own) {
  world::Scenario scenario = world::bare_scenario();
  add_handler(scenario, "blob-v1", "blob");
  add_test_file(scenario, "disk", "blob");
  add_test_file(scenario, "tape", "blob");
  Machine machine(scenario);
  machine.switch_on();
  machine.fail(kFileCanPreserveSite, "disk");
  machine.fail(kFileCanPreserveSite, "blob-v1", 1);
  EXPECT_EQ(machine.preserve("tape").status, 0) << "the other file's fault and a later turn";
  EXPECT_EQ(machine.preserve("disk").status, -kernel::kENOENT);
  EXPECT_EQ(machine.preserve("tape").status, -kernel::kENOENT) << "the handler's second call";
  EXPECT_EQ(machine.preserve("tape").status, 0);
}

class PagedParticipant : public ::testing::Test {
 protected:
  PagedParticipant() {
    scenario_ = world::bare_scenario();
    add_subsystem(scenario_, "net", /*preserves_page=*/true);
  }
  world::Scenario scenario_;
};

TEST_F(PagedParticipant, preserves_a_page_of_its_own_whose_address_is_its_word) {
  Machine machine(scenario_);
  machine.switch_on();
  ASSERT_EQ(machine.prepare(), 0);
  const memory::PhysicalAddress page{word_of_subsystem(machine)};
  EXPECT_EQ(machine.memory().at(memory::page_of(page)).owner, fd::kTestPageOwner.tag());
  EXPECT_TRUE(kho::is_preserved(machine.memory(), machine.world.kernel.kho.tracker,
                                {memory::page_of(page), 1}));
  ASSERT_EQ(machine.cancel(), 0);
  EXPECT_EQ(machine.memory().at(memory::page_of(page)).owner, memory::kFree);
}

TEST_F(PagedParticipant, finds_its_tag_in_the_next_kernel_and_gives_the_page_back) {
  Machine machine(scenario_);
  machine.switch_on();
  ASSERT_EQ(machine.prepare(), 0);
  const memory::Pfn page = memory::page_of({word_of_subsystem(machine)});
  ASSERT_TRUE(machine.kexec());
  EXPECT_EQ(machine.memory().at(page).owner, kho::kIncomingOwner.tag());
  ASSERT_EQ(machine.finish(), 0);
  const auto notes = machine.records(fd::ParticipantRecord::note);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].values[0], static_cast<std::uint64_t>(Note::page_checked));
  EXPECT_EQ(notes[0].values[1], 1U) << "the tag is there";
  EXPECT_EQ(notes[0].values[2], 1U) << "and the page was reserved";
  EXPECT_EQ(machine.memory().at(page).owner, memory::kFree);
}

TEST_F(PagedParticipant, misses_its_tag_when_the_page_was_overwritten) {
  Machine machine(scenario_);
  machine.switch_on();
  ASSERT_EQ(machine.prepare(), 0);
  const memory::Pfn page = memory::page_of({word_of_subsystem(machine)});
  machine.memory().fill({page, 1}, memory::kGarbage);
  ASSERT_TRUE(machine.kexec());
  ASSERT_EQ(machine.finish(), 0);
  EXPECT_EQ(machine.records(fd::ParticipantRecord::note).at(0).values[1], 0U);
}

TEST_F(PagedParticipant, without_memory_for_its_page_prepare_fails_and_leaves_none) {
  for (const std::string_view function : {fd::kTestObject, fd::kTestPageOwner.name}) {
    Machine machine(scenario_);
    machine.switch_on();
    machine.fail(kernel::kAllocationSite, function);
    EXPECT_EQ(machine.prepare(), -kernel::kENOMEM) << function;
    EXPECT_EQ(machine.owned(fd::kTestPageOwner), 0U) << function;
  }
}

TEST_F(PagedParticipant, frees_its_page_when_it_cannot_be_preserved) {
  Machine machine(scenario_);
  machine.switch_on();
  // The root page and the tree take two arrays and two bitmaps; the page needs one more bitmap if
  // it lies in another section, so the tracker is emptied in front of it.
  machine.spawn(uapi::kIoctl, {.values = {1, uapi::kEventPrepare, 0, 0}});
  ASSERT_TRUE(machine.run_until([&] { return machine.world.kernel.luo.tree.value != 0; }));
  machine.world.kernel.kho.tracker = {};
  machine.fail(kernel::kAllocationSite, kho::kBitmapOwner.name);
  machine.run_until_quiet();
  EXPECT_EQ(machine.phase(), Phase::normal);
  EXPECT_EQ(machine.owned(fd::kTestPageOwner), 0U);
  const auto notes = machine.records(fd::ParticipantRecord::note);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].values[0], static_cast<std::uint64_t>(Note::preserve_failed));
}

}  // namespace
}  // namespace luosim::luo
