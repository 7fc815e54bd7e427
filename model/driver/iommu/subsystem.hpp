// SPDX-License-Identifier: Apache-2.0
//
// The IOMMU driver as a subsystem of LUO: prepare preserves root and context tables and writes the
// record that the next kernel takes the tables over by; its word is the record's address, 0 where
// there is no IOMMU. The tables of domains are preserved before, by the files that own them.
#pragma once

#include "model/luo/participant.hpp"

namespace luosim::driver::iommu {

extern const luo::ParticipantType kIommuSubsystemType;

}  // namespace luosim::driver::iommu
