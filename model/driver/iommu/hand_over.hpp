// SPDX-License-Identifier: Apache-2.0
//
// What the IOMMU driver of one kernel tells that of the next, as bytes in preserved memory: the
// tables that the hardware goes on with, and which domain and device they are of (devices.md, D.4).
// Whoever reads it has to think of any bytes: what does not fit together is refused as a whole.
#pragma once

#include <optional>
#include <vector>

#include "model/memory/physical_memory.hpp"

namespace luosim::driver {
struct Context;
}

namespace luosim::driver::iommu {

inline constexpr std::uint32_t kHandOverVersion = 1;

struct HandedContext {
  std::uint64_t bus = 0;
  std::uint64_t page = 0;
};
struct HandedDomain {
  std::uint64_t id = 0;
  std::uint64_t token = 0;
  std::uint64_t top = 0;
  std::uint64_t pages = 0;  ///< of its tables: as many of HandOver::tables, in order of the domains
};
struct HandedDevice {
  std::uint32_t bdf = 0;
  std::uint32_t domain = 0;  ///< position in HandOver::domains
};
/// irq_preserved only, as the next one.
struct HandedVector {
  std::uint32_t vector = 0;
  std::uint32_t bdf = 0;
  std::uint32_t entry = 0;  ///< of the function's MSI-X table
  std::uint32_t is_posted = 0;
};
struct HandedDescriptor {
  std::uint64_t vm = 0;
  std::uint64_t page = 0;
};

struct HandOver {
  memory::PhysicalAddress root{};
  memory::PhysicalAddress remapping_table{};  ///< 0: interrupts are not handed over
  std::uint64_t remapping_entries = 0;        ///< that it has
  std::uint64_t record_pages = 0;             ///< that the record itself occupies
  std::vector<HandedContext> contexts{};
  std::vector<HandedDomain> domains{};
  std::vector<HandedDevice> devices{};
  std::vector<std::uint64_t> tables{};  ///< page frames
  std::vector<HandedVector> vectors{};
  std::vector<HandedDescriptor> descriptors{};
};

/// Pages that a record with these contents takes.
std::uint64_t pages_of(const HandOver& contents);
void store(memory::Bytes& bytes, memory::PhysicalAddress address, const HandOver& contents);

enum class Reading : std::uint8_t {
  complete,
  not_there,  ///< its pages do not belong to `owner`
  damaged,
  version_unknown,
};
/// Reads a record whose pages belong to `owner`.
Reading load(const memory::PhysicalMemory& memory, memory::PhysicalAddress address,
             memory::OwnerTag owner, HandOver& contents);

/// The record that this kernel was handed, from when it was checked until finish.
std::optional<HandOver> incoming_hand_over(const Context& context);

/// Whether all of a range was handed over and is not taken yet.
bool is_unclaimed(const memory::PhysicalMemory& memory, memory::PageRange range);

}  // namespace luosim::driver::iommu
