// SPDX-License-Identifier: Apache-2.0
//
// Bus numbers of bridges at boot (devices.md, C.5). Numbers found in hardware are kept where they
// make sense; others are given anew, depth first. With preserved devices all bridges keep theirs,
// and one whose numbers make no sense gets none: renumbering it could take a number away from a
// device that sends under it.
#pragma once

#include <optional>

#include "model/driver/state.hpp"

namespace luosim::driver::pci {

/// The number of the bus below a bridge; 0 for the root bus (kNoFunction).
std::uint8_t bus_below(const Context& context, device::FunctionId bridge);

/// Decides about the numbers of a bridge that was just found, and takes them away if it does not
/// keep them. `renumbers`: nobody keeps any.
void judge_bus_numbers(Context& context, Device& bridge, bool renumbers);

/// The bridge below `bridge` to go down to after `last` (kNoFunction: none yet): first those that
/// keep their numbers, then the others, each by bdf.
std::optional<device::FunctionId> next_bridge(const Context& context, device::FunctionId bridge,
                                              device::FunctionId last);

/// Gives a bridge that needs one a number, open to the end of the bus above. False if it has none
/// or no number is left: nothing below it can be reached.
bool open_bus(Context& context, device::FunctionId bridge);

/// All below a bridge is found: one with fresh numbers now claims only what is used.
void close_bus(Context& context, device::FunctionId bridge);

}  // namespace luosim::driver::pci
