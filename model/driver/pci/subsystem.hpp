// SPDX-License-Identifier: Apache-2.0
//
// The PCI core as a subsystem of LUO: how the record of preserved devices gets to the next kernel.
#pragma once

#include "model/driver/pci/device.hpp"
#include "model/luo/participant.hpp"

namespace luosim::driver::pci {

/// Owner of the pages of the record.
inline constexpr memory::OwnerName kRecordOwner{"pci_record"};

/// The word is the address of the record. prepare: -ENOMEM, KHO's errors; freeze: -ENOSPC if there
/// are more devices by now than there is room for.
extern const luo::ParticipantType kPciSubsystemType;

}  // namespace luosim::driver::pci
