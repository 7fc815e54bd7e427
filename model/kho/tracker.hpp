// SPDX-License-Identifier: Apache-2.0
//
// Preserving memory: the interface that kernel code calls, and its bookkeeping. Preservation is one
// bit per block without a count: preserving twice and unpreserving once is not preserved
// (devices.md, A.4). Sizes are the kernel's: a bitmap is 512 bytes for 4096 blocks of one order.
#pragma once

#include "model/kho/state.hpp"

namespace luosim::kho {

/// Preserves a range, cut into naturally aligned blocks of a power of two pages.
/// -EBUSY once finalized, -EINVAL if not page aligned, -ENOMEM. Blocks preserved before an error
/// are unpreserved again.
std::int64_t preserve_range(Context& context, memory::PhysicalAddress address, std::uint64_t bytes);

/// The inverse for exactly the same arguments. -EBUSY once finalized, -EINVAL if not aligned.
std::int64_t unpreserve_range(Context& context, memory::PhysicalAddress address,
                              std::uint64_t bytes);

/// Preserves `count` neighbouring folios of 2^order pages, one bit each. Errors as preserve_range.
std::int64_t preserve_folios(Context& context, memory::Pfn first, std::uint32_t order,
                             std::uint64_t count);
std::int64_t unpreserve_folios(Context& context, memory::Pfn first, std::uint32_t order,
                               std::uint64_t count);

/// Marks a block without asking whether KHO is finalized: for KHO's own root page.
std::int64_t preserve_block(Context& context, std::uint32_t order, memory::Pfn first,
                            std::uint64_t count);

/// Frees all bookkeeping: nothing is preserved any more.
void free_tracker(Context& context);

/// Pages that are marked, and live allocations of the bookkeeping (one per order, one per bitmap).
std::uint64_t preserved_pages(const memory::PhysicalMemory& memory, const Tracker& tracker);
std::uint64_t live_allocations(const Tracker& tracker);

/// True if every page of the range is marked, in whatever blocks.
bool is_preserved(const memory::PhysicalMemory& memory, const Tracker& tracker,
                  memory::PageRange range);

}  // namespace luosim::kho
