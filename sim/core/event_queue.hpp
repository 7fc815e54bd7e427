// SPDX-License-Identifier: Apache-2.0
//
// The pending events of a simulated world, in the order in which they will happen.
//
// A world is copied far more often than its queue grows, so few events live in one flat sorted
// array whose copy is one memcpy. Many events live in a wheel of 64-way digits of the time: it
// needs no tuning to the spacing of the events, so no distribution of times can defeat it. Events
// of equal time leave in order of insertion, and nothing depends on an address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/core/time.hpp"

namespace luosim::sim {

/// Something that will happen to a task; what the tag means is the business of the task.
struct Event {
  SimTime time;
  std::uint32_t task = 0;
  std::uint32_t tag = 0;

  friend bool operator==(const Event&, const Event&) = default;
};
static_assert(sizeof(Event) == 16);

/// A value: copies are deep, equality looks at the contents only. Holds fewer than 2^32 events.
///
/// push and pop: O(1) amortised for events later than what is about to happen, O(log n) amortised
/// for events pushed before it, whatever the distribution of times; O(size) moves while the queue
/// is small. A single operation may cost O(n) when it rearranges.
class EventQueue {
 public:
  EventQueue() = default;
  EventQueue(const EventQueue& other) : near_(other.near_) {
    if (other.far_size_ != 0) copy_far(other);
  }
  EventQueue(EventQueue&& other) noexcept;
  EventQueue& operator=(const EventQueue& other);
  EventQueue& operator=(EventQueue&& other) noexcept;
  ~EventQueue() = default;

  /// Adds an event behind all events of the same time. The time may lie before the last popped one.
  void push(SimTime time, std::uint32_t task, std::uint32_t tag);

  /// The next event. The queue must not be empty; the reference ends with the next change. O(1).
  const Event& top() const { return near_.back(); }

  /// Removes and returns the next event. The queue must not be empty.
  Event pop() {
    const Event event = near_.back();
    near_.pop_back();
    if (near_.empty() && far_size_ != 0) refill();
    return event;
  }

  bool empty() const { return near_.empty(); }
  std::size_t size() const { return near_.size() + far_size_; }

  /// Removes all events and keeps the memory for later ones.
  void clear();

  /// Removes all events of a task and returns how many there were. O(n).
  std::size_t remove_task(std::uint32_t task);

  /// Removes and returns the event of a task, which must have exactly one. O(n).
  Event take_task(std::uint32_t task);

  /// Calls `visit(const Event&)` for each event in the order of pop. O(n), O(n log n) when large.
  template <class Visitor>
  void for_each_in_order(Visitor&& visit) const {
    if (far_size_ == 0) {
      for (auto event = near_.rbegin(); event != near_.rend(); ++event) visit(*event);
    } else {
      for (const Event& event : in_order()) visit(event);
    }
  }

  /// True iff both would pop the same sequence of events. O(n), O(n log n) when large.
  friend bool operator==(const EventQueue& left, const EventQueue& right);

 private:
  class FarEvents;
  // Named here and defined where FarEvents is complete, so that destruction of a small queue can
  // still be inlined.
  struct FarDeleter {
    void operator()(FarEvents* far) const;
  };

  void copy_far(const EventQueue& other);
  bool push_far(const Event& event);
  void insert_near(const Event& event);
  void spill();
  void refill();
  std::vector<Event> in_order() const;

  // Every event here pops before every event in far_. Latest first, so that pop takes from the
  // back; of equal times the one inserted last comes first. Empty only if the queue is empty.
  std::vector<Event> near_;
  std::size_t far_size_ = 0;
  // Kept when far_size_ falls to zero: what was large once is likely to become large again.
  std::unique_ptr<FarEvents, FarDeleter> far_;
};

}  // namespace luosim::sim
