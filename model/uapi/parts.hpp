// SPDX-License-Identifier: Apache-2.0
//
// The program tables of user interfaces, each defined in the file named beside it.
#pragma once

#include "model/uapi/uapi.hpp"

namespace luosim::uapi {

extern const sim::Program kIoctlProgram, kPreserveDescriptorProgram;  // ioctl.cpp
extern const sim::Program kUnpreserveTokenProgram, kRestoreDescriptorProgram;
extern const sim::Program kGetStateProgram, kSelfTestProgram;
extern const sim::Program kOpenProgram, kCloseProgram, kReadStateProgram;  // system_calls.cpp
extern const sim::Program kDebugfsFinalizeProgram, kRebootProgram;

}  // namespace luosim::uapi
