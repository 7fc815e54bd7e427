// SPDX-License-Identifier: Apache-2.0
#include "sim/core/schedule.hpp"

#include <algorithm>
#include <bit>

#include "sim/core/assert.hpp"

namespace luosim::sim {

namespace {

constexpr std::uint32_t kTasksAWord = 64;

}  // namespace

std::uint32_t Schedule::new_frame(ProgramId program, const Arguments& arguments,
                                  std::uint32_t caller) {
  Frame frame;
  frame.program = program;
  frame.caller = caller;
  frame.word = arguments.word;
  frame.values = arguments.values;
  if (free_frames_.empty()) {
    frames_.push_back(frame);
    return static_cast<std::uint32_t>(frames_.size() - 1);
  }
  const std::uint32_t index = free_frames_.back();
  free_frames_.pop_back();
  frames_[index] = frame;
  return index;
}

void Schedule::free_frame(std::uint32_t index) {
  frames_[index] = Frame{};
  free_frames_.push_back(index);
}

void Schedule::free_frames_of(Task& task) {
  while (task.frame != Frame::kNone) {
    const std::uint32_t caller = frames_[task.frame].caller;
    free_frame(task.frame);
    task.frame = caller;
  }
}

// The lowest one that is unused.
std::uint32_t Schedule::take_unused_task() {
  std::size_t word = 0;
  while (word < used_.size() && ~used_[word] == 0) ++word;
  if (word == used_.size()) used_.push_back(0);
  const auto bit = static_cast<std::size_t>(std::countr_one(used_[word]));
  used_[word] |= 1ULL << bit;
  const auto index = static_cast<std::uint32_t>(word * kTasksAWord + bit);
  if (index == tasks_.size()) tasks_.emplace_back();
  return index;
}

TaskId Schedule::spawn(Symbol name, std::uint32_t group, ProgramId program,
                       const Arguments& arguments, Duration after, bool keep_result) {
  const std::uint32_t index = take_unused_task();
  Task& task = tasks_[index];
  task = Task{};
  task.name = name;
  task.group = group;
  task.state = Task::State::ready;
  task.keep_result = keep_result;
  task.frame = new_frame(program, arguments, Frame::kNone);
  wake({index}, after);
  return {index};
}

void Schedule::wake(TaskId task, Duration after) {
  require(after.ns >= 0, "nothing is scheduled in the past");
  Task& woken = tasks_[task.index];
  woken.state = Task::State::ready;
  woken.failure_row = 0;
  woken.failure_status = 0;
  queue_.push(now_ + after, task.index, 0);
  if ((woken.group & kBackgroundGroup) == 0) ++foreground_pending_;
}

void Schedule::forget(TaskId id) {
  tasks_[id.index] = Task{};
  used_[id.index / kTasksAWord] &= ~(1ULL << id.index % kTasksAWord);
}

void Schedule::wake_all(const std::vector<TaskId>& tasks) {
  for (const TaskId task : tasks) wake(task, {});
}

void Schedule::drop(TaskId id) {
  Task& task = tasks_[id.index];
  if (task.state == Task::State::unused) return;
  const std::size_t removed = queue_.remove_task(id.index);
  if ((task.group & kBackgroundGroup) == 0)
    foreground_pending_ -= static_cast<std::uint32_t>(removed);
  free_frames_of(task);
  forget(id);
  std::vector<TaskId> granted;
  locks_.drop_task(id, granted);
  wake_all(granted);
}

void Schedule::drop_group(std::uint32_t group) {
  for (std::uint32_t index = 0; index < tasks_.size(); ++index) {
    if (tasks_[index].state != Task::State::unused && tasks_[index].group == group) drop({index});
  }
}

void Schedule::drop_all() {
  queue_.clear();
  tasks_.clear();
  frames_.clear();
  free_frames_.clear();
  locks_ = Locks{};
  foreground_pending_ = 0;
  used_.clear();
}

void Schedule::drop_all_without(std::uint32_t bits) {
  const auto stays = [bits](const Task& task) {
    return task.state != Task::State::unused && (task.group & bits) == bits;
  };
  if (std::none_of(tasks_.begin(), tasks_.end(), stays)) return drop_all();
  std::vector<Event> kept;
  queue_.for_each_in_order([&](const Event& event) {
    if (stays(tasks_[event.task])) kept.push_back(event);
  });
  queue_.clear();
  foreground_pending_ = 0;
  locks_ = Locks{};
  for (std::uint32_t index = 0; index < tasks_.size(); ++index) {
    if (tasks_[index].state == Task::State::unused || stays(tasks_[index])) continue;
    free_frames_of(tasks_[index]);
    forget({index});
  }
  for (const Event& event : kept) {
    queue_.push(event.time, event.task, event.tag);
    if ((tasks_[event.task].group & kBackgroundGroup) == 0) ++foreground_pending_;
  }
}

void Schedule::kill(TaskId id) {
  Task& task = tasks_[id.index];
  if (task.state == Task::State::unused || task.state == Task::State::ended) return;
  task.killed = true;
  const std::optional<LockRequest> wait = locks_.waits_for(id);
  if (!wait || !wait->killable) return;
  std::vector<TaskId> granted;
  locks_.stop_waiting(id, granted);
  frames_[task.frame].status = task.failure_status;
  frames_[task.frame].step = static_cast<std::uint16_t>(task.failure_row);
  wake(id, {});
  wake_all(granted);
}

void Schedule::unpark(TaskId task) {
  require(is_blocked(task) && !locks_.waits_for(task), "only a parked task is unparked");
  wake(task, {});
}

std::int64_t Schedule::collect(TaskId id) {
  Task& task = tasks_[id.index];
  require(task.state == Task::State::ended, "only an ended task has a result");
  const std::int64_t result = task.result;
  forget(id);
  return result;
}

void Schedule::release(TaskId task, LockId lock) {
  std::vector<TaskId> granted;
  locks_.release(task, lock, granted);
  wake_all(granted);
}

TaskId Schedule::take_next() {
  const Event event = queue_.pop();
  if (event.time > now_) now_ = event.time;
  if ((tasks_[event.task].group & kBackgroundGroup) == 0) --foreground_pending_;
  return {event.task};
}

void Schedule::take(TaskId task) {
  require(tasks_[task.index].state == Task::State::ready, "only a task that is ready goes on");
  const Event event = queue_.take_task(task.index);
  if (event.time > now_) now_ = event.time;
  if ((tasks_[task.index].group & kBackgroundGroup) == 0) --foreground_pending_;
}

void Schedule::add_to(Hasher& hasher) const {
  hasher.add(queue_.size());
  queue_.for_each_in_order([&](const Event& event) {
    hasher.add((event.time - now_).ns);
    hasher.add(event.task);
  });
  hasher.add_sequence(tasks_);
  hasher.add_sequence(frames_);
  hasher.add_sequence(free_frames_);
  const auto add_claims = [&](const std::vector<Locks::Claim>& claims) {
    hasher.add(claims.size());
    for (const Locks::Claim& claim : claims) {
      hasher.add(claim.task.index);
      hasher.add(claim.request.lock.index);
      hasher.add(claim.request.mode);
      hasher.add(claim.request.killable);
    }
  };
  add_claims(locks_.holders());
  add_claims(locks_.waiters());
}

}  // namespace luosim::sim
