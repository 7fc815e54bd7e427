// SPDX-License-Identifier: Apache-2.0
//
// vfio-pci device files: a function that a process drives by itself (devices.md, D.2). Prepare asks
// the PCI core and the IOMMU to preserve the function; freeze, in vfio_phase1, demands that its
// interrupts are off, resets it and takes its bus mastering, which nothing undoes; later phases let
// it work on. Retrieve finds the function again by its address.
#pragma once

#include <optional>

#include "model/fd/state.hpp"

namespace luosim::fd {

inline constexpr memory::OwnerName kVfioRecordOwner{"vfio_record"};

inline constexpr sim::FaultSite kLeavesPinSite{
    "vfio.leaves_pin",
    "vfio leaves the interrupt pin of a function enabled, which nobody handles; :NAME is the "
    "function",
    1};

extern const luo::ParticipantType kVfioType;
std::span<const sim::Program* const> vfio_programs();

/// Opens a function that vfio-pci drives. -ENODEV if it is not there or has another driver, -EBUSY
/// if it is open, or incoming and not finished.
std::int64_t open_vfio(Context& context, sim::Symbol name, device::FunctionId function,
                       kernel::FileId& opened);
/// VFIO_DEVICE_BIND_IOMMUFD and ATTACH: the function translates by the iommufd's domain, may send
/// requests and decodes its BARs. Of a restored device: replaces the domain that was handed over by
/// the iommufd's own (hotswap, D.3). -EINVAL for another type of file, -EIO once frozen, -EBUSY for
/// a domain that was handed over with another iommufd, or while the function is preserved.
std::int64_t attach_vfio(Context& context, kernel::FileId vfio, kernel::FileId iommufd);
/// VFIO_DEVICE_SET_IRQS: the first `count` vectors interrupt the guest of a kvm file, vector n as
/// the guest's vector `first_vector` + n; 0: none any more. Posted ones get there without the
/// kernel. -EINVAL for another type of file or a vector that the function or the guest lacks,
/// -ENOSPC (then none is set up), -EIO once frozen.
std::int64_t set_interrupts(Context& context, kernel::FileId vfio, std::uint32_t count,
                            kernel::FileId kvm, std::uint32_t first_vector = 0,
                            bool is_posted = false);
/// VFIO_DEVICE_RESET. Registers and interrupts are restored when the function answers again, a
/// reset later; until then -EAGAIN. -EINVAL for another type of file, -EIO once frozen.
std::int64_t reset_vfio(Context& context, kernel::FileId vfio);
/// The power state in configuration space becomes D3hot: the function neither sends requests nor
/// answers at its BARs. -EINVAL for another type of file, -EIO once frozen.
std::int64_t suspend_vfio(Context& context, kernel::FileId vfio);
/// The file's last reference is gone: interrupts off, bus mastering off, the function is reset and
/// leaves its domain.
void release_vfio(Context& context, std::uint32_t object);

/// Accesses of the guest to the device's BAR 0, which is mapped into it. Once the file is frozen in
/// vfio_phase1 reads give all ones and writes are lost.
std::uint64_t read_bar(Context& context, std::uint32_t object, std::uint64_t offset);
void write_bar(Context& context, std::uint32_t object, std::uint64_t offset, std::uint64_t value);

}  // namespace luosim::fd
