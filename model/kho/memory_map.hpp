// SPDX-License-Identifier: Apache-2.0
//
// The serialized map of preserved memory: a chain of one-page chunks, each with a 16-byte header
// and up to 255 entries of 16 bytes that point at bitmaps (devices.md, A.4). The bitmaps are the
// tracker's own, not copies. The chain itself is not preserved: it survives only because nothing is
// allocated outside of scratch before it was read.
#pragma once

#include "model/kho/state.hpp"

namespace luosim::kho {

inline constexpr std::uint64_t kEntriesPerChunk = 255;

/// Writes the tracker's bitmaps into fresh chunks. 0 or -ENOMEM; then no chunk is left.
std::int64_t serialize_map(Context& context);

/// Frees the chunks, if there are any.
void free_map(Context& context);

/// The bitmaps that the entries of these chunks point at.
std::vector<memory::PhysicalAddress> bitmaps_in_map(
    const memory::Bytes& bytes, const std::vector<memory::PhysicalAddress>& chunks);

/// What reading a map came to.
enum class MapReading : std::uint8_t {
  complete,
  freed,  ///< it led to memory that the old kernel had freed: `freed_from` had it
  wild,   ///< it led to what cannot be a map: an impossible pointer, count or order
};
struct MapResult {
  MapReading reading = MapReading::complete;
  memory::OwnerTag freed_from{};
  std::uint64_t pages = 0;    ///< reserved
  std::uint64_t bitmaps = 0;  ///< read
};

/// Reserves every block that the map at `first_chunk` says is preserved.
MapResult reserve_preserved_memory(Context& context, memory::PhysicalAddress first_chunk);

}  // namespace luosim::kho
