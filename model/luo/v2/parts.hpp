// SPDX-License-Identifier: Apache-2.0
//
// The program tables of LUO RFC v2, each defined in the file of its name, for programs.cpp to list,
// and steps that more than one of those files has in its tables.
#pragma once

#include "model/luo/v2/programs.hpp"
#include "model/luo/v2/state.hpp"

namespace luosim::luo::v2 {

extern const sim::Program kTreeSetupProgram;                          // tree_setup.cpp
extern const sim::Program kPrepareFilesProgram, kFreezeFilesProgram;  // file_calls.cpp
extern const sim::Program kCancelFilesProgram, kFinishFilesProgram;
extern const sim::Program kPrepareSubsystemsProgram,
    kFreezeSubsystemsProgram;  // subsystem_calls.cpp
extern const sim::Program kCancelSubsystemsProgram, kFinishSubsystemsProgram;
extern const sim::Program kNotifierProgram, kPrepareProgram;  // transitions.cpp
extern const sim::Program kFreezeProgram, kFreezeEventProgram;
extern const sim::Program kCancelProgram, kFinishProgram;
extern const sim::Program kRebootProgram;                                  // reboot.cpp
extern const sim::Program kPreserveFileProgram, kUnpreserveFileProgram;    // preserve.cpp
extern const sim::Program kRestoreFileProgram, kBuildIncomingListProgram;  // restore.cpp
extern const sim::Program kRegisterSubsystemProgram,
    kUnregisterSubsystemProgram;  // registration.cpp
extern const sim::Program kRegisterHandlerProgram, kUnregisterHandlerProgram;
extern const sim::Program kSubsystemDataProgram;  // subsystem_data.cpp

inline sim::Outcome take_kho_lock(Context& /*context*/) {
  return sim::acquire(kho::kKhoLock, sim::LockMode::write);
}

inline sim::Outcome release_kho_lock(Context& context) {
  context.release(kho::kKhoLock);
  return sim::done();
}

/// Returns what the program that was called has returned.
inline sim::Outcome answer_as_told(Context& context) {
  return sim::finish(context.frame().result);
}

}  // namespace luosim::luo::v2
