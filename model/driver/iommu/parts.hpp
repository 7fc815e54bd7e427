// SPDX-License-Identifier: Apache-2.0
//
// The programs of the IOMMU driver that its files define, for their registration.
#pragma once

#include "sim/core/program.hpp"

namespace luosim::driver::iommu {

extern const sim::Program kStartProgram;
extern const sim::Program kShutDownProgram;
extern const sim::Program kPrepareProgram;
extern const sim::Program kFreezeProgram;
extern const sim::Program kCancelProgram;
extern const sim::Program kFinishProgram;

}  // namespace luosim::driver::iommu
