// SPDX-License-Identifier: Apache-2.0
#include "sim/core/lock.hpp"

#include <algorithm>

#include "sim/core/assert.hpp"

namespace luosim::sim {

bool Locks::can_hold(const Claim& claim) const {
  for (const Claim& holder : holders_) {
    if (holder.request.lock != claim.request.lock) continue;
    if (claim.request.mode == LockMode::write || holder.request.mode == LockMode::write)
      return false;
  }
  return true;
}

bool Locks::acquire(TaskId task, LockRequest request) {
  const Claim claim{task, request};
  const bool somebody_waits =
      std::any_of(waiters_.begin(), waiters_.end(),
                  [&](const Claim& waiter) { return waiter.request.lock == request.lock; });
  if (somebody_waits || !can_hold(claim)) {
    waiters_.push_back(claim);
    return false;
  }
  holders_.push_back(claim);
  return true;
}

void Locks::grant_waiters(LockId lock, std::vector<TaskId>& granted) {
  for (std::size_t index = 0; index < waiters_.size();) {
    const Claim claim = waiters_[index];
    if (claim.request.lock != lock) {
      ++index;
      continue;
    }
    if (!can_hold(claim)) return;  // fair: nobody overtakes the first who cannot be served
    waiters_.erase(waiters_.begin() + static_cast<std::ptrdiff_t>(index));
    holders_.push_back(claim);
    granted.push_back(claim.task);
  }
}

void Locks::release(TaskId task, LockId lock, std::vector<TaskId>& granted) {
  const auto hold = std::find_if(holders_.begin(), holders_.end(), [&](const Claim& claim) {
    return claim.task == task && claim.request.lock == lock;
  });
  require(hold != holders_.end(), "a task releases only a lock that it holds");
  holders_.erase(hold);
  grant_waiters(lock, granted);
}

void Locks::stop_waiting(TaskId task, std::vector<TaskId>& granted) {
  const auto wait = std::find_if(waiters_.begin(), waiters_.end(),
                                 [&](const Claim& claim) { return claim.task == task; });
  if (wait == waiters_.end()) return;
  const LockId lock = wait->request.lock;
  waiters_.erase(wait);
  grant_waiters(lock, granted);
}

void Locks::drop_task(TaskId task, std::vector<TaskId>& granted) {
  stop_waiting(task, granted);
  for (;;) {
    const auto hold = std::find_if(holders_.begin(), holders_.end(),
                                   [&](const Claim& claim) { return claim.task == task; });
    if (hold == holders_.end()) return;
    release(task, hold->request.lock, granted);
  }
}

bool Locks::is_held(LockId lock) const {
  return std::any_of(holders_.begin(), holders_.end(),
                     [&](const Claim& claim) { return claim.request.lock == lock; });
}

bool Locks::is_held_by(TaskId task, LockId lock) const {
  return std::any_of(holders_.begin(), holders_.end(), [&](const Claim& claim) {
    return claim.task == task && claim.request.lock == lock;
  });
}

std::optional<LockRequest> Locks::waits_for(TaskId task) const {
  for (const Claim& waiter : waiters_) {
    if (waiter.task == task) return waiter.request;
  }
  return std::nullopt;
}

bool Locks::is_deadlocked(TaskId task) const {
  // Depth-first along "waits for a lock that is held by, or queued for before me by".
  std::vector<TaskId> visited;
  std::vector<TaskId> pending{task};
  while (!pending.empty()) {
    const TaskId current = pending.back();
    pending.pop_back();
    const std::optional<LockRequest> wait = waits_for(current);
    if (!wait) continue;
    const auto follow = [&](TaskId next) {
      if (std::find(visited.begin(), visited.end(), next) != visited.end()) return;
      visited.push_back(next);
      pending.push_back(next);
    };
    for (const Claim& holder : holders_) {
      if (holder.request.lock == wait->lock) follow(holder.task);
    }
    for (const Claim& waiter : waiters_) {
      if (waiter.task == current) break;
      if (waiter.request.lock == wait->lock) follow(waiter.task);
    }
    if (std::find(visited.begin(), visited.end(), task) != visited.end()) return true;
  }
  return false;
}

}  // namespace luosim::sim
