// SPDX-License-Identifier: Apache-2.0
#include "sim/core/engine.hpp"

#include "sim/core/assert.hpp"

namespace luosim::sim {

void Engine::go_to(Context& context, std::uint16_t row, Duration after) {
  if (row == Programs::kReturnRow) {
    leave(context, context.frame().status, after);
    return;
  }
  context.frame().step = row;
  context.schedule.wake(context.task, after);
}

void Engine::enter(Context& context, const Outcome& outcome, std::uint16_t then) {
  Schedule& schedule = context.schedule;
  // The caller already stands where it goes on once the callee has returned.
  context.frame().step = then;
  Task& task = schedule.tasks_[context.task.index];
  task.frame = schedule.new_frame(outcome.program, outcome.arguments, task.frame);
  schedule.wake(context.task, outcome.after);
}

void Engine::leave(Context& context, std::int64_t status, Duration after) {
  Schedule& schedule = context.schedule;
  Task& task = schedule.tasks_[context.task.index];
  for (;;) {
    const Frame ended = schedule.frames_[task.frame];
    if (ended.caller == Frame::kNone && after.ns > 0) {
      // Nobody is told before the time of the last step has passed.
      schedule.frames_[task.frame].status = status;
      schedule.frames_[task.frame].step = Programs::kReturnRow;
      schedule.wake(context.task, after);
      return;
    }
    schedule.free_frame(task.frame);
    task.frame = ended.caller;
    if (ended.caller == Frame::kNone) {
      task.result_word = ended.word;
      break;
    }
    Frame& caller = schedule.frames_[ended.caller];
    caller.result = status;
    caller.word = ended.word;
    if (caller.step != Programs::kReturnRow) {
      schedule.wake(context.task, after);
      return;
    }
    // A call in the last row: the caller returns what it was told.
    status = caller.status != 0 ? caller.status : status;
  }
  task.result = status;
  task.state = Task::State::ended;
  context.record({.kind = EngineRecord::task_ended,
                  .subject = task.name,
                  .values = {static_cast<std::uint64_t>(status), 0, 0, 0}});
  std::vector<TaskId> granted;
  schedule.locks_.drop_task(context.task, granted);
  require(granted.empty(), "a task that ends holds no lock that somebody waits for");
  if (!task.keep_result) schedule.forget(context.task);
}

void Engine::wait(Context& context, const Outcome& outcome, const Programs::Row& row) {
  Schedule& schedule = context.schedule;
  Task& task = schedule.tasks_[context.task.index];
  if (schedule.locks_.acquire(context.task, outcome.lock)) {
    go_to(context, row.then, outcome.after);
    return;
  }
  if (outcome.lock.killable && task.killed) {
    std::vector<TaskId> granted;
    schedule.locks_.stop_waiting(context.task, granted);
    context.frame().status = outcome.value;
    go_to(context, row.on_failure, outcome.after);
    return;
  }
  // The frame already stands where it goes on with the lock, so that whoever releases the lock
  // only has to wake the task.
  context.frame().step = row.then;
  task.state = Task::State::blocked;
  task.failure_row = row.on_failure;
  task.failure_status = outcome.value;
  const bool deadlocked = schedule.locks_.is_deadlocked(context.task);
  context.record(
      {.kind = deadlocked ? EngineRecord::deadlock : EngineRecord::blocked,
       .subject = task.name,
       .values = {outcome.lock.lock.index, static_cast<std::uint64_t>(outcome.lock.mode), 0, 0}});
}

void Engine::run_step(Context& context) {
  Schedule& schedule = context.schedule;
  const Frame& frame = context.frame();
  if (frame.step == Programs::kReturnRow) {
    leave(context, frame.status, {});
    return;
  }
  const std::uint16_t current = frame.step;
  const Programs::Row& row = context.programs.find(frame.program).rows[current];
  context.record({.kind = EngineRecord::step, .values = {frame.program.hash, current, 0, 0}});
  const Outcome outcome = row.run(context);
  switch (outcome.kind) {
    case Outcome::Kind::done:
      return go_to(context, row.then, outcome.after);
    case Outcome::Kind::again:
      return go_to(context, current, outcome.after);
    case Outcome::Kind::end:
      return go_to(context, row.on_end, outcome.after);
    case Outcome::Kind::fail:
      context.frame().status = outcome.value;
      return go_to(context, row.on_failure, outcome.after);
    case Outcome::Kind::finish:
      return leave(context, outcome.value, outcome.after);
    case Outcome::Kind::call:
      return enter(context, outcome, row.then);
    case Outcome::Kind::acquire:
      return wait(context, outcome, row);
    case Outcome::Kind::park:
      schedule.tasks_[context.task.index].state = Task::State::blocked;
      return;
    case Outcome::Kind::halt:
      return;
  }
}

}  // namespace luosim::sim
