// SPDX-License-Identifier: Apache-2.0
//
// Where functions answer to the processor and to each other: BARs of endpoints and memory windows
// of bridges. They are no part of what is preserved (devices.md, C.5): kept if they make sense,
// else placed anew, whoever is using them.
#pragma once

#include "model/driver/state.hpp"

namespace luosim::driver::pci {

/// Decides which functions keep their addresses. `moves`: none does.
void judge_addresses(Context& context, bool moves);

/// Places the next function, in the order of a walk down, that has no address where it can be used;
/// `next` counts on. False if there is none left. A window that is placed has room for all that was
/// found below. What finds no room gets no address.
bool place_next(Context& context, std::uint64_t& next, bool moves);

}  // namespace luosim::driver::pci
