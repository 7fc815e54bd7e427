// SPDX-License-Identifier: Apache-2.0
//
// A radix wheel over the digits of time: the store of the event queue for what is far away.
// Integers only and nothing to tune, so that it behaves alike for every distribution of times; only
// event_queue.cpp includes it.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "sim/core/event_queue.hpp"

namespace luosim::sim {

// A bucket up to this size is sorted into the near array; a larger one is split by its next digit.
inline constexpr std::size_t kSortLimit = 64;
// Small neighbouring buckets are taken together up to here, to pay for a refill less often.
inline constexpr std::size_t kGatherGoal = 16;

inline constexpr unsigned kDigitBits = 6;
inline constexpr std::size_t kBucketsPerLevel = std::size_t{1} << kDigitBits;
// Bits by which a bucket is scattered before it is sorted: so many that about one event shares
// each, and no more, because the counters are cleared and summed for each bucket.
inline constexpr unsigned kScatterBits = 5;
inline constexpr std::size_t kLevels = (64 + kDigitBits - 1) / kDigitBits;

// Maps time to an unsigned key of the same order.
inline std::uint64_t key_of(SimTime time) {
  return static_cast<std::uint64_t>(time.ns) ^ (std::uint64_t{1} << 63);
}

// Insertion sort, for events that are nearly in order.
inline void sort_earliest_first(Event* events, std::size_t size) {
  for (std::size_t i = 1; i < size; ++i) {
    const Event event = events[i];
    std::size_t hole = i;
    for (; hole != 0 && events[hole - 1].time > event.time; --hole) events[hole] = events[hole - 1];
    events[hole] = event;
  }
}

// A radix wheel. An event lives at the level of the highest digit in which its key differs from the
// base, in the bucket of that digit. That place depends on the key and the base alone, so events of
// equal time share a bucket and stay in order of insertion. Each event moves down at most kLevels
// times, whatever the times are.
class Wheel {
 public:
  std::size_t size() const { return size_; }
  std::uint64_t base() const { return base_; }

  // Empties the wheel and sets the base, the smallest key it will take.
  void restart(std::uint64_t base) {
    blocks_.clear();
    first_free_ = kNoBlock;
    buckets_.fill(Bucket{});
    occupied_buckets_.fill(0);
    occupied_levels_ = 0;
    size_ = 0;
    base_ = base;
  }

  // The key of the event must not lie before the base.
  void append(const Event& event) {
    const std::uint64_t key = key_of(event.time);
    const unsigned highest_bit = static_cast<unsigned>(std::bit_width((key ^ base_) | 1U)) - 1;
    const unsigned level = highest_bit / kDigitBits;
    const std::uint64_t digit = (key >> (level * kDigitBits)) % kBucketsPerLevel;
    Bucket& bucket = buckets_[level * kBucketsPerLevel + digit];
    if (bucket.count == 0) {
      occupied_levels_ |= std::uint32_t{1} << level;
      occupied_buckets_[level] |= std::uint64_t{1} << digit;
    }
    if (bucket.last == kNoBlock || blocks_[bucket.last].count == kEventsPerBlock) extend(bucket);
    Block& block = blocks_[bucket.last];
    block.events[block.count++] = event;
    ++bucket.count;
    ++size_;
  }

  // Moves the earliest events to the empty `near`, in its order, and the base onto the last of
  // them. The wheel must not be empty.
  void take_earliest(std::vector<Event>& near) {
    unsigned taken_level = kLevels;
    while (size_ != 0 && near.size() < kGatherGoal) {
      const unsigned level = static_cast<unsigned>(std::countr_zero(occupied_levels_));
      const unsigned digit = static_cast<unsigned>(std::countr_zero(occupied_buckets_[level]));
      const bool must_split =
          level != 0 && buckets_[level * kBucketsPerLevel + digit].count > kSortLimit;
      // A bucket of another level may lie far away; it can wait until it is really next.
      if (!near.empty() && (must_split || level != taken_level)) break;
      if (must_split) {
        split(level, digit);
      } else {
        take_bucket(level, digit, near);
        taken_level = level;
      }
    }
    std::reverse(near.begin(), near.end());
    // Onto the last key taken and not behind it: the next key could carry into a higher digit and
    // so contradict the place of events already there.
    base_ = key_of(near.front().time);
  }

  // Appends all events to `events`, those of equal time in order of insertion.
  void copy_to(std::vector<Event>& events) const {
    for (const Bucket& bucket : buckets_) {
      for (std::uint32_t i = bucket.first; i != kNoBlock; i = blocks_[i].next) {
        const Block& block = blocks_[i];
        events.insert(events.end(), block.events.begin(), block.events.begin() + block.count);
      }
    }
  }

 private:
  static constexpr std::uint32_t kNoBlock = UINT32_MAX;
  static constexpr std::size_t kEventsPerBlock = 15;

  // Buckets are chains of blocks and not of events: a bucket is read and written in sequence.
  struct Block {
    std::uint32_t next = kNoBlock;
    std::uint32_t count = 0;
    std::array<Event, kEventsPerBlock> events;
  };
  struct Bucket {
    std::uint32_t first = kNoBlock;
    std::uint32_t last = kNoBlock;
    std::uint32_t count = 0;
  };

  void extend(Bucket& bucket) {
    std::uint32_t added = first_free_;
    if (added == kNoBlock) {
      added = static_cast<std::uint32_t>(blocks_.size());
      blocks_.emplace_back();
    } else {
      first_free_ = blocks_[added].next;
      blocks_[added].next = kNoBlock;
      blocks_[added].count = 0;
    }
    if (bucket.last == kNoBlock) {
      bucket.first = added;
    } else {
      blocks_[bucket.last].next = added;
    }
    bucket.last = added;
  }

  // Gives back the first block of a chain and returns the block behind it.
  std::uint32_t release(std::uint32_t block) {
    const std::uint32_t next = blocks_[block].next;
    blocks_[block].next = first_free_;
    first_free_ = block;
    return next;
  }

  Bucket detach(unsigned level, unsigned digit) {
    occupied_buckets_[level] &= ~(std::uint64_t{1} << digit);
    if (occupied_buckets_[level] == 0) occupied_levels_ &= ~(std::uint32_t{1} << level);
    return std::exchange(buckets_[level * kBucketsPerLevel + digit], Bucket{});
  }

  // Moves the base to the first key of a bucket, whose level must be the lowest occupied one.
  void move_base_to(unsigned level, std::uint64_t digit) {
    const unsigned shift = level * kDigitBits;
    const unsigned shift_above = shift + kDigitBits;
    const std::uint64_t above = shift_above < 64 ? base_ >> shift_above << shift_above : 0;
    base_ = above | digit << shift;
  }

  void split(unsigned level, unsigned digit) {
    const Bucket bucket = detach(level, digit);
    size_ -= bucket.count;
    move_base_to(level, digit);
    for (std::uint32_t i = bucket.first; i != kNoBlock; i = release(i)) {
      // By index and by value: append may move the blocks.
      for (std::size_t k = 0; k < blocks_[i].count; ++k) {
        const Event event = blocks_[i].events[k];
        append(event);
      }
    }
  }

  // Moves the bucket to the end of `near`, earliest first.
  void take_bucket(unsigned level, unsigned digit, std::vector<Event>& near) {
    if (level == 0) {
      take_equal_times(digit, near);
      return;
    }
    const Bucket bucket = detach(level, digit);
    const std::size_t start = near.size();
    near.resize(start + bucket.count);
    scatter(bucket, level, near.data() + start);
    sort_earliest_first(near.data() + start, bucket.count);
    for (std::uint32_t i = bucket.first; i != kNoBlock;) i = release(i);
    size_ -= bucket.count;
  }

  // Copies a bucket in the order of the upper bits of its next digit, which leaves little to sort.
  void scatter(const Bucket& bucket, unsigned level, Event* target) const {
    const unsigned shift = level * kDigitBits - kScatterBits;
    std::array<std::uint8_t, std::size_t{1} << kScatterBits> positions{};
    static_assert(kSortLimit <= UINT8_MAX);
    for (std::uint32_t i = bucket.first; i != kNoBlock; i = blocks_[i].next) {
      for (std::size_t k = 0; k < blocks_[i].count; ++k) {
        ++positions[(key_of(blocks_[i].events[k].time) >> shift) % positions.size()];
      }
    }
    std::exclusive_scan(positions.begin(), positions.end(), positions.begin(), std::uint8_t{0});
    for (std::uint32_t i = bucket.first; i != kNoBlock; i = blocks_[i].next) {
      for (std::size_t k = 0; k < blocks_[i].count; ++k) {
        const Event& event = blocks_[i].events[k];
        target[positions[(key_of(event.time) >> shift) % positions.size()]++] = event;
      }
    }
  }

  // A bucket of the lowest level holds one time only: nothing to sort, but it cannot be split when
  // it is large. Then only its first blocks are moved.
  void take_equal_times(unsigned digit, std::vector<Event>& near) {
    Bucket& bucket = buckets_[digit];
    while (bucket.count != 0 && near.size() < kSortLimit) {
      const Block& block = blocks_[bucket.first];
      near.insert(near.end(), block.events.begin(), block.events.begin() + block.count);
      bucket.count -= block.count;
      size_ -= block.count;
      bucket.first = release(bucket.first);
    }
    if (bucket.count == 0) detach(0, digit);
  }

  std::vector<Block> blocks_;
  std::uint32_t first_free_ = kNoBlock;
  std::uint32_t occupied_levels_ = 0;
  std::array<std::uint64_t, kLevels> occupied_buckets_{};
  std::array<Bucket, kLevels * kBucketsPerLevel> buckets_{};
  std::size_t size_ = 0;
  std::uint64_t base_ = 0;
};

}  // namespace luosim::sim
