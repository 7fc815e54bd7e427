// SPDX-License-Identifier: Apache-2.0
//
// The pages of a record that a file leaves for the next kernel, and who they belong to on either
// side of the jump. A data word is a number that came from somewhere: before the page that it names
// is read or freed, it has to be one of ours.
#pragma once

#include <optional>

#include "model/fd/state.hpp"

namespace luosim::fd {

/// Allocates pages for a record and preserves them. -ENOMEM, or what KHO answered.
std::int64_t preserve_record(Context& context, std::uint64_t pages, memory::OwnerName owner,
                             std::uint32_t number, memory::PhysicalAddress& address);
/// The inverse: for pages that this kernel allocated.
void drop_record(Context& context, memory::PhysicalAddress address, std::uint64_t pages);

/// Whether `address` is the begin of a page and all of the pages exist and belong to `owner`.
bool belongs_to(const memory::PhysicalMemory& memory, memory::PhysicalAddress address,
                std::uint64_t pages, memory::OwnerName owner);

/// Whether all of the pages were handed over and nobody took them yet.
bool was_handed_over(const memory::PhysicalMemory& memory, memory::PhysicalAddress address,
                     std::uint64_t pages);

}  // namespace luosim::fd
