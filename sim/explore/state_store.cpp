// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/state_store.hpp"

#include <algorithm>
#include <bit>

#include "sim/core/assert.hpp"

namespace luosim::sim::explore {

namespace {

constexpr std::size_t kFirstSlots = 256;

template <class Element>
std::uint64_t taken_by(const std::vector<Element>& elements) {
  return elements.capacity() * sizeof(Element);
}

}  // namespace

std::string_view word_of(Compaction compaction) {
  switch (compaction) {
    case Compaction::full:
      return "full";
    case Compaction::bits128:
      return "128";
    case Compaction::bits64:
      return "64";
  }
  return "";
}

bool StateStore::is_key(const Shard& shard, std::uint32_t index, Digest128 digest,
                        std::span<const std::byte> bytes) const {
  if (shard.low[index] != digest.low) return false;
  if (compaction_ == Compaction::bits64) return true;
  if (shard.high[index] != digest.high) return false;
  if (compaction_ == Compaction::bits128) return true;
  const std::uint64_t begin = index == 0 ? 0 : shard.ends[index - 1];
  const std::uint64_t size = shard.ends[index] - begin;
  return size == bytes.size() &&
         std::equal(bytes.begin(), bytes.end(),
                    shard.bytes.begin() + static_cast<std::ptrdiff_t>(begin));
}

void StateStore::grow(Shard& shard) const {
  const std::size_t size = std::max(kFirstSlots, shard.slots.size() * 2);
  shard.slots.assign(size, 0);
  for (std::uint32_t index = 0; index < shard.entries.size(); ++index) {
    std::size_t slot = shard.low[index] & (size - 1);
    while (shard.slots[slot] != 0) slot = (slot + 1) & (size - 1);
    shard.slots[slot] = index + 1;
  }
}

StateStore::Place StateStore::find_or_add(Shard& shard, Digest128 digest,
                                          std::span<const std::byte> bytes) {
  // At most three quarters full.
  if ((shard.entries.size() + 1) * 4 > shard.slots.size() * 3) grow(shard);
  const std::size_t mask = shard.slots.size() - 1;
  std::size_t slot = digest.low & mask;
  for (; shard.slots[slot] != 0; slot = (slot + 1) & mask) {
    const std::uint32_t index = shard.slots[slot] - 1;
    if (is_key(shard, index, digest, bytes)) return {index, false};
  }
  const auto index = static_cast<std::uint32_t>(shard.entries.size());
  require(index < kMostInAShard, "the states fit in the numbers for them");
  shard.entries.emplace_back();
  shard.low.push_back(digest.low);
  if (compaction_ != Compaction::bits64) shard.high.push_back(digest.high);
  if (compaction_ == Compaction::full) {
    shard.bytes.insert(shard.bytes.end(), bytes.begin(), bytes.end());
    shard.ends.push_back(shard.bytes.size());
  }
  shard.slots[slot] = index + 1;
  return {index, true};
}

std::uint64_t StateStore::size() const {
  std::uint64_t size = 0;
  for (const Shard& shard : shards_) size += shard.entries.size();
  return size;
}

std::uint64_t StateStore::bytes() const {
  std::uint64_t bytes = 0;
  for (const Shard& shard : shards_) {
    bytes += taken_by(shard.slots) + taken_by(shard.entries) + taken_by(shard.low) +
             taken_by(shard.high) + taken_by(shard.ends) + taken_by(shard.bytes);
  }
  return bytes;
}

std::uint32_t rarity_of_omission(Compaction compaction, std::uint64_t states) {
  if (compaction == Compaction::full) return kNeverConfused;
  // Which shard a state lies in is told by six bits of the half that is not kept.
  const std::uint32_t bits = compaction == Compaction::bits64 ? 64 + 6 : 128;
  // Pairs: states squared, by two.
  const auto of_states = static_cast<std::uint32_t>(std::bit_width(states));
  return bits + 1 > 2 * of_states ? bits + 1 - 2 * of_states : 0;
}

}  // namespace luosim::sim::explore
