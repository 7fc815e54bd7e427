// SPDX-License-Identifier: Apache-2.0
//
// Root and context tables, written as bytes in memory: which top table the hardware uses for a
// requester id.
#pragma once

#include <optional>

#include "model/device/iommu/table_format.hpp"
#include "model/driver/state.hpp"

namespace luosim::driver::iommu {

/// The context table of a bus, or null.
const ContextTable* context_table_of(const State& state, std::uint8_t bus);
/// The same, made if it is not there; null if memory is short.
const ContextTable* make_context_table(Context& context, std::uint8_t bus);

/// What the tables in memory say about a requester id; all zero without a context table.
device::iommu::TableEntry read_context(const Context& context, device::Bdf bdf);
/// The context table of its bus must exist.
void write_context(Context& context, device::Bdf bdf, const device::iommu::TableEntry& entry);
/// Takes the way to the context table of a bus out of the root table.
void clear_root_entry(Context& context, std::uint32_t bus);

/// Forgets what the IOMMU remembers of a domain, unless the driver forgets to.
void flush(Context& context, std::uint16_t domain_id);

/// Whether a device is to translate on over the jump: it and its domain are preserved.
bool is_outgoing(const State& state, const Attachment& attachment);
bool is_outgoing(const State& state, device::Bdf bdf);

/// The name of a function by its address, empty if the kernel does not know it.
sim::Symbol name_of(const Context& context, device::Bdf bdf);

}  // namespace luosim::driver::iommu
