// SPDX-License-Identifier: Apache-2.0
//
// The schedule of a world: the clock, what is pending, who runs which program at which step, and
// the locks. It is a value without pointers: a copy made in the middle of a run continues on its
// own, step by step the same.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/core/digest.hpp"
#include "sim/core/event_queue.hpp"
#include "sim/core/lock.hpp"
#include "sim/core/name.hpp"
#include "sim/core/program.hpp"
#include "sim/core/time.hpp"

namespace luosim::sim {

/// One activation of a program.
struct Frame {
  static constexpr std::uint32_t kNone = 0xFFFF'FFFF;

  ProgramId program{};
  std::uint32_t caller = kNone;  ///< the frame that called, in `Schedule::frames`
  std::uint16_t step = 0;        ///< the row that runs next
  std::uint16_t reserved = 0;    ///< keeps the layout free of padding for the digest
  std::uint32_t reserved_too = 0;
  std::int64_t status = 0;                ///< what the program will return
  std::int64_t result = 0;                ///< what the program called last returned
  std::uint64_t word = 0;                 ///< in and out, see `Arguments`
  std::array<std::uint64_t, 4> values{};  ///< arguments, free to be changed by the program
  std::array<std::uint64_t, 3> local{};   ///< zero at the start: cursors and the like

  friend bool operator==(const Frame&, const Frame&) = default;
};

/// Bit of the group of a task that goes on by itself for ever, such as a device or a guest's load:
/// nobody waits for it to end, and it is no reason to hope that somebody else can go on.
inline constexpr std::uint32_t kBackgroundGroup = 1U << 31;

/// A flow of control: a process' thread, a vCPU, a kernel's boot.
struct Task {
  enum class State : std::uint8_t { unused, ready, blocked, ended };

  std::uint32_t frame = Frame::kNone;  ///< innermost activation
  Symbol name{};                       ///< who it is, in traces
  std::uint32_t group = 0;  ///< the model's number of the process or kernel it belongs to
  State state = State::unused;
  bool keep_result = false;  ///< stays `ended` until `collect`, else it is unused again
  bool killed = false;       ///< a kill is pending: the next killable wait fails at once
  std::uint8_t reserved = 0;
  std::uint32_t failure_row = 0;  ///< while blocked: where to go on if the wait is killed
  std::uint32_t reserved_too = 0;
  std::int64_t failure_status = 0;  ///< while blocked: the program's status if it is killed
  std::int64_t result = 0;          ///< of the outermost program, once ended
  std::uint64_t result_word = 0;    ///< its `word`, once ended

  friend bool operator==(const Task&, const Task&) = default;
};

class Schedule {
 public:
  SimTime now() const { return now_; }

  /// Starts a task that runs `program` `after` the present; its number may be one used before.
  TaskId spawn(Symbol name, std::uint32_t group, ProgramId program, const Arguments& arguments,
               Duration after, bool keep_result);

  /// Ends a task wherever it is: its locks go to who waits for them, its frames are gone.
  void drop(TaskId task);

  /// Drops all tasks of a group.
  void drop_group(std::uint32_t group);

  /// Drops every task and forgets every lock: what a power cycle does.
  void drop_all();

  /// As drop_all(), but tasks whose group has all of `bits` stay and keep their turn: what a kexec
  /// or a panic does to a machine whose devices go on. They must hold no lock.
  void drop_all_without(std::uint32_t bits);

  /// The next killable wait of `task`, or the one it is in, fails. A task that is blocked in a
  /// killable wait goes on at once.
  void kill(TaskId task);

  /// Lets a parked task run its step once more at the present time.
  void unpark(TaskId task);

  /// The result of an ended task that was kept; the task is unused afterwards.
  std::int64_t collect(TaskId task);

  bool has_ended(TaskId task) const { return tasks_[task.index].state == Task::State::ended; }
  bool is_blocked(TaskId task) const { return tasks_[task.index].state == Task::State::blocked; }
  bool is_deadlocked(TaskId task) const { return is_blocked(task) && locks_.is_deadlocked(task); }

  const std::vector<Task>& tasks() const { return tasks_; }
  const Task& task(TaskId id) const { return tasks_[id.index]; }
  Frame& frame_of(TaskId id) { return frames_[tasks_[id.index].frame]; }
  const Frame& frame_of(TaskId id) const { return frames_[tasks_[id.index].frame]; }
  const Frame& frame(std::uint32_t index) const { return frames_[index]; }
  /// Where a task with frames began: what called what called the program it is in. O(depth).
  const Frame& outermost_frame_of(TaskId id) const {
    const Frame* frame = &frame_of(id);
    while (frame->caller != Frame::kNone) frame = &frames_[frame->caller];
    return *frame;
  }
  Locks& locks() { return locks_; }
  const Locks& locks() const { return locks_; }

  /// Gives a lock up; whoever gets it is ready at the present time.
  void release(TaskId task, LockId lock);

  /// True if nothing is pending.
  bool is_idle() const { return queue_.empty(); }
  /// True if nothing is pending but tasks in the background.
  bool is_quiet() const { return foreground_pending_ == 0; }
  /// The time of the next event; there must be one.
  SimTime next_time() const { return queue_.top().time; }
  /// Takes the next event, moves the clock to it and returns its task.
  TaskId take_next();
  /// Takes the event of a task that is ready, whatever would come before it; the clock never goes
  /// back. O(pending).
  void take(TaskId task);

  /// Adds everything that decides the future, times relative to the present included.
  void add_to(Hasher& hasher) const;

  friend bool operator==(const Schedule&, const Schedule&) = default;
  /// As ==, but for time: when things will happen may differ, and what it is now.
  bool stands_like(const Schedule& other) const {
    return tasks_ == other.tasks_ && frames_ == other.frames_ && locks_ == other.locks_ &&
           queue_.size() == other.queue_.size();
  }

 private:
  friend class Engine;

  std::uint32_t new_frame(ProgramId program, const Arguments& arguments, std::uint32_t caller);
  void free_frame(std::uint32_t index);
  void free_frames_of(Task& task);
  void forget(TaskId task);
  std::uint32_t take_unused_task();
  void wake(TaskId task, Duration after);
  void wake_all(const std::vector<TaskId>& tasks);

  SimTime now_{};
  EventQueue queue_;
  std::vector<Task> tasks_;
  std::vector<Frame> frames_;
  std::vector<std::uint32_t> free_frames_;  // last in, first out
  Locks locks_;
  // Both follow from the rest and make it cheap to ask.
  std::uint32_t foreground_pending_ = 0;  // events of tasks that are not in the background
  std::vector<std::uint64_t> used_;       // a bit for each task that is not unused
};

}  // namespace luosim::sim
