// SPDX-License-Identifier: Apache-2.0
//
// An IOMMU as VT-d in legacy mode has it: tables that live in memory, walked at each access that
// its cache does not answer, and a fault log of one entry (devices.md, D.5 and D.7). All devices
// are behind the one unit. It trusts its tables: a page of them that somebody else has overwritten
// is walked like any other.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/device/address.hpp"
#include "model/device/iommu/table_format.hpp"
#include "model/memory/physical_memory.hpp"
#include "sim/core/digest.hpp"

namespace luosim::device {
struct Context;
}

namespace luosim::device::iommu {

/// Why an access was refused; the numbers are VT-d's.
enum class FaultReason : std::uint8_t {
  none = 0,
  root_not_present = 1,
  context_not_present = 2,
  context_invalid = 3,
  address_too_wide = 4,
  not_writable = 5,
  not_readable = 6,
  table_unreadable = 7,
  root_unreadable = 8,
  context_unreadable = 9,
  root_reserved_bits = 0xA,
  context_reserved_bits = 0xB,
  reserved_bits = 0xC,  ///< of an entry of a page table
  unknown_translation_type = 0xD,
  into_message_range = 0xE,
};

/// What the last refused access left for software to read.
struct FaultLog {
  std::uint8_t is_set = 0;
  std::uint8_t overflowed = 0;  ///< more came while it was set: they are lost
  FaultReason reason = FaultReason::none;
  std::uint8_t is_write = 0;
  std::uint16_t requester = 0;
  std::uint16_t reserved = 0;
  std::uint64_t address = 0;  ///< of the page
  friend bool operator==(const FaultLog&, const FaultLog&) = default;
};

/// A translation that the unit remembers, valid until software invalidates it or another one takes
/// its place. It is known by the id of the domain and not by who asked: of two domains with one id
/// each is answered what is remembered of the other. Of a large page it is one for each 4 KiB that
/// was used.
struct CachedTranslation {
  std::uint16_t domain_id = 0;
  std::uint8_t rights = 0;  ///< kReadable and kWritable
  std::uint8_t is_valid = 0;
  std::uint32_t reserved = 0;
  std::uint64_t iova_page = 0;
  memory::Pfn page{};
  friend bool operator==(const CachedTranslation&, const CachedTranslation&) = default;
};
inline constexpr std::size_t kCachedTranslations = 64;

/// A context entry that the unit remembers: which tables a requester has, and which domain's id.
struct CachedContext {
  std::uint16_t requester = 0;
  std::uint16_t reserved = 0;
  std::uint32_t reserved_too = 0;
  TableEntry entry;
  friend bool operator==(const CachedContext&, const CachedContext&) = default;
};

/// The registers. Software writes root_table and the switches; a kexec changes none of them.
struct Unit {
  memory::PhysicalAddress root_table{};
  memory::PhysicalAddress remapping_table{};  ///< of interrupts: entries of 16 bytes
  std::uint32_t remapping_entries = 0;
  std::uint8_t translates = 0;
  std::uint8_t remaps_interrupts = 0;
  std::uint16_t reserved = 0;
  std::uint64_t faults = 0;  ///< truth of the observer, which no register tells
  FaultLog log;
  std::vector<CachedTranslation> cache;  ///< empty, or kCachedTranslations, by hash of the page
  std::vector<CachedContext> contexts;   ///< those that were present, sorted by requester

  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const Unit&, const Unit&) = default;
};

struct Translation {
  FaultReason reason = FaultReason::none;
  bool is_logged = true;
  std::uint16_t domain_id = 0;
  memory::PhysicalAddress address{};
};

/// Walks the tables as they are in memory now; touches neither cache nor log. Translation that is
/// off gives the address itself. The first check that fails gives the reason, in the order of
/// devices.md, D.7; the address may be one that no memory answers at.
Translation walk(const Unit& unit, const memory::PhysicalMemory& memory, Bdf requester, Iova iova,
                 bool is_write);
/// As walk(), through what is cached, and logs a refusal. A translation that lacks the right is
/// walked once more, from the context entry that is cached: what it leads to is read as it is now.
Translation translate(Unit& unit, const memory::PhysicalMemory& memory, Bdf requester, Iova iova,
                      bool is_write);

/// Forgets all that is cached, or the translations of one domain and the context entries that lead
/// to it.
void invalidate(Unit& unit);
void invalidate_domain(Unit& unit, std::uint16_t domain_id);

/// Counts an access or a message that was refused, and logs it if it is one to be logged and the
/// log is free. Interrupt remapping shares the log (devices.md, D.7).
void count_refusal(Unit& unit, const FaultLog& refused, bool is_logged);
/// Reads the fault log and clears it, as a driver's handler does.
FaultLog take_log(Unit& unit);

// The registers that a driver writes, with a record. Neither touches what is cached.
void set_root_table(Context& context, memory::PhysicalAddress root_table);
void switch_translation(Context& context, bool on);

}  // namespace luosim::device::iommu
