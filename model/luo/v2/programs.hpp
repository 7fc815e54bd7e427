// SPDX-License-Identifier: Apache-2.0
//
// The programs of LUO RFC v2, by name. Those above the line are what the rest of the kernel and
// user space call; those below are parts of them.
#pragma once

#include <span>

#include "sim/core/program.hpp"

namespace luosim::luo::v2 {

constexpr sim::ProgramId program_id(std::string_view name) {
  return {sim::name_hash(name)};
}

/// KHO's notifier: values {argument, event}; prepares on finalize and cancels on abort.
inline constexpr sim::ProgramId kNotifier = program_id("luo.notifier");
/// For who holds the KHO lock, where a freeze needs it.
inline constexpr sim::ProgramId kFreeze = program_id("luo.freeze");
/// For who does not.
inline constexpr sim::ProgramId kFreezeEvent = program_id("luo.freeze_event");
inline constexpr sim::ProgramId kFinish = program_id("luo.finish");
/// liveupdate_reboot(): 0 or an error that stops the reboot.
inline constexpr sim::ProgramId kReboot = program_id("luo.reboot");
/// values {file}; word: the token. Takes a reference of its own on success.
inline constexpr sim::ProgramId kPreserveFile = program_id("luo.preserve_file");
/// values {token}.
inline constexpr sim::ProgramId kUnpreserveFile = program_id("luo.unpreserve_file");
/// values {token}; word: the file's number, kNoFile if the handler brought none but said it did.
inline constexpr sim::ProgramId kRestoreFile = program_id("luo.restore_file");
/// values {object}.
inline constexpr sim::ProgramId kRegisterSubsystem = program_id("luo.register_subsystem");
inline constexpr sim::ProgramId kUnregisterSubsystem = program_id("luo.unregister_subsystem");
inline constexpr sim::ProgramId kRegisterHandler = program_id("luo.register_handler");
inline constexpr sim::ProgramId kUnregisterHandler = program_id("luo.unregister_handler");
/// values {symbol of the name}; word: the data. -ENOENT.
inline constexpr sim::ProgramId kSubsystemData = program_id("luo.subsystem_data");
// ---------------------------------------------------------------------------------------------
inline constexpr sim::ProgramId kPrepare = program_id("luo.prepare");
inline constexpr sim::ProgramId kCancel = program_id("luo.cancel");
inline constexpr sim::ProgramId kTreeSetup = program_id("luo.tree_setup");
inline constexpr sim::ProgramId kPrepareFiles = program_id("luo.prepare_files");
inline constexpr sim::ProgramId kFreezeFiles = program_id("luo.freeze_files");
inline constexpr sim::ProgramId kCancelFiles = program_id("luo.cancel_files");
inline constexpr sim::ProgramId kFinishFiles = program_id("luo.finish_files");
inline constexpr sim::ProgramId kPrepareSubsystems = program_id("luo.prepare_subsystems");
inline constexpr sim::ProgramId kFreezeSubsystems = program_id("luo.freeze_subsystems");
inline constexpr sim::ProgramId kCancelSubsystems = program_id("luo.cancel_subsystems");
inline constexpr sim::ProgramId kFinishSubsystems = program_id("luo.finish_subsystems");
inline constexpr sim::ProgramId kBuildIncomingList = program_id("luo.build_incoming_list");

std::span<const sim::Program* const> programs();

}  // namespace luosim::luo::v2
