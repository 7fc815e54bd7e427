// SPDX-License-Identifier: Apache-2.0
//
// The kinds of mappings by name, so that the table of one can point to the table of another. Each
// is defined next to the rows that it consists of.
#pragma once

#include "app/scenario/fields.hpp"

namespace luosim::app {

extern const MappingType kScenarioType;
extern const MappingType kHostType;
extern const MappingType kKernelType;
extern const MappingType kKernelConfigType;
extern const MappingType kKernelSpeaksType;
extern const MappingType kSubsystemType;
extern const MappingType kHandlerType;
extern const MappingType kKhoClientType;
extern const MappingType kFileType;
extern const MappingType kDeviceType;
extern const MappingType kVmType;
extern const MappingType kWorkloadType;
extern const MappingType kActorType;
extern const MappingType kScriptEntryType;
extern const MappingType kFreeType;
extern const MappingType kFreeOpType;
extern const MappingType kFaultType;
extern const MappingType kFaultWindowType;
extern const MappingType kOrderType;
extern const MappingType kExpectationType;
extern const MappingType kMetricBoundsType;

}  // namespace luosim::app
