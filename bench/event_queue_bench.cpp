// SPDX-License-Identifier: Apache-2.0
//
// The hold model: N events are pending and each one that pops schedules one successor at an
// exponential distance. EventQueue runs beside two baselines in the same process, because absolute
// times of a machine say little. The baselines are as bare as can be: 16-byte events, no FIFO order
// of equal times, memory and bucket width chosen in advance with knowledge of the distribution.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <benchmark/benchmark.h>

#include "sim/core/event_queue.hpp"
#include "sim/core/time.hpp"

namespace luosim::sim {
namespace {

constexpr double kMeanDelay = 1e6;

// Exponential delays from a table, so that neither the logarithm nor the generator is measured.
class DelayTable {
 public:
  DelayTable() {
    for (std::size_t i = 0; i < delays_.size(); ++i) {
      const double uniform = (static_cast<double>(i) + 0.5) / static_cast<double>(delays_.size());
      delays_[i] = static_cast<std::int64_t>(-std::log(uniform) * kMeanDelay) + 1;
    }
  }

  std::int64_t next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return delays_[state_ >> 48];
  }

 private:
  std::vector<std::int64_t> delays_ = std::vector<std::int64_t>(65'536);
  std::uint64_t state_ = 1;
};

class BareFourAryHeap {
 public:
  explicit BareFourAryHeap(std::size_t capacity) { events_.reserve(capacity); }

  void push(const Event& event) {
    std::size_t hole = events_.size();
    events_.push_back(event);
    while (hole != 0) {
      const std::size_t parent = (hole - 1) / 4;
      if (events_[parent].time <= event.time) break;
      events_[hole] = events_[parent];
      hole = parent;
    }
    events_[hole] = event;
  }

  const Event& top() const { return events_.front(); }

  // Pop and push in one walk from the root, which is the best case of a heap in the hold model.
  void replace_top(const Event& event) {
    Event* const events = events_.data();
    const std::size_t size = events_.size();
    std::size_t hole = 0;
    for (std::size_t child = 1; child < size; child = hole * 4 + 1) {
      const std::size_t end = child + 4 < size ? child + 4 : size;
      std::size_t smallest = child;
      for (std::size_t k = child + 1; k < end; ++k) {
        smallest = events[k].time < events[smallest].time ? k : smallest;
      }
      if (events[smallest].time >= event.time) break;
      events[hole] = events[smallest];
      hole = smallest;
    }
    events[hole] = event;
  }

 private:
  std::vector<Event> events_;
};

// R. Brown's calendar queue with a width that is told and never adapted.
class CalendarQueue {
 public:
  CalendarQueue(std::size_t capacity, double mean_delay) {
    std::size_t days = 1;
    while (days < capacity) days *= 2;
    days_.assign(days, kNone);
    nodes_.resize(capacity + 8);
    for (std::size_t i = 0; i < nodes_.size(); ++i) nodes_[i].next = static_cast<Index>(i) + 1;
    nodes_.back().next = kNone;
    const double spacing = mean_delay / static_cast<double>(capacity);
    width_ = static_cast<std::int64_t>(spacing * 2.0);
    if (width_ == 0) width_ = 1;
    end_of_today_ = width_;
  }

  void push(const Event& event) {
    const Index added = first_free_;
    first_free_ = node(added).next;
    Index* link = &days_[static_cast<std::size_t>(event.time.ns / width_) & (days_.size() - 1)];
    while (*link != kNone && node(*link).event.time <= event.time) link = &node(*link).next;
    node(added) = Node{event, *link};
    *link = added;
  }

  Event pop() {
    for (std::size_t tried = 0; tried < days_.size(); ++tried) {
      const Index first = days_[today_];
      if (first != kNone && node(first).event.time.ns < end_of_today_) return take(first);
      today_ = (today_ + 1) & (days_.size() - 1);
      end_of_today_ += width_;
    }
    jump_to_earliest_day();
    return take(days_[today_]);
  }

 private:
  using Index = std::int32_t;
  static constexpr Index kNone = -1;
  struct Node {
    Event event;
    Index next = kNone;
  };

  Node& node(Index index) { return nodes_[static_cast<std::size_t>(index)]; }

  Event take(Index first) {
    days_[today_] = node(first).next;
    node(first).next = first_free_;
    first_free_ = first;
    return node(first).event;
  }

  void jump_to_earliest_day() {
    std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
    for (std::size_t day = 0; day < days_.size(); ++day) {
      if (days_[day] == kNone || node(days_[day]).event.time.ns >= earliest) continue;
      earliest = node(days_[day]).event.time.ns;
      today_ = day;
    }
    end_of_today_ = (earliest / width_ + 1) * width_;
  }

  std::vector<Node> nodes_;
  std::vector<Index> days_;
  Index first_free_ = 0;
  std::int64_t width_ = 1;
  std::int64_t end_of_today_ = 0;
  std::size_t today_ = 0;
};

// Fills a queue and runs it into its steady state; what follows is what the benchmark repeats.
template <class Push, class Hold>
void run_hold_model(benchmark::State& state, DelayTable& delays, Push push, Hold hold) {
  const auto pending = static_cast<std::uint32_t>(state.range(0));
  for (std::uint32_t i = 0; i < pending; ++i) push(Event{{delays.next()}, i, i});
  for (std::uint32_t i = 0; i < 3 * pending; ++i) hold();
  for (auto _ : state) hold();
  state.SetItemsProcessed(state.iterations());
}

void event_queue(benchmark::State& state) {
  DelayTable delays;
  EventQueue queue;
  run_hold_model(
      state, delays, [&](const Event& event) { queue.push(event.time, event.task, event.tag); },
      [&] {
        const Event event = queue.pop();
        queue.push(event.time + Duration{delays.next()}, event.task, event.tag);
      });
}

void bare_four_ary_heap(benchmark::State& state) {
  DelayTable delays;
  BareFourAryHeap heap(static_cast<std::size_t>(state.range(0)));
  run_hold_model(
      state, delays, [&](const Event& event) { heap.push(event); },
      [&] {
        Event event = heap.top();
        event.time = event.time + Duration{delays.next()};
        heap.replace_top(event);
      });
}

void calendar_queue(benchmark::State& state) {
  DelayTable delays;
  CalendarQueue calendar(static_cast<std::size_t>(state.range(0)), kMeanDelay);
  run_hold_model(
      state, delays, [&](const Event& event) { calendar.push(event); },
      [&] {
        Event event = calendar.pop();
        event.time = event.time + Duration{delays.next()};
        calendar.push(event);
      });
}

// What a copied world pays for its queue.
void event_queue_copy_assignment(benchmark::State& state) {
  DelayTable delays;
  EventQueue original;
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(state.range(0)); ++i) {
    original.push({delays.next()}, i, i);
  }
  EventQueue copy;
  for (auto _ : state) {
    copy = original;
    benchmark::DoNotOptimize(copy);
  }
}

BENCHMARK(event_queue)->Arg(100)->Arg(10'000)->Arg(1'000'000);
BENCHMARK(bare_four_ary_heap)->Arg(100)->Arg(10'000)->Arg(1'000'000);
BENCHMARK(calendar_queue)->Arg(100)->Arg(10'000)->Arg(1'000'000);
BENCHMARK(event_queue_copy_assignment)->Arg(8)->Arg(64)->Arg(100'000);

}  // namespace
}  // namespace luosim::sim
