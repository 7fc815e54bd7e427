// SPDX-License-Identifier: Apache-2.0
//
// The locks against a model without any bookkeeping of holders: for each lock one list of claims in
// order of arrival, from which it follows who holds. A claim to read is held if all claims before
// it are to read, a claim to write if there is none before it. Deadlocks are compared with the
// closure of "must wait for", and with who is still stuck when everybody else has let go.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <ostream>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sim/core/lock.hpp"

namespace luosim::sim {
namespace {

constexpr std::uint32_t kTasks = 5;
constexpr std::uint32_t kLocks = 3;

class ModelLocks {
 public:
  bool acquire(TaskId task, LockRequest request) {
    claims_.push_back({task, request});
    return is_held(claims_.size() - 1);
  }

  std::vector<TaskId> release(TaskId task, LockId lock) {
    return remove_one([&](std::size_t index) {
      return claims_[index].task == task && claims_[index].request.lock == lock && is_held(index);
    });
  }

  std::vector<TaskId> stop_waiting(TaskId task) {
    return remove_one(
        [&](std::size_t index) { return claims_[index].task == task && !is_held(index); });
  }

  std::vector<TaskId> drop_task(TaskId task) {
    std::vector<TaskId> granted = stop_waiting(task);
    for (std::uint32_t lock = 0; lock < kLocks; ++lock) {
      while (holds(task, {lock})) {
        for (const TaskId next : release(task, {lock})) granted.push_back(next);
      }
    }
    return granted;
  }

  bool holds(TaskId task, LockId lock) const {
    for (std::size_t index = 0; index < claims_.size(); ++index) {
      const Locks::Claim& claim = claims_[index];
      if (claim.task == task && claim.request.lock == lock && is_held(index)) return true;
    }
    return false;
  }

  std::optional<LockRequest> waits_for(TaskId task) const {
    for (std::size_t index = 0; index < claims_.size(); ++index) {
      if (claims_[index].task == task && !is_held(index)) return claims_[index].request;
    }
    return std::nullopt;
  }

  bool is_deadlocked(TaskId task) const {
    std::array<std::array<bool, kTasks>, kTasks> waits{};
    for (std::size_t later = 0; later < claims_.size(); ++later) {
      for (std::size_t earlier = 0; earlier < later; ++earlier) {
        if (claims_[earlier].request.lock == claims_[later].request.lock && !is_held(later))
          waits[claims_[later].task.index][claims_[earlier].task.index] = true;
      }
    }
    for (std::uint32_t through = 0; through < kTasks; ++through) {
      for (std::uint32_t from = 0; from < kTasks; ++from) {
        for (std::uint32_t to = 0; to < kTasks; ++to) {
          waits[from][to] = waits[from][to] || (waits[from][through] && waits[through][to]);
        }
      }
    }
    return waits[task.index][task.index];
  }

  std::vector<Locks::Claim> claims(bool held) const {
    std::vector<Locks::Claim> found;
    for (std::size_t index = 0; index < claims_.size(); ++index) {
      if (is_held(index) == held) found.push_back(claims_[index]);
    }
    return found;
  }

 private:
  bool is_held(std::size_t index) const {
    for (std::size_t earlier = 0; earlier < index; ++earlier) {
      if (claims_[earlier].request.lock != claims_[index].request.lock) continue;
      if (claims_[earlier].request.mode == LockMode::write ||
          claims_[index].request.mode == LockMode::write)
        return false;
    }
    return true;
  }

  // Removes the first claim that fits and returns whose claims became held because of it.
  template <class Fits>
  std::vector<TaskId> remove_one(const Fits& fits) {
    std::size_t removed = 0;
    while (removed < claims_.size() && !fits(removed)) ++removed;
    if (removed == claims_.size()) return {};
    std::vector<bool> was_held;
    for (std::size_t index = 0; index < claims_.size(); ++index) was_held.push_back(is_held(index));
    claims_.erase(claims_.begin() + static_cast<std::ptrdiff_t>(removed));
    was_held.erase(was_held.begin() + static_cast<std::ptrdiff_t>(removed));
    std::vector<TaskId> granted;
    for (std::size_t index = 0; index < claims_.size(); ++index) {
      if (is_held(index) && !was_held[index]) granted.push_back(claims_[index].task);
    }
    return granted;
  }

  std::vector<Locks::Claim> claims_;
};

template <class Value>
std::vector<Value> sorted(std::vector<Value> values) {
  std::sort(values.begin(), values.end());
  return values;
}

enum class Act : std::uint8_t { acquire, release, stop_waiting, drop_task, copy };

struct Operation {
  Act act = Act::acquire;
  TaskId task{};
  LockRequest request{};
};

std::ostream& operator<<(std::ostream& out, const Operation& operation) {
  constexpr std::array<const char*, 5> kActs{"acquire", "release", "stop_waiting", "drop_task",
                                             "copy"};
  return out << "{" << kActs.at(static_cast<std::size_t>(operation.act)) << ", task "
             << operation.task.index << ", lock " << operation.request.lock.index
             << (operation.request.mode == LockMode::read ? ", read}" : ", write}");
}

rc::Gen<Operation> any_operation() {
  const auto act = rc::gen::weightedElement<Act>({{10, Act::acquire},
                                                  {5, Act::release},
                                                  {2, Act::stop_waiting},
                                                  {1, Act::drop_task},
                                                  {1, Act::copy}});
  const auto request = rc::gen::apply(
      [](std::uint32_t lock, bool reads, bool killable) {
        return LockRequest{{lock}, reads ? LockMode::read : LockMode::write, killable};
      },
      rc::gen::inRange(0U, kLocks), rc::gen::arbitrary<bool>(), rc::gen::arbitrary<bool>());
  const auto task =
      rc::gen::map(rc::gen::inRange(0U, kTasks), [](std::uint32_t index) { return TaskId{index}; });
  return rc::gen::build<Operation>(rc::gen::set(&Operation::act, act),
                                   rc::gen::set(&Operation::task, task),
                                   rc::gen::set(&Operation::request, request));
}

// The locks and the model side by side; each step checks that they agree.
class Comparison {
 public:
  // What a task in this state cannot do is left out: one that waits does nothing by itself.
  void apply(const Operation& operation) {
    const TaskId task = operation.task;
    const LockId lock = operation.request.lock;
    std::vector<TaskId> granted;
    std::vector<TaskId> expected;
    switch (operation.act) {
      case Act::acquire:
        if (model_.waits_for(task)) return;
        RC_ASSERT(locks_.acquire(task, operation.request) ==
                  model_.acquire(task, operation.request));
        break;
      case Act::release:
        if (model_.waits_for(task) || !model_.holds(task, lock)) return;
        locks_.release(task, lock, granted);
        expected = model_.release(task, lock);
        break;
      case Act::stop_waiting:
        locks_.stop_waiting(task, granted);
        expected = model_.stop_waiting(task);
        break;
      case Act::drop_task:
        locks_.drop_task(task, granted);
        // In which order a task's locks are given up is not promised.
        granted = sorted(granted);
        expected = sorted(model_.drop_task(task));
        break;
      case Act::copy:
        go_on_with_a_copy();
        break;
    }
    RC_ASSERT(granted == expected);
    check();
  }

  // Lets every task that can go on give everything up, until nobody can.
  void check_who_is_stuck() const {
    Locks rest = locks_;
    for (bool changed = true; changed;) {
      changed = false;
      for (const Locks::Claim& holder : std::vector<Locks::Claim>(rest.holders())) {
        if (rest.waits_for(holder.task)) continue;
        std::vector<TaskId> granted;
        rest.drop_task(holder.task, granted);
        changed = true;
      }
    }
    bool any_deadlocked = false;
    for (std::uint32_t index = 0; index < kTasks; ++index) {
      if (!locks_.is_deadlocked({index})) continue;
      any_deadlocked = true;
      RC_ASSERT(rest.waits_for({index}).has_value());
    }
    RC_ASSERT(any_deadlocked == !rest.waiters().empty());
  }

 private:
  void check() const {
    RC_ASSERT(locks_.waiters() == model_.claims(false));
    RC_ASSERT(sorted(locks_.holders()) == sorted(model_.claims(true)));
    for (std::uint32_t index = 0; index < kTasks; ++index) {
      RC_ASSERT(locks_.waits_for({index}) == model_.waits_for({index}));
      RC_ASSERT(locks_.is_deadlocked({index}) == model_.is_deadlocked({index}));
    }
    for (std::uint32_t lock = 0; lock < kLocks; ++lock) {
      bool is_held = false;
      for (std::uint32_t index = 0; index < kTasks; ++index) {
        RC_ASSERT(locks_.is_held_by({index}, {lock}) == model_.holds({index}, {lock}));
        is_held = is_held || model_.holds({index}, {lock});
      }
      RC_ASSERT(locks_.is_held({lock}) == is_held);
    }
  }

  void go_on_with_a_copy() {
    const Locks copy = locks_;
    RC_ASSERT(copy == locks_);
    std::vector<TaskId> granted;
    for (std::uint32_t index = 0; index < kTasks; ++index) locks_.drop_task({index}, granted);
    RC_ASSERT(locks_ == Locks{});
    locks_ = copy;
  }

  Locks locks_;
  ModelLocks model_;
};

RC_GTEST_PROP(LocksProperty, agree_with_a_list_of_claims_over_any_sequence_of_operations, ()) {
  Comparison comparison;
  for (const Operation& operation : *rc::gen::container<std::vector<Operation>>(any_operation())) {
    comparison.apply(operation);
  }
}

RC_GTEST_PROP(LocksProperty, find_a_deadlock_iff_somebody_is_stuck_when_all_others_let_go, ()) {
  Comparison comparison;
  for (const Operation& operation : *rc::gen::container<std::vector<Operation>>(any_operation())) {
    comparison.apply(operation);
    comparison.check_who_is_stuck();
  }
}

}  // namespace
}  // namespace luosim::sim
