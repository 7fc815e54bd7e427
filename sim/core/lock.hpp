// SPDX-License-Identifier: Apache-2.0
//
// Locks that block tasks: a mutex (one writer) and a fair read/write semaphore, both with waits
// that a kill may end. Fair as in Linux: who comes later than a waiting writer waits behind it,
// also to read. Everything is a plain value, so that a copy of the world copies who waits for what.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

namespace luosim::sim {

/// Index of a task in its `Schedule`.
struct TaskId {
  std::uint32_t index = 0;
  friend constexpr auto operator<=>(const TaskId&, const TaskId&) = default;
};

/// Index of a lock in `Locks`; the model gives its locks constant numbers.
struct LockId {
  std::uint32_t index = 0;
  friend constexpr auto operator<=>(const LockId&, const LockId&) = default;
};

/// A mutex is only ever taken for writing.
enum class LockMode : std::uint8_t { read, write };

struct LockRequest {
  LockId lock;
  LockMode mode = LockMode::write;
  bool killable = false;
  friend constexpr auto operator<=>(const LockRequest&, const LockRequest&) = default;
};

/// Who holds and who waits for which lock. Costs are linear in the number of holders and waiters,
/// of which a machine has a handful.
class Locks {
 public:
  /// A lock held or waited for by one task.
  struct Claim {
    TaskId task;
    LockRequest request;
    friend auto operator<=>(const Claim&, const Claim&) = default;
  };

  /// Takes the lock for `task`, or queues it. True if it was taken at once.
  bool acquire(TaskId task, LockRequest request);

  /// Gives one hold of `task` up; the tasks that hold the lock now are appended to `granted`.
  void release(TaskId task, LockId lock, std::vector<TaskId>& granted);

  /// Takes `task` out of the queue it waits in; others may get through because of it.
  void stop_waiting(TaskId task, std::vector<TaskId>& granted);

  /// Gives up all that `task` holds and waits for.
  void drop_task(TaskId task, std::vector<TaskId>& granted);

  bool is_held(LockId lock) const;
  bool is_held_by(TaskId task, LockId lock) const;

  /// The lock `task` waits for, if it waits.
  std::optional<LockRequest> waits_for(TaskId task) const;

  /// True if `task` waits, directly or through others, for something that it holds itself.
  bool is_deadlocked(TaskId task) const;

  const std::vector<Claim>& holders() const { return holders_; }
  const std::vector<Claim>& waiters() const { return waiters_; }

  friend bool operator==(const Locks&, const Locks&) = default;

 private:
  bool can_hold(const Claim& claim) const;
  void grant_waiters(LockId lock, std::vector<TaskId>& granted);

  std::vector<Claim> holders_;  // in order of acquisition
  std::vector<Claim> waiters_;  // in order of arrival
};

}  // namespace luosim::sim
