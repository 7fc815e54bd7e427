// SPDX-License-Identifier: Apache-2.0
//
// Who gets a lock and who waits, without any engine around: a fair read/write semaphore and the
// search for deadlocks. Random sequences are compared with a model in the property tests.
#include "sim/core/lock.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace luosim::sim {
namespace {

using Tasks = std::vector<TaskId>;

constexpr LockId kFirst{0};
constexpr LockId kSecond{1};
constexpr LockId kThird{2};
constexpr TaskId kAnna{10};
constexpr TaskId kBert{11};
constexpr TaskId kCarl{12};
constexpr TaskId kDora{13};

bool take(Locks& locks, TaskId task, LockId lock, LockMode mode) {
  return locks.acquire(task, {lock, mode, false});
}

bool read(Locks& locks, TaskId task, LockId lock = kFirst) {
  return take(locks, task, lock, LockMode::read);
}

bool write(Locks& locks, TaskId task, LockId lock = kFirst) {
  return take(locks, task, lock, LockMode::write);
}

Tasks release(Locks& locks, TaskId task, LockId lock = kFirst) {
  Tasks granted;
  locks.release(task, lock, granted);
  return granted;
}

Tasks stop_waiting(Locks& locks, TaskId task) {
  Tasks granted;
  locks.stop_waiting(task, granted);
  return granted;
}

Tasks drop(Locks& locks, TaskId task) {
  Tasks granted;
  locks.drop_task(task, granted);
  return granted;
}

TEST(Locks, give_a_free_lock_at_once) {
  Locks locks;
  EXPECT_FALSE(locks.is_held(kFirst));
  EXPECT_TRUE(write(locks, kAnna));
  EXPECT_TRUE(locks.is_held(kFirst));
  EXPECT_TRUE(locks.is_held_by(kAnna, kFirst));
  EXPECT_FALSE(locks.is_held_by(kBert, kFirst));
  EXPECT_FALSE(locks.is_held(kSecond));
}

TEST(Locks, let_readers_in_together) {
  Locks locks;
  EXPECT_TRUE(read(locks, kAnna));
  EXPECT_TRUE(read(locks, kBert));
  EXPECT_TRUE(locks.is_held_by(kAnna, kFirst));
  EXPECT_TRUE(locks.is_held_by(kBert, kFirst));
}

TEST(Locks, make_a_writer_wait_for_a_reader_and_a_reader_for_a_writer) {
  Locks locks;
  read(locks, kAnna);
  EXPECT_FALSE(write(locks, kBert));
  write(locks, kCarl, kSecond);
  EXPECT_FALSE(read(locks, kDora, kSecond));
  EXPECT_FALSE(locks.is_held_by(kBert, kFirst));
  EXPECT_FALSE(locks.is_held_by(kDora, kSecond));
}

TEST(Locks, give_a_released_lock_to_the_writer_who_came_first) {
  Locks locks;
  write(locks, kAnna);
  EXPECT_FALSE(write(locks, kBert));
  EXPECT_FALSE(write(locks, kCarl));
  EXPECT_EQ(release(locks, kAnna), Tasks{kBert});
  EXPECT_EQ(release(locks, kBert), Tasks{kCarl});
  EXPECT_EQ(release(locks, kCarl), Tasks{});
  EXPECT_FALSE(locks.is_held(kFirst));
}

TEST(Locks, make_a_reader_wait_behind_a_writer_who_waits) {
  Locks locks;
  read(locks, kAnna);
  EXPECT_FALSE(write(locks, kBert));
  EXPECT_FALSE(read(locks, kCarl));
  EXPECT_EQ(release(locks, kAnna), Tasks{kBert});
  EXPECT_EQ(release(locks, kBert), Tasks{kCarl});
}

TEST(Locks, let_all_readers_up_to_the_next_writer_in_at_once) {
  Locks locks;
  write(locks, kAnna);
  read(locks, kDora);
  read(locks, kBert);
  write(locks, {20});
  read(locks, kCarl);
  EXPECT_EQ(release(locks, kAnna), (Tasks{kDora, kBert}));
  EXPECT_EQ(release(locks, kBert), Tasks{});
  EXPECT_EQ(release(locks, kDora), Tasks{{20}});
  EXPECT_EQ(release(locks, {20}), Tasks{kCarl});
}

TEST(Locks, know_nothing_of_each_other) {
  Locks locks;
  write(locks, kAnna);
  EXPECT_FALSE(write(locks, kBert));
  EXPECT_TRUE(write(locks, kCarl, kSecond));
  EXPECT_EQ(release(locks, kCarl, kSecond), Tasks{});
  EXPECT_TRUE(locks.is_held_by(kAnna, kFirst));
}

TEST(Locks, let_the_readers_behind_a_writer_in_when_the_writer_gives_up) {
  Locks locks;
  read(locks, kAnna);
  write(locks, kBert);
  read(locks, kCarl);
  EXPECT_EQ(stop_waiting(locks, kBert), Tasks{kCarl});
  EXPECT_FALSE(locks.waits_for(kBert));
  EXPECT_TRUE(locks.is_held_by(kAnna, kFirst));
}

TEST(Locks, let_nobody_in_when_the_last_in_the_queue_gives_up) {
  Locks locks;
  write(locks, kAnna);
  write(locks, kBert);
  write(locks, kCarl);
  EXPECT_EQ(stop_waiting(locks, kCarl), Tasks{});
  EXPECT_EQ(release(locks, kAnna), Tasks{kBert});
  EXPECT_EQ(release(locks, kBert), Tasks{});
}

TEST(Locks, do_not_change_when_somebody_gives_up_who_does_not_wait) {
  Locks locks;
  write(locks, kAnna);
  write(locks, kBert);
  const Locks before = locks;
  EXPECT_EQ(stop_waiting(locks, kAnna), Tasks{});
  EXPECT_EQ(stop_waiting(locks, kDora), Tasks{});
  EXPECT_EQ(locks, before);
}

TEST(Locks, say_what_a_task_waits_for) {
  Locks locks;
  write(locks, kAnna);
  locks.acquire(kBert, {kFirst, LockMode::read, true});
  EXPECT_EQ(locks.waits_for(kBert), (LockRequest{kFirst, LockMode::read, true}));
  EXPECT_FALSE(locks.waits_for(kAnna));
  release(locks, kAnna);
  EXPECT_FALSE(locks.waits_for(kBert));
}

TEST(Locks, count_the_holds_of_a_task_that_reads_twice) {
  Locks locks;
  EXPECT_TRUE(read(locks, kAnna));
  EXPECT_TRUE(read(locks, kAnna));
  write(locks, kBert);
  EXPECT_EQ(release(locks, kAnna), Tasks{});
  EXPECT_TRUE(locks.is_held_by(kAnna, kFirst));
  EXPECT_EQ(release(locks, kAnna), Tasks{kBert});
}

TEST(Locks, of_a_task_that_is_dropped_go_to_who_waits) {
  Locks locks;
  write(locks, kAnna);
  write(locks, kAnna, kSecond);
  read(locks, kAnna, kThird);
  read(locks, kAnna, kThird);
  write(locks, kBert);
  read(locks, kCarl, kSecond);
  write(locks, kDora, kThird);
  EXPECT_EQ(drop(locks, kAnna), (Tasks{kBert, kCarl, kDora}));
  EXPECT_EQ(locks.holders().size(), 3U);
  EXPECT_TRUE(locks.waiters().empty());
}

TEST(Locks, forget_the_wait_of_a_task_that_is_dropped) {
  Locks locks;
  read(locks, kAnna);
  write(locks, kBert);
  read(locks, kCarl);
  EXPECT_EQ(drop(locks, kBert), Tasks{kCarl});
  EXPECT_EQ(drop(locks, kAnna), Tasks{});
  EXPECT_EQ(drop(locks, kCarl), Tasks{});
  EXPECT_EQ(locks, Locks{});
}

TEST(Locks, do_not_come_back_to_a_dropped_task_that_waited_for_itself) {
  Locks locks;
  write(locks, kAnna);
  write(locks, kAnna);
  EXPECT_EQ(drop(locks, kAnna), Tasks{});
  EXPECT_EQ(locks, Locks{});
}

TEST(Locks, are_values) {
  Locks locks;
  write(locks, kAnna);
  Locks copy = locks;
  EXPECT_EQ(copy, locks);
  read(copy, kBert);
  EXPECT_NE(copy, locks);
  EXPECT_EQ(release(locks, kAnna), Tasks{});
  EXPECT_EQ(release(copy, kAnna), Tasks{kBert});
}

TEST(Locks, differ_by_the_order_of_those_who_wait) {
  Locks left;
  Locks right;
  for (Locks* locks : {&left, &right}) write(*locks, kAnna);
  write(left, kBert);
  write(left, kCarl);
  write(right, kCarl);
  write(right, kBert);
  EXPECT_NE(left, right);
}

TEST(Deadlock, is_not_every_wait) {
  Locks locks;
  write(locks, kAnna);
  write(locks, kBert);
  write(locks, kCarl);
  for (const TaskId task : {kAnna, kBert, kCarl, kDora}) EXPECT_FALSE(locks.is_deadlocked(task));
}

TEST(Deadlock, is_a_second_write_of_the_same_task) {
  Locks locks;
  write(locks, kAnna);
  EXPECT_FALSE(write(locks, kAnna));
  EXPECT_TRUE(locks.is_deadlocked(kAnna));
}

TEST(Deadlock, is_a_reader_who_wants_to_write) {
  Locks locks;
  read(locks, kAnna);
  EXPECT_FALSE(write(locks, kAnna));
  EXPECT_TRUE(locks.is_deadlocked(kAnna));
}

TEST(Deadlock, is_a_second_read_behind_a_writer_who_waits_for_the_first) {
  Locks locks;
  read(locks, kAnna);
  write(locks, kBert);
  EXPECT_FALSE(locks.is_deadlocked(kBert));
  EXPECT_FALSE(read(locks, kAnna));
  EXPECT_TRUE(locks.is_deadlocked(kAnna));
  EXPECT_TRUE(locks.is_deadlocked(kBert));
}

TEST(Deadlock, is_found_between_two_tasks) {
  Locks locks;
  write(locks, kAnna, kFirst);
  write(locks, kBert, kSecond);
  write(locks, kAnna, kSecond);
  EXPECT_FALSE(locks.is_deadlocked(kAnna));
  write(locks, kBert, kFirst);
  EXPECT_TRUE(locks.is_deadlocked(kAnna));
  EXPECT_TRUE(locks.is_deadlocked(kBert));
}

TEST(Deadlock, is_found_around_a_ring_of_three) {
  Locks locks;
  write(locks, kAnna, kFirst);
  write(locks, kBert, kSecond);
  write(locks, kCarl, kThird);
  write(locks, kAnna, kSecond);
  write(locks, kBert, kThird);
  EXPECT_FALSE(locks.is_deadlocked(kBert));
  write(locks, kCarl, kFirst);
  for (const TaskId task : {kAnna, kBert, kCarl}) EXPECT_TRUE(locks.is_deadlocked(task));
}

TEST(Deadlock, is_found_through_a_writer_who_only_waits) {
  Locks locks;
  read(locks, kAnna, kFirst);
  write(locks, kBert, kSecond);
  write(locks, kBert, kFirst);
  write(locks, kCarl, kThird);
  read(locks, kCarl, kFirst);
  EXPECT_FALSE(locks.is_deadlocked(kCarl));
  // Anna and Carl could both read the first lock, but between them stands Bert.
  read(locks, kAnna, kThird);
  EXPECT_TRUE(locks.is_deadlocked(kAnna));
  EXPECT_TRUE(locks.is_deadlocked(kBert));
  EXPECT_TRUE(locks.is_deadlocked(kCarl));
}

TEST(Deadlock, is_not_said_of_a_task_that_waits_for_a_deadlocked_one) {
  Locks locks;
  write(locks, kAnna);
  write(locks, kAnna);
  write(locks, kBert);
  EXPECT_TRUE(locks.is_deadlocked(kAnna));
  EXPECT_FALSE(locks.is_deadlocked(kBert));
}

TEST(Deadlock, ends_when_one_of_its_tasks_gives_up) {
  Locks locks;
  write(locks, kAnna, kFirst);
  write(locks, kBert, kSecond);
  write(locks, kAnna, kSecond);
  write(locks, kBert, kFirst);
  stop_waiting(locks, kBert);
  EXPECT_FALSE(locks.is_deadlocked(kAnna));
  EXPECT_FALSE(locks.is_deadlocked(kBert));
  EXPECT_EQ(release(locks, kBert, kSecond), Tasks{kAnna});
}

TEST(LocksDeathTest, do_not_let_a_task_release_what_it_does_not_hold) {
  Locks locks;
  write(locks, kAnna);
  write(locks, kBert);
  EXPECT_EXIT(release(locks, kBert), testing::ExitedWithCode(4), "a lock that it holds");
}

}  // namespace
}  // namespace luosim::sim
