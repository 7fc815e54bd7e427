// SPDX-License-Identifier: Apache-2.0
//
// Parts of vfio that its calls and its callbacks share: resets, which take registers along and last
// longer than a step, vectors, and how a device comes into being.
#pragma once

#include "model/fd/state.hpp"

namespace luosim::fd {

/// Waits until a function answers after begin_reset(), restores its registers, and its interrupts:
/// values {object of the device}. -EIO if it does not within a minute.
inline constexpr sim::ProgramId kRestoreAfterReset{sim::name_hash("vfio.restore_after_reset")};
extern const sim::Program kRestoreAfterResetProgram;
/// What the PCI core calls when vfio-pci loses a function (driver::pci::kVfioRemove).
extern const sim::Program kVfioRemoveProgram;

/// Saves the registers of a device that a reset takes, with `command` in the place of its own, and
/// resets it.
void begin_reset(Context& context, std::uint32_t object, std::uint16_t command);
/// Runs kRestoreAfterReset as a task of its own.
void restore_later(Context& context, std::uint32_t object);

/// Takes a function's bus mastering and resets it: nobody has it any more.
void quiesce(Context& context, std::uint32_t object);

/// Sets up the first `count` vectors of a device for the guest that it knows and switches MSI-X on.
/// -ENOSPC, -EINVAL: some may be set up then.
std::int64_t set_up_vectors(Context& context, std::uint32_t object, std::uint16_t count);

/// A file of a function that vfio-pci drives. -ENODEV if it is not there or has another driver,
/// -EBUSY if it is open, or incoming and not expected to be.
std::int64_t add_vfio_device(Context& context, sim::Symbol name, device::FunctionId function,
                             bool is_incoming, kernel::FileId& opened);

}  // namespace luosim::fd
