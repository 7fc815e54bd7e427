// SPDX-License-Identifier: Apache-2.0
//
// What each operation of the event queue promises, one sentence per test. The sizes are chosen on
// both sides of the point where the queue leaves its flat array; sequences of operations are
// compared with a model in the property tests.
#include "sim/core/event_queue.hpp"

#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace luosim::sim {
namespace {

constexpr std::uint32_t kFew = 20;
constexpr std::uint32_t kMany = 5'000;

// Times that jump about, with many ties.
EventQueue queue_of(std::uint32_t count) {
  EventQueue queue;
  for (std::uint32_t i = 0; i < count; ++i) {
    queue.push({std::int64_t{i} * 7'919 % 1'009 * 100}, i % 10, i);
  }
  return queue;
}

std::vector<Event> pop_all(EventQueue queue) {
  std::vector<Event> events;
  while (!queue.empty()) events.push_back(queue.pop());
  return events;
}

std::vector<Event> visit_all(const EventQueue& queue) {
  std::vector<Event> events;
  queue.for_each_in_order([&](const Event& event) { events.push_back(event); });
  return events;
}

TEST(EventQueue, is_empty_when_created) {
  const EventQueue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.size(), 0U);
}

TEST(EventQueue, pops_the_earliest_event_first) {
  for (const std::uint32_t count : {kFew, kMany}) {
    const std::vector<Event> events = pop_all(queue_of(count));
    ASSERT_EQ(events.size(), count);
    for (std::size_t i = 1; i < events.size(); ++i) {
      ASSERT_LE(events[i - 1].time, events[i].time);
    }
  }
}

TEST(EventQueue, shows_at_the_top_what_it_pops_next) {
  EventQueue queue = queue_of(kMany);
  while (!queue.empty()) {
    const Event expected = queue.top();
    ASSERT_EQ(queue.pop(), expected);
  }
}

TEST(EventQueue, pops_events_of_equal_time_in_order_of_insertion) {
  for (const std::uint32_t count : {kFew, kMany}) {
    EventQueue queue;
    for (std::uint32_t i = 0; i < count; ++i) queue.push({42}, 0, i);
    for (std::uint32_t i = 0; i < count; ++i) ASSERT_EQ(queue.pop().tag, i);
  }
}

TEST(EventQueue, keeps_the_order_of_insertion_when_equal_times_are_popped_and_pushed_in_turn) {
  EventQueue queue;
  std::uint32_t pushed = 0;
  std::uint32_t popped = 0;
  while (pushed < kMany) {
    for (int i = 0; i < 3; ++i) queue.push({42}, 0, pushed++);
    ASSERT_EQ(queue.pop().tag, popped++);
  }
  while (!queue.empty()) ASSERT_EQ(queue.pop().tag, popped++);
  EXPECT_EQ(popped, pushed);
}

TEST(EventQueue, pops_next_an_event_pushed_before_the_last_popped_time) {
  for (const std::uint32_t count : {kFew, kMany}) {
    EventQueue queue = queue_of(count);
    for (std::uint32_t i = 0; i < count / 2; ++i) queue.pop();
    queue.push({0}, 77, 1);
    queue.push({0}, 77, 2);
    EXPECT_EQ(queue.pop(), (Event{{0}, 77, 1}));
    EXPECT_EQ(queue.pop(), (Event{{0}, 77, 2}));
  }
}

TEST(EventQueue, takes_many_events_before_the_last_popped_time) {
  EventQueue queue;
  for (std::uint32_t i = 0; i < kMany; ++i) queue.push({std::int64_t{1} << 62}, 1, i);
  queue.pop();
  for (std::uint32_t i = kMany; i-- > 0;) queue.push({i / 2}, 2, i);
  for (std::uint32_t i = 0; i < kMany; ++i) ASSERT_EQ(queue.pop(), (Event{{i / 2}, 2, i ^ 1U}));
  EXPECT_EQ(queue.pop(), (Event{{std::int64_t{1} << 62}, 1, 1}));
}

TEST(EventQueue, orders_the_smallest_and_the_largest_time) {
  EventQueue queue;
  for (std::uint32_t i = 0; i < kMany; ++i) queue.push({INT64_MAX - i % 3}, 0, i);
  queue.push({0}, 1, 0);
  EXPECT_EQ(queue.pop().time.ns, 0);
  for (std::uint32_t i = 2; i < kMany; i += 3) ASSERT_EQ(queue.pop().tag, i);
}

TEST(EventQueue, is_empty_after_clear_and_can_be_used_again) {
  for (const std::uint32_t count : {kFew, kMany}) {
    EventQueue queue = queue_of(count);
    queue.clear();
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue, EventQueue());
    for (std::uint32_t i = 0; i < kMany; ++i) queue.push({1}, 0, i);
    EXPECT_EQ(queue.pop().tag, 0U);
    EXPECT_EQ(queue.size(), kMany - 1);
  }
}

TEST(EventQueue, removes_exactly_the_events_of_a_task) {
  for (const std::uint32_t count : {kFew, kMany}) {
    EventQueue queue = queue_of(count);
    std::vector<Event> expected = pop_all(queue);
    std::erase_if(expected, [](const Event& event) { return event.task == 3; });
    EXPECT_EQ(queue.remove_task(3), count / 10);
    EXPECT_EQ(queue.remove_task(3), 0U);
    EXPECT_EQ(queue.size(), expected.size());
    EXPECT_EQ(pop_all(queue), expected);
  }
}

TEST(EventQueue, is_empty_when_the_only_task_is_removed) {
  EventQueue queue;
  for (std::uint32_t i = 0; i < kMany; ++i) queue.push({i}, 5, i);
  EXPECT_EQ(queue.remove_task(5), kMany);
  EXPECT_TRUE(queue.empty());
}

TEST(EventQueue, finds_the_next_event_when_removal_takes_all_events_before_it) {
  EventQueue queue;
  for (std::uint32_t i = 0; i < kMany; ++i) queue.push({i}, i < kMany / 2 ? 1 : 2, i);
  EXPECT_EQ(queue.remove_task(1), kMany / 2);
  EXPECT_EQ(queue.top(), (Event{{kMany / 2}, 2, kMany / 2}));
}

TEST(EventQueue, is_visited_in_the_order_of_pop_and_unchanged) {
  for (const std::uint32_t count : {kFew, kMany}) {
    const EventQueue queue = queue_of(count);
    EXPECT_EQ(visit_all(queue), pop_all(queue));
    EXPECT_EQ(queue, queue_of(count));
  }
}

TEST(EventQueue, a_copy_is_independent_of_its_original) {
  for (const std::uint32_t count : {kFew, kMany}) {
    const EventQueue original = queue_of(count);
    EventQueue constructed = original;
    EventQueue assigned = queue_of(kMany);
    assigned = original;
    EXPECT_EQ(constructed, original);
    EXPECT_EQ(assigned, original);
    constructed.pop();
    assigned.push({0}, 0, 0);
    EXPECT_EQ(original, queue_of(count));
    EXPECT_NE(constructed, original);
    EXPECT_NE(assigned, original);
  }
}

TEST(EventQueue, assigned_to_itself_is_unchanged) {
  EventQueue queue = queue_of(kMany);
  const EventQueue& same = queue;
  queue = same;
  EXPECT_EQ(queue, queue_of(kMany));
}

TEST(EventQueue, a_moved_queue_carries_its_events) {
  EventQueue original = queue_of(kMany);
  EventQueue moved = std::move(original);
  EXPECT_EQ(moved, queue_of(kMany));
  EventQueue assigned;
  assigned = std::move(moved);
  EXPECT_EQ(assigned, queue_of(kMany));
}

TEST(EventQueue, a_queue_moved_from_can_be_used_again) {
  EventQueue queue = queue_of(kMany);
  const EventQueue moved = std::move(queue);
  queue = queue_of(kFew);
  EXPECT_EQ(queue, queue_of(kFew));
}

TEST(EventQueue, equality_looks_at_the_order_of_pop_and_not_at_the_history) {
  EventQueue grown_and_shrunk = queue_of(kMany);
  while (!grown_and_shrunk.empty()) grown_and_shrunk.pop();
  EventQueue fresh;
  for (std::uint32_t i = 0; i < kFew; ++i) {
    grown_and_shrunk.push({kFew - i}, 1, i);
    fresh.push({kFew - i}, 1, i);
  }
  EXPECT_EQ(grown_and_shrunk, fresh);

  EventQueue large_with_few_left = queue_of(kMany);
  while (large_with_few_left.size() > kFew) large_with_few_left.pop();
  EventQueue rebuilt;
  large_with_few_left.for_each_in_order(
      [&](const Event& event) { rebuilt.push(event.time, event.task, event.tag); });
  EXPECT_EQ(large_with_few_left, rebuilt);
}

TEST(EventQueue, differs_when_equal_times_were_pushed_in_another_order) {
  EventQueue left;
  EventQueue right;
  left.push({1}, 1, 0);
  left.push({1}, 2, 0);
  right.push({1}, 2, 0);
  right.push({1}, 1, 0);
  EXPECT_NE(left, right);
}

}  // namespace
}  // namespace luosim::sim
