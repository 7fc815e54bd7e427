// SPDX-License-Identifier: Apache-2.0
//
// Interrupts over the jump, with irq_preserved only: the remapping table and the posted-interrupt
// descriptors stay where they are, and the next kernel finds in the IOMMU's record whose they are.
// Nobody has posted this (devices.md, E.1).
#pragma once

#include "model/driver/iommu/hand_over.hpp"
#include "model/driver/state.hpp"

namespace luosim::driver::irq {

/// Preserves the pages. KHO's errors; what was preserved by then is for unpreserve().
std::int64_t preserve(Context& context);
void unpreserve(Context& context);

/// Adds table, descriptors, and the vectors of functions that are preserved and listed there.
void add_to_hand_over(const Context& context, iommu::HandOver& contents);
/// Before the jump: entries of functions that are not preserved are taken out of the table.
void clear_what_is_not_handed_over(Context& context);

/// In the next kernel. False if a page was not preserved.
bool take_over(Context& context, const iommu::HandOver& contents);
/// The same, for who has no use for them: the pages are free. The hardware must not use the table.
bool give_back(Context& context, const iommu::HandOver& contents);
/// At finish: vectors that were handed over and that nobody asked for.
void free_what_nobody_took(Context& context);

}  // namespace luosim::driver::irq
