// SPDX-License-Identifier: Apache-2.0
#include "model/luo/v2/programs.hpp"

#include "model/luo/v2/parts.hpp"

namespace luosim::luo::v2 {

std::span<const sim::Program* const> programs() {
  static constexpr const sim::Program* kPrograms[] = {
      &kNotifierProgram,
      &kPrepareProgram,
      &kTreeSetupProgram,
      &kPrepareFilesProgram,
      &kPrepareSubsystemsProgram,
      &kFreezeEventProgram,
      &kFreezeProgram,
      &kFreezeFilesProgram,
      &kFreezeSubsystemsProgram,
      &kCancelProgram,
      &kCancelFilesProgram,
      &kCancelSubsystemsProgram,
      &kFinishProgram,
      &kBuildIncomingListProgram,
      &kFinishFilesProgram,
      &kFinishSubsystemsProgram,
      &kRebootProgram,
      &kPreserveFileProgram,
      &kUnpreserveFileProgram,
      &kRestoreFileProgram,
      &kRegisterSubsystemProgram,
      &kUnregisterSubsystemProgram,
      &kRegisterHandlerProgram,
      &kUnregisterHandlerProgram,
      &kSubsystemDataProgram,
  };
  return kPrograms;
}

}  // namespace luosim::luo::v2
