// SPDX-License-Identifier: Apache-2.0
//
// What a kernel that boots learns of the devices that the kernel before has preserved, and what it
// can notice of it that does not fit.
#pragma once

#include "model/driver/state.hpp"

namespace luosim::driver::pci {

/// The version of the record that this kernel writes, and the only one that it reads.
std::uint64_t own_version(const Context& context);

/// Takes the record at an address over; its devices boot as preserved ones. One that it does not
/// know, or that cannot be, is recorded and left alone: then all boot as ordinary ones, while
/// they work on (devices.md, G.2 row 24).
void take_record_over(Context& context, memory::PhysicalAddress address);

/// How often the kernel before had counted the device of an address; 0 if it had not.
std::uint16_t incoming_count(const State& state, device::Bdf bdf);

/// Records what was handed over and is not there, and counts that do not fit what was found: then
/// another kind of device sits at the address. The kernel itself goes by the record.
void compare_with_what_was_found(Context& context);

}  // namespace luosim::driver::pci
