// SPDX-License-Identifier: Apache-2.0
//
// KHO's debugfs blobs (CONFIG_KEXEC_HANDOVER_DEBUG). A blob keeps an address that it does not own,
// and only a successful abort removes it (bugs B10, B11).
#pragma once

#include <string_view>

#include "model/kho/state.hpp"

namespace luosim::kho {

/// Shows a blob. 0 when debugfs is not configured; -ENOMEM; -EEXIST for a name that is there.
std::int64_t add_blob(Context& context, std::string_view name, memory::PhysicalAddress address);

void remove_all_blobs(Context& context);

/// How many blobs point at memory that nobody owns any more.
std::uint64_t stale_blobs(const memory::PhysicalMemory& memory, const State& kho);

}  // namespace luosim::kho
