// SPDX-License-Identifier: Apache-2.0
//
// Interrupts for a guest: seen while it runs, kept while it is stopped, lost when it is gone, and
// not handed over with the virtual machine.
#include <gtest/gtest.h>

#include "tests/unit/device/memory_files_world.hpp"

namespace luosim::fd {
namespace {

using ParticipantRecord::interrupt_delivered;
using ParticipantRecord::interrupt_lost;
using ParticipantRecord::interrupt_pending;

// A guest that takes what is pending and counts, in its word, how often it went on.
sim::Outcome wait_for_it(Context& context) {
  const auto object = static_cast<std::uint32_t>(context.frame().values[0]);
  if (wait_for_interrupt(context, object, context.task)) return sim::park();
  context.frame().values[1] |= take_pending(context, object);
  ++context.frame().word;
  return context.frame().word == context.frame().values[2] ? sim::finish(0) : sim::again();
}
constexpr sim::Step kGuestSteps[] = {{"wait for an interrupt", sim::step<wait_for_it>}};
constexpr sim::Program kGuestProgram{"test.guest", "a guest that waits", kGuestSteps};

// Somebody else who sleeps.
sim::Outcome sleep(Context& /*context*/) {
  return sim::park();
}
constexpr sim::Step kSleepSteps[] = {{"sleep", sim::step<sleep>}};
constexpr sim::Program kSleepProgram{"test.sleep", "sleeps", kSleepSteps};

class KvmTest : public testing::Test {
 protected:
  MemoryFilesWorld world{{}, 0, {&kGuestProgram, &kSleepProgram}};
  kernel::FileId file = world.kvm(3);
  std::uint32_t kvm = world.object(file);

  void inject(std::uint64_t vector, bool by_vmm = false) { inject_into(kvm, vector, by_vmm); }
  void inject_into(std::uint64_t object, std::uint64_t vector, bool by_vmm = false) {
    EXPECT_EQ(world.call(kInject, {.values = {object, vector, by_vmm ? 1U : 0U, 0}}).status, 0);
  }
  void run_guest(bool running) {
    Context now = world.context();
    set_running(now, kvm, running);
  }
  std::uint64_t pending() {
    const Context now = world.context();
    return pending_vectors(now, kvm);
  }
  std::uint64_t take() {
    Context now = world.context();
    return take_pending(now, kvm);
  }
  std::uint64_t steps_of(const sim::Program& program) {
    std::uint64_t steps = 0;
    for (const sim::Record& record : world.records(sim::EngineRecord::step))
      if (record.values[0] == program.id().hash) ++steps;
    return steps;
  }
  sim::TaskId start_guest(std::uint64_t interrupts) {
    const sim::TaskId task = world.spawn(kGuestProgram.id(), {.values = {kvm, 0, interrupts, 0}});
    world.run();
    return task;
  }
};

TEST_F(KvmTest, begins_stopped_with_nothing_pending) {
  EXPECT_EQ(world.kvm_of(file).is_running, 0U);
  EXPECT_EQ(world.kvm_of(file).vm, 3U);
  EXPECT_EQ(pending(), 0U);
  world.fail(kernel::kAllocationSite, kKvmObject);
  Context now = world.context();
  EXPECT_FALSE(create_kvm(now, {}, 4));
}

TEST_F(KvmTest, keeps_vectors_while_the_guest_is_stopped) {
  inject(1);
  inject(5);
  inject(5);
  EXPECT_EQ(pending(), bit_of_vector(1) | bit_of_vector(5));
  EXPECT_EQ(world.kvm_of(file).injected, 3U);
  EXPECT_EQ(world.records(interrupt_pending).size(), 3U);
  EXPECT_TRUE(world.records(interrupt_delivered).empty());
  EXPECT_EQ(take(), bit_of_vector(1) | bit_of_vector(5));
  EXPECT_EQ(pending(), 0U);
}

TEST_F(KvmTest, delivers_to_a_guest_that_runs) {
  run_guest(true);
  inject(2);
  inject(3, /*by_vmm=*/true);
  const auto delivered = world.records(interrupt_delivered);
  ASSERT_EQ(delivered.size(), 2U);
  EXPECT_EQ(delivered[0].values, (std::array<std::uint64_t, 4>{kvm, 2, 0, 3}));
  EXPECT_EQ(delivered[1].values, (std::array<std::uint64_t, 4>{kvm, 3, 1, 3}));
  EXPECT_EQ(take(), bit_of_vector(2) | bit_of_vector(3));
}

TEST_F(KvmTest, delivers_what_is_pending_when_the_guest_goes_on) {
  inject(2);
  run_guest(true);
  const auto delivered = world.records(interrupt_delivered);
  ASSERT_EQ(delivered.size(), 1U);
  EXPECT_EQ(delivered[0].values[1], 2U);
  EXPECT_EQ(delivered[0].values[2],
            static_cast<std::uint64_t>(ParticipantRecord::InjectedBy::resuming));
  run_guest(true);
  EXPECT_EQ(world.records(interrupt_delivered).size(), 1U) << "it ran already";
}

TEST_F(KvmTest, shares_bits_among_more_vectors_than_there_are) {
  inject(64);
  inject(127);
  EXPECT_EQ(pending(), bit_of_vector(0) | bit_of_vector(63));
}

TEST_F(KvmTest, wakes_a_guest_that_waits_once_for_each_interrupt) {
  run_guest(true);
  const sim::TaskId guest = start_guest(2);
  ASSERT_TRUE(world.schedule.is_blocked(guest));
  inject(4);
  EXPECT_TRUE(world.schedule.is_blocked(guest)) << "it waits for the next";
  EXPECT_EQ(world.schedule.frame_of(guest).values[1], bit_of_vector(4));
  EXPECT_EQ(pending(), 0U);
  inject(5);
  EXPECT_TRUE(world.schedule.has_ended(guest));
}

TEST_F(KvmTest, does_not_let_a_guest_wait_that_has_something_to_do) {
  run_guest(true);
  inject(4);
  EXPECT_TRUE(world.schedule.has_ended(start_guest(1)));
}

TEST_F(KvmTest, lets_a_stopped_guest_wait_until_it_runs) {
  inject(4);
  const sim::TaskId guest = start_guest(1);
  EXPECT_TRUE(world.schedule.is_blocked(guest));
  inject(5);
  EXPECT_TRUE(world.schedule.is_blocked(guest));
  EXPECT_EQ(steps_of(kGuestProgram), 1U) << "it is not even woken";
  run_guest(true);
  world.run();
  EXPECT_TRUE(world.schedule.has_ended(guest));
}

TEST_F(KvmTest, wakes_a_guest_for_vectors_that_the_vmm_sets) {
  run_guest(true);
  const sim::TaskId guest = start_guest(1);
  Context now = world.context();
  set_pending_vectors(now, kvm, 0);
  world.run();
  EXPECT_TRUE(world.schedule.is_blocked(guest));
  EXPECT_EQ(steps_of(kGuestProgram), 1U) << "none is pending: it is not even woken";
  set_pending_vectors(now, kvm, bit_of_vector(9));
  world.run();
  EXPECT_TRUE(world.schedule.has_ended(guest));
}

TEST_F(KvmTest, lets_who_waits_go_on_without_an_interrupt) {
  run_guest(true);
  const sim::TaskId guest = start_guest(1);
  Context now = world.context();
  wake_who_waits(now, kvm);
  world.run();
  EXPECT_EQ(steps_of(kGuestProgram), 2U);
  EXPECT_TRUE(world.schedule.is_blocked(guest)) << "nothing was pending";
  wake_who_waits(now, 1000);
  inject(4);
  EXPECT_TRUE(world.schedule.has_ended(guest));
}

TEST_F(KvmTest, wakes_nobody_who_has_the_number_of_a_guest_that_was_killed) {
  run_guest(true);
  const sim::TaskId guest = start_guest(1);
  world.schedule.drop(guest);
  const sim::TaskId other = world.spawn(kSleepProgram.id());
  world.run();
  ASSERT_EQ(other, guest) << "the number is used again";
  inject(4);
  world.run();
  ASSERT_TRUE(world.schedule.is_blocked(other));
  EXPECT_EQ(steps_of(kSleepProgram), 1U) << "it slept on";
  EXPECT_EQ(pending(), bit_of_vector(4));
}

TEST_F(KvmTest, survives_a_guest_that_was_killed_for_good) {
  run_guest(true);
  const sim::TaskId guest = start_guest(1);
  world.schedule.drop(guest);
  inject(4);
  EXPECT_EQ(pending(), bit_of_vector(4));
}

TEST_F(KvmTest, loses_interrupts_of_a_guest_that_is_gone) {
  inject(4);
  world.close(file);
  inject(5);
  inject_into(1000, 6);
  inject_into(~0ULL, 7);
  const auto lost = world.records(interrupt_lost);
  ASSERT_EQ(lost.size(), 3U);
  EXPECT_EQ(lost[0].values, (std::array<std::uint64_t, 4>{kvm, 5, 0, 3}));
  EXPECT_EQ(lost[1].values[3], ~0ULL) << "nobody knows whose it was";
  EXPECT_EQ(pending(), 0U);
  EXPECT_EQ(take(), 0U);
  Context now = world.context();
  set_running(now, kvm, true);
  set_pending_vectors(now, kvm, 1);
  EXPECT_EQ(world.kvm_of(file).is_running, 0U);
  EXPECT_EQ(world.kvm_of(file).pending, 0U);
}

TEST_F(KvmTest, is_handed_over_without_what_was_pending) {
  run_guest(true);
  inject(4);
  const std::uint64_t token = world.preserve(file);
  ASSERT_EQ(world.update(), 0);
  const kernel::FileId restored = world.restored(token);
  EXPECT_EQ(world.kvm_of(restored).vm, 3U);
  EXPECT_EQ(world.kvm_of(restored).is_running, 0U);
  EXPECT_EQ(world.kvm_of(restored).pending, 0U);
  EXPECT_EQ(world.kvm_of(restored).injected, 0U);
  ASSERT_EQ(world.finish(), 0);
  EXPECT_EQ(world.owned(kho::kIncomingOwner), luo::v2::kTreePages) << "the record is free";
}

TEST_F(KvmTest, is_lost_when_nobody_takes_it) {
  const std::uint64_t token = world.preserve(file);
  ASSERT_EQ(world.update(), 0);
  ASSERT_EQ(world.finish(), 0);
  EXPECT_EQ(world.owned(kho::kIncomingOwner), luo::v2::kTreePages);
  EXPECT_TRUE(world.fd.kvms.empty());
  EXPECT_NE(world.restore(token).status, 0);
}

TEST_F(KvmTest, gives_everything_back_when_the_update_is_cancelled) {
  world.preserve(file);
  const std::uint64_t free_before = world.free_pages();
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(world.prepare(), 0);
    EXPECT_EQ(world.owned(kKvmRecordOwner), 1U);
    ASSERT_EQ(world.cancel(), 0);
    EXPECT_EQ(world.free_pages(), free_before);
    EXPECT_EQ(world.preserved(), 0U);
  }
}

TEST_F(KvmTest, fails_where_a_scenario_says_so) {
  world.fail(luo::kFileCanPreserveSite, "kvm-v1");
  EXPECT_EQ(world.try_preserve(file).status, -kernel::kENOENT);
  const std::uint64_t token = world.preserve(file);
  world.fail(luo::kFilePrepareSite, "kvm-v1");
  EXPECT_EQ(world.prepare(), luo::kFilePrepareSite.value);
  world.fail(kernel::kAllocationSite, kKvmRecordOwner.name);
  EXPECT_EQ(world.prepare(), -kernel::kENOMEM);
  ASSERT_EQ(world.prepare(), 0);
  ASSERT_EQ(world.freeze(), 0);
  world.jump();
  world.fail(luo::kFileRetrieveSite, "kvm-v1");
  EXPECT_EQ(world.restore(token).status, luo::kFileRetrieveSite.value);
}

TEST_F(KvmTest, stops_the_update_where_a_scenario_says_so) {
  world.preserve(file);
  world.fail(luo::kFileFreezeSite, "vm");
  ASSERT_EQ(world.prepare(), 0);
  EXPECT_EQ(world.freeze(), luo::kFileFreezeSite.value);
}

TEST_F(KvmTest, is_not_believed_when_its_record_cannot_be) {
  struct Damage {
    std::uint64_t offset;
    std::uint64_t value;
  };
  for (const Damage& damage : {Damage{0, 5}, Damage{8, 1ULL << 32}}) {
    MemoryFilesWorld other;
    const std::uint64_t token = other.preserve(other.kvm());
    ASSERT_EQ(other.prepare(), 0);
    ASSERT_EQ(other.freeze(), 0);
    other.memory.bytes().write_value(other.word_of(token) + damage.offset, damage.value);
    other.jump();
    EXPECT_EQ(other.restore(token).status, -kernel::kEINVAL) << damage.offset;
  }
}

TEST_F(KvmTest, does_not_take_over_what_was_not_handed_over) {
  const std::uint64_t token = world.preserve(file);
  ASSERT_EQ(world.prepare(), 0);
  const auto answer = world.call(kKvmType.retrieve, {.values = {world.names.intern("kvm-v1").index},
                                                     .word = world.word_of(token).value});
  EXPECT_EQ(answer.status, -kernel::kEINVAL) << "it is this kernel's own record";
}

TEST_F(KvmTest, does_not_read_a_word_that_names_no_page_of_its_own) {
  for (const std::uint64_t word : {0ULL, 1ULL, 4096ULL, 8ULL << 20, ~0ULL, 1ULL << 40}) {
    const auto answer = world.call(kKvmType.retrieve,
                                   {.values = {world.names.intern("kvm-v1").index}, .word = word});
    EXPECT_EQ(answer.status, -kernel::kEINVAL) << word;
    const std::uint64_t free_before = world.free_pages();
    EXPECT_EQ(world.call(kKvmType.finish, {.word = word}).status, 0);
    EXPECT_EQ(world.call(kKvmType.cancel, {.values = {0, file.index}, .word = word}).status, 0);
    EXPECT_EQ(world.free_pages(), free_before) << word;
  }
}

}  // namespace
}  // namespace luosim::fd
