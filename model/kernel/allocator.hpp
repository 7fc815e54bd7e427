// SPDX-License-Identifier: Apache-2.0
//
// The allocators of a kernel generation. Pages are given out next-fit: a freed page comes back only
// after the search has gone around once, as on a busy machine, so that stale pointers do not by
// chance still point at what they pointed at. Freed pages lose their contents at once (as with
// init_on_free), which makes every use after free visible.
#pragma once

#include <optional>
#include <string_view>

#include "model/kernel/context.hpp"
#include "model/memory/page.hpp"

namespace luosim::kernel {

/// Fault sites of the allocators; the instance is the function that allocates.
inline constexpr sim::FaultSite kAllocationSite{
    "mm.alloc", "an allocation fails; :FUNCTION is the function that asks, such as new_chunk", -12};
inline constexpr sim::FaultSite kStoreSite{
    "mm.xa_store", "storing into an xarray fails; :FUNCTION is the function that stores", -12};

/// Memory that a running kernel uses for itself.
inline constexpr memory::OwnerName kKernelOwner{"kernel"};
/// A KHO scratch area that nothing uses at the moment.
inline constexpr memory::OwnerName kScratchOwner{"kho.scratch"};

/// Begins to give out memory; early boot has used what lies below `early_end`.
void start_allocator(Context& context, memory::Pfn early_end);

/// `pages` contiguous zeroed frames at a multiple of `alignment` pages, or nothing when there is no
/// room or the fault site says so.
std::optional<memory::PageRange> allocate_pages(Context& context, std::uint64_t pages,
                                                std::uint64_t alignment, memory::OwnerName owner,
                                                std::uint32_t owner_number = 0);

/// As allocate_pages without the fault site: for memory of user space.
std::optional<memory::PageRange> allocate_user_pages(Context& context, std::uint64_t pages,
                                                     std::uint64_t alignment,
                                                     memory::OwnerName owner,
                                                     std::uint32_t owner_number);

/// Gives frames back; their contents are lost.
void free_pages(Context& context, memory::PageRange range);

/// Whether a small allocation by `function` succeeds; small objects have no address in the model.
bool allocate_object(Context& context, std::string_view function);

/// Whether storing into an xarray, done by `function`, succeeds.
bool store_in_xarray(Context& context, std::string_view function);

}  // namespace luosim::kernel
