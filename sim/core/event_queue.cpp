// SPDX-License-Identifier: Apache-2.0
//
// The part of the event queue that matters once there are many events.
//
// Three stores, in the order in which their events pop: the near array, a heap of early events and
// the wheel. The wheel takes what lies at or after its base, and its base moves only forward; an
// event that is pushed before the base goes to the near array and, when that is full, to the heap.
// Events of equal time in two stores are right as they are: the one in the earlier store was
// inserted first.
#include "sim/core/event_queue.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <utility>

#include "sim/core/assert.hpp"
#include "sim/core/radix_wheel.hpp"

namespace luosim::sim {
namespace {

// A queue up to this size is the near array alone, and copying it is one memcpy.
constexpr std::size_t kAloneLimit = 64;
// Largest near array beside a wheel. Above the sort limit, so that pushes into a freshly filled
// array do not at once spill it again.
constexpr std::size_t kNearLimit = 128;
// What stays near when the rest moves away: few, so that the base of a new wheel lies low and few
// of the later events are early.
constexpr std::size_t kRetained = 16;
// The heap may hold this share of the wheel before both are rebuilt into one wheel: the rebuild is
// then paid for by the pushes that filled the heap.
constexpr std::size_t kWheelPerHeap = 8;
constexpr std::size_t kHeapAlwaysAllowed = 512;
// Close to the square root of the usual size of the near array.
constexpr std::size_t kSearchStride = 8;

// The events that lie before the base of the wheel and do not fit into the near array.
class EarlyHeap {
 public:
  std::size_t size() const { return entries_.size(); }
  SimTime first_time() const { return entries_.front().event.time; }
  void clear() { entries_.clear(); }

  void push_behind_equals(const Event& event) { push({event, ++last_sequence_}); }
  // For events that come back from the near array: they precede all that is here.
  void push_before_equals(const Event& event) { push({event, --first_sequence_}); }

  Event pop() {
    std::pop_heap(entries_.begin(), entries_.end(), pops_after);
    const Event event = entries_.back().event;
    entries_.pop_back();
    return event;
  }

  std::size_t remove_task(std::uint32_t task) {
    const std::size_t removed =
        std::erase_if(entries_, [task](const Entry& entry) { return entry.event.task == task; });
    std::make_heap(entries_.begin(), entries_.end(), pops_after);
    return removed;
  }

  // Appends all events to `events` in the order of pop.
  void copy_to(std::vector<Event>& events) const {
    std::vector<Entry> sorted = entries_;
    std::sort(sorted.begin(), sorted.end(),
              [](const Entry& left, const Entry& right) { return pops_after(right, left); });
    for (const Entry& entry : sorted) events.push_back(entry.event);
  }

 private:
  struct Entry {
    Event event;
    std::int64_t sequence = 0;
  };

  static bool pops_after(const Entry& left, const Entry& right) {
    if (left.event.time != right.event.time) return left.event.time > right.event.time;
    return left.sequence > right.sequence;
  }

  void push(const Entry& entry) {
    entries_.push_back(entry);
    std::push_heap(entries_.begin(), entries_.end(), pops_after);
  }

  std::vector<Entry> entries_;
  std::int64_t first_sequence_ = 0;
  std::int64_t last_sequence_ = 0;
};

}  // namespace

class EventQueue::FarEvents {
 public:
  std::size_t size() const { return early_.size() + wheel_.size(); }

  void clear() {
    early_.clear();
    wheel_.restart(0);
  }

  // False if the event belongs to the near array.
  bool push(const Event& event) {
    if (key_of(event.time) >= wheel_.base()) {
      wheel_.append(event);
      return true;
    }
    if (early_.size() == 0 || event.time < early_.first_time()) return false;
    early_.push_behind_equals(event);
    merge_if_unbalanced();
    return true;
  }

  // Moves the latest events of a full near array to here.
  void spill(std::vector<Event>& near) {
    const bool was_empty = size() == 0;
    const std::size_t count = near.size() - kRetained;
    if (was_empty) {
      wheel_.restart(key_of(near[count - 1].time));
      for (std::size_t i = count; i-- > 0;) wheel_.append(near[i]);
    } else {
      for (std::size_t i = 0; i < count; ++i) early_.push_before_equals(near[i]);
      merge_if_unbalanced();
    }
    near.erase(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(count));
  }

  // Moves the earliest events to the empty near array.
  void refill(std::vector<Event>& near) {
    if (early_.size() == 0) {
      wheel_.take_earliest(near);
      return;
    }
    while (early_.size() != 0 && near.size() < kGatherGoal) near.push_back(early_.pop());
    std::reverse(near.begin(), near.end());
  }

  std::size_t remove_task(std::uint32_t task) {
    std::vector<Event> kept;
    kept.reserve(wheel_.size());
    wheel_.copy_to(kept);
    const std::size_t removed =
        std::erase_if(kept, [task](const Event& event) { return event.task == task; });
    wheel_.restart(wheel_.base());
    for (const Event& event : kept) wheel_.append(event);
    return removed + early_.remove_task(task);
  }

  // Appends all events to `events` in the order of pop.
  void copy_in_order_to(std::vector<Event>& events) const {
    early_.copy_to(events);
    const auto first_of_wheel = static_cast<std::ptrdiff_t>(events.size());
    wheel_.copy_to(events);
    std::stable_sort(events.begin() + first_of_wheel, events.end(),
                     [](const Event& left, const Event& right) { return left.time < right.time; });
  }

 private:
  void merge_if_unbalanced() {
    if (early_.size() <= kHeapAlwaysAllowed + wheel_.size() / kWheelPerHeap) return;
    std::vector<Event> events;
    events.reserve(size());
    early_.copy_to(events);
    wheel_.copy_to(events);
    early_.clear();
    wheel_.restart(key_of(events.front().time));
    for (const Event& event : events) wheel_.append(event);
  }

  EarlyHeap early_;
  Wheel wheel_;
};

void EventQueue::FarDeleter::operator()(FarEvents* far) const {
  delete far;
}

EventQueue::EventQueue(EventQueue&& other) noexcept
    : near_(std::move(other.near_)),
      far_size_(std::exchange(other.far_size_, 0)),
      far_(std::move(other.far_)) {
  other.near_.clear();
}

EventQueue& EventQueue::operator=(const EventQueue& other) {
  near_ = other.near_;
  if (other.far_size_ != 0) {
    copy_far(other);
  } else if (far_size_ != 0) {
    far_->clear();
    far_size_ = 0;
  }
  return *this;
}

EventQueue& EventQueue::operator=(EventQueue&& other) noexcept {
  near_.swap(other.near_);
  far_.swap(other.far_);
  std::swap(far_size_, other.far_size_);
  return *this;
}

void EventQueue::push(SimTime time, std::uint32_t task, std::uint32_t tag) {
  const Event event{time, task, tag};
  if (far_size_ != 0 && push_far(event)) return;
  insert_near(event);
  if (near_.size() > (far_size_ == 0 ? kAloneLimit : kNearLimit)) spill();
}

void EventQueue::clear() {
  near_.clear();
  if (far_size_ != 0) far_->clear();
  far_size_ = 0;
}

Event EventQueue::take_task(std::uint32_t task) {
  Event taken;
  for_each_in_order([&](const Event& event) {
    if (event.task == task) taken = event;
  });
  const std::size_t removed = remove_task(task);
  require(removed == 1, "a task that is ready has one event");
  return taken;
}

std::size_t EventQueue::remove_task(std::uint32_t task) {
  std::size_t removed =
      std::erase_if(near_, [task](const Event& event) { return event.task == task; });
  if (far_size_ != 0) {
    removed += far_->remove_task(task);
    far_size_ = far_->size();
    if (near_.empty() && far_size_ != 0) refill();
  }
  return removed;
}

bool operator==(const EventQueue& left, const EventQueue& right) {
  if (left.size() != right.size()) return false;
  if (left.far_size_ == 0 && right.far_size_ == 0) return left.near_ == right.near_;
  return left.in_order() == right.in_order();
}

void EventQueue::copy_far(const EventQueue& other) {
  if (far_ == nullptr) {
    far_.reset(new FarEvents(*other.far_));
  } else {
    *far_ = *other.far_;
  }
  far_size_ = other.far_size_;
}

bool EventQueue::push_far(const Event& event) {
  if (!far_->push(event)) return false;
  ++far_size_;
  return true;
}

void EventQueue::insert_near(const Event& event) {
  // Counts the later events without a branch and without one load waiting for another: first in
  // strides, then inside one stride. Where a new event belongs is a coin toss for a predictor.
  near_.push_back(event);
  Event* const events = near_.data();
  const std::size_t size = near_.size() - 1;
  std::size_t strides = 0;
  for (std::size_t i = kSearchStride - 1; i < size; i += kSearchStride) {
    strides += static_cast<std::size_t>(events[i].time > event.time);
  }
  const std::size_t start = strides * kSearchStride;
  const std::size_t end = start + kSearchStride < size ? start + kSearchStride : size;
  std::size_t position = start;
  for (std::size_t i = start; i < end; ++i) {
    position += static_cast<std::size_t>(events[i].time > event.time);
  }
  std::copy_backward(events + position, events + size, events + size + 1);
  events[position] = event;
}

void EventQueue::spill() {
  if (far_ == nullptr) far_.reset(new FarEvents);
  far_->spill(near_);
  far_size_ = far_->size();
}

void EventQueue::refill() {
  far_->refill(near_);
  far_size_ = far_->size();
}

std::vector<Event> EventQueue::in_order() const {
  std::vector<Event> events;
  events.reserve(size());
  events.assign(near_.rbegin(), near_.rend());
  if (far_size_ != 0) far_->copy_in_order_to(events);
  return events;
}

}  // namespace luosim::sim
