// SPDX-License-Identifier: Apache-2.0
//
// The kernel's IOMMU driver: domains whose page tables live in memory, which device is attached to
// which, and what of all that is preserved (devices.md, D.4 to D.6). Translation stays on over a
// jump if something is preserved: the hardware goes on with tables of the kernel before, whose
// pages the next kernel takes over before it gives any memory out.
#pragma once

#include <cstdint>
#include <vector>

#include "model/device/address.hpp"
#include "model/memory/page.hpp"
#include "sim/core/digest.hpp"

namespace luosim::driver {
struct Context;
}

namespace luosim::driver::iommu {

inline constexpr memory::OwnerName kRootOwner{"iommu_root"};
inline constexpr memory::OwnerName kContextOwner{"iommu_context"};  ///< number: bus
inline constexpr memory::OwnerName kTableOwner{"iommu_table"};      ///< number: index of the domain
inline constexpr memory::OwnerName kRecordOwner{"iommu_record"};

/// A domain. Its number, the index, is not used again within a generation, so that who still has
/// the number of one that is gone gets an error and not another domain.
struct Domain {
  std::uint16_t id = 0;          ///< in hardware; 0: the domain is gone
  std::uint8_t is_restored = 0;  ///< rebuilt from the tables of the kernel before
  std::uint8_t is_preserved = 0;
  std::uint32_t attachments = 0;
  memory::PhysicalAddress top{};      ///< of its page table
  std::uint64_t token = 0;            ///< by which user space knows it over the jump
  std::uint16_t is_forgotten = 0;     ///< left out of the record by mistake
  std::uint16_t id_is_forgotten = 0;  ///< its id was not reserved, by mistake
  std::uint32_t reserved = 0;
  friend bool operator==(const Domain&, const Domain&) = default;
};

/// A page of a domain's page table.
struct TablePage {
  std::uint32_t domain = 0;
  std::uint32_t is_preserved = 0;
  memory::Pfn page{};
  friend bool operator==(const TablePage&, const TablePage&) = default;
};

/// The context table of a bus.
struct ContextTable {
  std::uint32_t bus = 0;
  std::uint32_t is_preserved = 0;
  memory::Pfn page{};
  friend bool operator==(const ContextTable&, const ContextTable&) = default;
};

/// A device behind the IOMMU and the domain that it translates by.
struct Attachment {
  device::Bdf bdf{};
  std::uint8_t is_preserved = 0;
  std::uint8_t is_handed_over = 0;  ///< made by the kernel before, and not replaced yet
  std::uint32_t domain = 0;
  friend bool operator==(const Attachment&, const Attachment&) = default;
};

struct State {
  std::uint32_t has_started = 0;
  std::uint32_t took_over = 0;  ///< 1: the root table is that of the kernel before
  std::uint32_t root_is_preserved = 0;
  std::uint32_t reserved = 0;
  memory::PhysicalAddress root{};
  std::vector<ContextTable> contexts;  ///< sorted by bus
  std::vector<Domain> domains;
  std::vector<TablePage> tables;        ///< sorted by domain and page
  std::vector<Attachment> attachments;  ///< sorted by bdf
  memory::PageRange record{};           ///< outgoing, once the subsystem is prepared
  memory::PageRange incoming_record{};  ///< until finish
  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const State&, const State&) = default;
};

inline constexpr std::uint32_t kNoDomain = 0xFFFF'FFFF;

// A number that is no domain's is -EINVAL everywhere. Device and domain may be passed in any state
// of preservation: what must not change then is refused.

/// A new domain without mappings; kNoDomain if memory is short (mm.alloc:iommu_domain_alloc), ids
/// are, or there is no IOMMU. With the token of a restored domain it may take over its devices.
std::uint32_t create_domain(Context& context, std::uint64_t token = 0);
/// Frees the tables and the id. -EBUSY while a device is attached, or while it is preserved.
std::int64_t free_domain(Context& context, std::uint32_t domain);

/// Maps contiguous memory, with the largest pages that alignment allows up to 2^max_order pages.
/// -EEXIST if part of it is mapped already (then nothing was done), -ENOMEM (what was mapped by
/// then stays mapped), -EPERM if the domain is preserved or restored, -EINVAL for no pages or an
/// address that is not aligned or too wide.
std::int64_t map(Context& context, std::uint32_t domain, device::Iova iova, memory::PageRange range,
                 std::uint32_t max_order, bool is_writable);
/// Unmaps whatever is mapped there, frees tables that are empty then, and invalidates what the
/// IOMMU remembers. -EPERM if the domain is preserved or restored, -EINVAL as map(), or if only
/// part of a large page is meant.
std::int64_t unmap(Context& context, std::uint32_t domain, device::Iova iova, std::uint64_t pages);

/// Makes a device translate by a domain. -EBUSY if it has one that the kernel before handed over
/// and the new one lacks its token, or if it is preserved; an older domain of this kernel is
/// replaced. -ENOMEM.
std::int64_t attach(Context& context, device::Bdf bdf, std::uint32_t domain);
/// -ENOENT without an attachment, -EBUSY if it is preserved.
std::int64_t detach(Context& context, device::Bdf bdf);
/// The attachment of a device, or null.
const Attachment* attachment_of(const State& state, device::Bdf bdf);

/// Preserves the pages of a domain's table with KHO; from then on it cannot change. -EBUSY if it is
/// preserved already; KHO's errors.
std::int64_t preserve_domain(Context& context, std::uint32_t domain, std::uint64_t token);
/// The domain can change again, whatever KHO answers. -EINVAL if it is not preserved.
std::int64_t unpreserve_domain(Context& context, std::uint32_t domain);
/// Marks a device as one that translates on over the jump. -EINVAL without a preserved domain, or
/// if it is marked already.
std::int64_t preserve_device(Context& context, device::Bdf bdf);
/// -EINVAL if it is not marked.
std::int64_t unpreserve_device(Context& context, device::Bdf bdf);
/// The restored domain of a token, or kNoDomain.
std::uint32_t restored_domain(const State& state, std::uint64_t token);

}  // namespace luosim::driver::iommu
