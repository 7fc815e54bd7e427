// SPDX-License-Identifier: Apache-2.0
//
// The program tables of LUO RFC v2, each defined in the file of its name, for programs.cpp to list.
#pragma once

#include "model/luo/v2/programs.hpp"

namespace luosim::luo::v2 {

extern const sim::Program kTreeSetupProgram;                          // tree_setup.cpp
extern const sim::Program kPrepareFilesProgram, kFreezeFilesProgram;  // file_calls.cpp
extern const sim::Program kCancelFilesProgram, kFinishFilesProgram;
extern const sim::Program kPrepareSubsystemsProgram,
    kFreezeSubsystemsProgram;  // subsystem_calls.cpp
extern const sim::Program kCancelSubsystemsProgram, kFinishSubsystemsProgram;
extern const sim::Program kNotifierProgram, kRebootProgram;  // transitions.cpp
extern const sim::Program kPrepareProgram, kFreezeProgram, kCancelProgram, kFinishProgram;
extern const sim::Program kPreserveFileProgram, kUnpreserveFileProgram;    // preserve.cpp
extern const sim::Program kRestoreFileProgram, kBuildIncomingListProgram;  // restore.cpp
extern const sim::Program kRegisterSubsystemProgram,
    kUnregisterSubsystemProgram;  // registration.cpp
extern const sim::Program kRegisterHandlerProgram, kUnregisterHandlerProgram;
extern const sim::Program kSubsystemDataProgram;  // subsystem_data.cpp

}  // namespace luosim::luo::v2
