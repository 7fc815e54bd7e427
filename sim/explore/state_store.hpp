// SPDX-License-Identifier: Apache-2.0
//
// The states that were seen, each by its key and by the way it was first reached. Keys are digests
// of 64 or 128 bits, or the bytes themselves; how likely it is that two states were taken for one
// can be asked. Split into shards, so that threads do not wait for each other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/core/digest.hpp"

namespace luosim::sim::explore {

/// What is kept of a state to know it again.
enum class Compaction : std::uint8_t {
  full,  ///< all its bytes: nothing is ever confused
  bits128,
  bits64,
};
std::string_view word_of(Compaction compaction);

/// A state, by its place in the store. Places depend on the order in which threads come; nothing
/// that is shown may.
struct StateRef {
  std::uint32_t value = 0xFFFF'FFFF;
  friend constexpr auto operator<=>(const StateRef&, const StateRef&) = default;
};
inline constexpr StateRef kNoState{};

/// What is known of a state besides its key.
struct StateEntry {
  StateRef parent;            ///< from which it was first reached
  std::uint32_t ordinal = 0;  ///< of the successor of the parent
  /// In the order of finding, from 0; the same at any number of threads. While its level is being
  /// explored: the number of the parent.
  std::uint32_t number = 0;
  std::uint32_t depth = 0;  ///< moves from the beginning
  std::uint8_t flags = 0;   ///< see StateFlags
};

class StateStore {
 public:
  static constexpr std::uint32_t kShards = 64;
  static constexpr std::uint32_t kMostInAShard = 1U << 24;

  explicit StateStore(Compaction compaction) : compaction_(compaction) {}

  struct Found {
    StateRef state;
    bool is_new = false;
  };
  /// Runs `change(StateEntry&, bool is_new, StateRef)` on the entry of the state with this key,
  /// which is made if there is none, while no other thread touches it. O(1) on average.
  template <class Change>
  Found visit(Digest128 digest, std::span<const std::byte> bytes, Change change) {
    const std::uint32_t number = shard_of(digest);
    Shard& shard = shards_[number];
    const std::lock_guard guard(shard.mutex);
    const auto [index, is_new] = find_or_add(shard, digest, bytes);
    const StateRef state{index * kShards + number};
    change(shard.entries[index], is_new, state);
    return {state, is_new};
  }

  const StateEntry& operator[](StateRef state) const {
    return shards_[state.value % kShards].entries[state.value / kShards];
  }
  StateEntry& operator[](StateRef state) {
    return shards_[state.value % kShards].entries[state.value / kShards];
  }

  std::uint64_t size() const;
  /// Memory that the store has taken, in bytes.
  std::uint64_t bytes() const;
  Compaction compaction() const { return compaction_; }

  /// Calls `visit(StateRef, const StateEntry&)` for every state, in no particular order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::uint32_t shard = 0; shard < kShards; ++shard)
      for (std::uint32_t index = 0; index < shards_[shard].entries.size(); ++index)
        visit(StateRef{index * kShards + shard}, shards_[shard].entries[index]);
  }

 private:
  struct Shard {
    std::mutex mutex;
    std::vector<std::uint32_t> slots;  // open addressing: index of an entry + 1, 0 for none
    std::vector<StateEntry> entries;
    // By entry, as the compaction asks for.
    std::vector<std::uint64_t> low;
    std::vector<std::uint64_t> high;
    std::vector<std::uint64_t> ends;  // of the bytes
    std::vector<std::byte> bytes;
  };
  struct Place {
    std::uint32_t index;
    bool is_new;
  };

  static std::uint32_t shard_of(Digest128 digest) {
    return static_cast<std::uint32_t>(digest.high >> 58);
  }
  bool is_key(const Shard& shard, std::uint32_t index, Digest128 digest,
              std::span<const std::byte> bytes) const;
  Place find_or_add(Shard& shard, Digest128 digest, std::span<const std::byte> bytes);
  void grow(Shard& shard) const;

  Compaction compaction_;
  std::array<Shard, kShards> shards_;
};

/// The chance that among so many states one was taken for another is at most 1 in 2 to the power of
/// this: the birthday bound. kNeverConfused if all bytes are kept.
std::uint32_t rarity_of_omission(Compaction compaction, std::uint64_t states);
inline constexpr std::uint32_t kNeverConfused = 0xFFFF'FFFF;

}  // namespace luosim::sim::explore
