// SPDX-License-Identifier: Apache-2.0
//
// What the files of this folder share: their program tables and look-ups.
#pragma once

#include <algorithm>
#include <optional>

#include "model/fd/file_type.hpp"
#include "model/userspace/programs.hpp"

namespace luosim::userspace {

extern const sim::Program kActorProgram;                      // actor.cpp
extern const sim::Program kPauseVmProgram, kResumeVmProgram;  // vm.cpp
extern const sim::Program kStartVmProgram;                    // vm_start.cpp

inline constexpr auto kMemfdFileType = static_cast<std::uint32_t>(fd::FileType::memfd);

/// The file that some process of the scenario has open under this name.
std::optional<kernel::FileId> file_held(const Context& context, sim::Symbol file);
/// The descriptor that a process has for a file; -1 if none.
std::int32_t descriptor_of(const State& user, std::uint32_t process, sim::Symbol file);
/// The token that the kernel of this generation gave for a file; nothing if none was noted.
std::optional<std::uint64_t> token_on_disk(const Disk& disk, sim::Symbol file,
                                           std::uint32_t generation);
void note_token(Disk& disk, sim::Symbol file, std::uint64_t token, std::uint32_t generation);
/// Nothing happens if none was noted.
void forget_token(Disk& disk, sim::Symbol file, std::uint32_t generation);
/// Lets memory show what a guest has written up to now.
void show_guest_writes(Context& context, std::uint32_t vm);
/// Starts the vCPUs of a guest; its devices are another matter.
void start_vcpus(Context& context, std::uint32_t vm);
/// Whether a process of the VMM dies on the way, by a fault; writes the record.
bool vmm_crashes(Context& context, const VmPlan& plan);
/// The ledger's entry of a file; made if there is none.
Ledger::Contents& ledger_entry(Ledger& ledger, sim::Symbol file);

}  // namespace luosim::userspace
