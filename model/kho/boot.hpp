// SPDX-License-Identifier: Apache-2.0
//
// KHO's part of a boot, as steps in the order in which a kernel takes them (luo-v2.md, section 8;
// devices.md, A.2 and A.3). All that is known of the kernel before comes from the boot parameters
// and from bytes in memory.
#pragma once

#include "model/kho/state.hpp"

namespace luosim::kho {

inline constexpr sim::FaultSite kEarlyMemorySite{
    "kho.early_memory",
    "early boot asks for so much memory at once while it has scratch only; the value is in MiB", 1};
inline constexpr kernel::PanicReason kScratchExhausted{
    "scratch-exhausted", "early boot ran out of memory in the scratch areas"};

/// What the host says about scratch areas when there are none yet.
struct ScratchPlan {
  std::uint64_t bytes = 0;  ///< all areas together
  std::uint32_t numa_nodes = 1;
};

/// Looks at the root tree that was passed, if one was. An unfinished or foreign one is ignored.
sim::Outcome find_handed_over_tree(Context& context);

/// Reserves what the map says is preserved. Memory that was freed: undefined; a wild pointer: oops.
sim::Outcome reserve_handed_over_memory(Context& context);

/// Gives all memory that nobody preserved to the allocator; what was in it is lost.
sim::Outcome give_the_rest_to_the_allocator(Context& context);

/// Takes the scratch areas over, or on a first boot with kho=on makes them: low memory, global, and
/// one per node. Without room for them KHO stays off.
void reserve_scratch(Context& context, const ScratchPlan& plan);

/// Gives the page of the incoming root tree back and, if KHO is on, makes an outgoing one.
sim::Outcome make_outgoing_page(Context& context);

/// What a kexec image tells the next kernel.
BootParameters boot_parameters_for_kexec(Context& context);

}  // namespace luosim::kho
