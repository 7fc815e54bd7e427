// SPDX-License-Identifier: Apache-2.0
//
// The event queue against a multimap, which is slow and obviously right: it too keeps equal times
// in order of insertion. Sequences grow and shrink across every switch of representation, and the
// times come from distributions that defeat queues which tune themselves to the spacing.
#include <cstddef>
#include <cstdint>
#include <map>
#include <ostream>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sim/core/event_queue.hpp"

namespace luosim::sim {
namespace {

class ModelQueue {
 public:
  void push(const Event& event) { events_.emplace(event.time, event); }

  Event pop() {
    const Event event = events_.begin()->second;
    events_.erase(events_.begin());
    return event;
  }

  std::size_t remove_task(std::uint32_t task) {
    return std::erase_if(events_, [task](const auto& entry) { return entry.second.task == task; });
  }

  void clear() { events_.clear(); }
  std::size_t size() const { return events_.size(); }

  std::vector<Event> in_order() const {
    std::vector<Event> events;
    for (const auto& [time, event] : events_) events.push_back(event);
    return events;
  }

 private:
  std::multimap<SimTime, Event> events_;
};

std::vector<Event> in_order(const EventQueue& queue) {
  std::vector<Event> events;
  queue.for_each_in_order([&](const Event& event) { events.push_back(event); });
  return events;
}

enum class Times : std::uint8_t {
  all_equal,
  few_values,
  uniform,
  any_magnitude,
  two_clusters,
  growing_bursts,
  falling_bursts,
  short_after_now,
  long_after_now,
  before_now,
};
constexpr std::uint8_t kTimesCount = 10;

enum class Step : std::uint8_t { push, pop, hold, remove_task, copy, clear };

struct Operation {
  Step step = Step::push;
  Times times = Times::uniform;
  // How often the step is repeated: long runs are what moves the queue between representations.
  std::uint16_t repetitions = 0;
  std::uint64_t random = 0;
};

std::ostream& operator<<(std::ostream& out, const Operation& operation) {
  return out << "{step " << int{static_cast<std::uint8_t>(operation.step)} << ", times "
             << int{static_cast<std::uint8_t>(operation.times)} << ", " << operation.repetitions
             << " times, random " << operation.random << "}";
}

rc::Gen<Operation> any_operation() {
  const auto step = rc::gen::weightedElement<Step>({{8, Step::push},
                                                    {6, Step::pop},
                                                    {6, Step::hold},
                                                    {2, Step::remove_task},
                                                    {2, Step::copy},
                                                    {1, Step::clear}});
  const auto repetitions = rc::gen::oneOf(rc::gen::inRange<std::uint16_t>(0, 10),
                                          rc::gen::inRange<std::uint16_t>(0, 200),
                                          rc::gen::inRange<std::uint16_t>(0, 3'000));
  const auto times = rc::gen::map(rc::gen::inRange<std::uint8_t>(0, kTimesCount),
                                  [](std::uint8_t times_drawn) { return Times{times_drawn}; });
  return rc::gen::build<Operation>(
      rc::gen::set(&Operation::step, step), rc::gen::set(&Operation::times, times),
      rc::gen::set(&Operation::repetitions, repetitions),
      rc::gen::set(&Operation::random, rc::gen::arbitrary<std::uint64_t>()));
}

// The queue and the model side by side; each step checks that they agree.
class Comparison {
 public:
  void apply(const Operation& operation) {
    random_ += operation.random;
    for (std::uint16_t i = 0; i < operation.repetitions; ++i) {
      switch (operation.step) {
        case Step::push:
          push(next_time(operation.times));
          break;
        case Step::pop:
          pop();
          break;
        case Step::hold:
          pop();
          push(next_time(operation.times));
          break;
        case Step::remove_task:
        case Step::copy:
        case Step::clear:
          apply_rare_step(operation.step);
          return;
      }
    }
  }

  void check_contents() const { RC_ASSERT(in_order(queue_) == model_.in_order()); }

  void drain() {
    while (model_.size() != 0) pop();
    RC_ASSERT(queue_.empty());
  }

 private:
  void apply_rare_step(Step step) {
    if (step == Step::remove_task) {
      const auto task = static_cast<std::uint32_t>(next_random() % kTasks);
      RC_ASSERT(queue_.remove_task(task) == model_.remove_task(task));
    } else if (step == Step::clear) {
      queue_.clear();
      model_.clear();
    } else {
      exchange_with_copies();
    }
    RC_ASSERT(queue_.size() == model_.size());
    check_contents();
  }

  // Continues on copies, into memory that has held something else.
  void exchange_with_copies() {
    const EventQueue constructed = queue_;
    RC_ASSERT(constructed == queue_);
    std::swap(queue_, other_queue_);
    std::swap(model_, other_model_);
    queue_ = constructed;
    model_ = other_model_;
    RC_ASSERT(queue_ == other_queue_);
    EventQueue rebuilt;
    queue_.for_each_in_order(
        [&](const Event& event) { rebuilt.push(event.time, event.task, event.tag); });
    RC_ASSERT(rebuilt == queue_);
  }

  void push(SimTime time) {
    const Event event{time, static_cast<std::uint32_t>(next_random() % kTasks), ++pushed_};
    queue_.push(event.time, event.task, event.tag);
    model_.push(event);
    RC_ASSERT(queue_.size() == model_.size());
  }

  void pop() {
    RC_ASSERT(queue_.empty() == (model_.size() == 0));
    if (queue_.empty()) return;
    const Event expected = model_.pop();
    RC_ASSERT(queue_.top() == expected);
    RC_ASSERT(queue_.pop() == expected);
    now_ = expected.time;
  }

  SimTime next_time(Times times) {
    const auto random = static_cast<std::int64_t>(next_random() >> 2);
    switch (times) {
      case Times::all_equal:
        return {1'000'000};
      case Times::few_values:
        return {random % 5 * 1'000};
      case Times::uniform:
        return {random % 10'000'000};
      case Times::any_magnitude:
        return {random >> (next_random() % 62)};
      case Times::two_clusters:
        return {random % 2 * (kFar - 5'000) + random / 2 % 5'000};
      case Times::growing_bursts:
        return {next_of_burst_ += random % 3};
      case Times::falling_bursts:
        return {(next_of_burst_ -= random % 3) < 0 ? next_of_burst_ = 50'000 : next_of_burst_};
      case Times::short_after_now:
        return after_now(random % 100);
      case Times::long_after_now:
        return after_now(random % 1'000'000'000);
      case Times::before_now:
        return {random % (now_.ns + 1)};
    }
    return {};
  }

  SimTime after_now(std::int64_t delay) const {
    return now_.ns > kFar ? now_ : now_ + Duration{delay};
  }

  // A fixed generator behind the drawn numbers: thousands of pushes per operation would take
  // RapidCheck too long to draw and to shrink one by one.
  std::uint64_t next_random() {
    random_ = random_ * 6364136223846793005U + 1442695040888963407U;
    return (random_ ^ random_ >> 29) * 0x9e3779b97f4a7c15U >> 1;
  }

  static constexpr std::uint64_t kTasks = 7;
  static constexpr std::int64_t kFar = std::int64_t{1} << 62;

  EventQueue queue_;
  EventQueue other_queue_;
  ModelQueue model_;
  ModelQueue other_model_;
  SimTime now_;
  std::int64_t next_of_burst_ = 50'000;
  std::uint64_t random_ = 0;
  std::uint32_t pushed_ = 0;
};

RC_GTEST_PROP(EventQueueProperty, agrees_with_a_multimap_over_any_sequence_of_operations, ()) {
  Comparison comparison;
  for (const Operation& operation : *rc::gen::container<std::vector<Operation>>(any_operation())) {
    comparison.apply(operation);
  }
  comparison.check_contents();
  comparison.drain();
}

RC_GTEST_PROP(EventQueueProperty, agrees_with_a_multimap_when_all_times_are_of_one_kind, ()) {
  const Times times{*rc::gen::inRange<std::uint8_t>(0, kTimesCount)};
  const auto size = *rc::gen::inRange<std::uint16_t>(0, 4'000);
  const auto random = *rc::gen::arbitrary<std::uint64_t>();
  Comparison comparison;
  comparison.apply({Step::push, times, size, random});
  comparison.apply({Step::hold, times, size, 1});
  comparison.apply({Step::push, times, size, 2});
  comparison.apply({Step::remove_task, times, 1, 3});
  comparison.apply({Step::copy, times, 1, 4});
  comparison.apply({Step::hold, times, size, 5});
  comparison.check_contents();
  comparison.drain();
}

RC_GTEST_PROP(EventQueueProperty, agrees_with_a_multimap_at_sizes_about_the_switch, ()) {
  const auto size = *rc::gen::inRange<std::uint16_t>(50, 150);
  const auto operations = *rc::gen::container<std::vector<Operation>>(any_operation());
  Comparison comparison;
  comparison.apply({Step::push, Times::uniform, size, 1});
  for (Operation operation : operations) {
    operation.repetitions %= 40;
    comparison.apply(operation);
  }
  comparison.check_contents();
  comparison.drain();
}

}  // namespace
}  // namespace luosim::sim
