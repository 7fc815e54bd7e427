// SPDX-License-Identifier: Apache-2.0
//
// guest_memfd: memory of a virtual machine, fully shared and in folios of one page (devices.md,
// B.8). Unlike a memfd its holes are not filled when it is handed over, and stay holes; while the
// mapping is frozen, who touches one gets -EPERM. The file is of no use without its virtual
// machine: freeze fails unless that is handed over too, and retrieve needs it restored before.
#pragma once

#include <optional>

#include "model/fd/state.hpp"

namespace luosim::fd {

inline constexpr memory::OwnerName kGuestMemfdOwner{"guest_memfd"};
inline constexpr memory::OwnerName kGuestMemfdRecordOwner{"guest_memfd_record"};

extern const luo::ParticipantType kGuestMemfdType;
std::span<const sim::Program* const> guest_memfd_programs();

/// KVM_CREATE_GUEST_MEMFD: memory for the virtual machine of a kvm file, whose last `hole_bytes`
/// were never written. It keeps no reference to the file. Nothing for another type of file, or if
/// memory is short.
std::optional<kernel::FileId> create_guest_memfd(Context& context, sim::Symbol name,
                                                 kernel::FileId kvm, std::uint64_t bytes,
                                                 std::uint64_t hole_bytes);

}  // namespace luosim::fd
