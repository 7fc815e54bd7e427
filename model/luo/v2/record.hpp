// SPDX-License-Identifier: Apache-2.0
//
// Trace records of LUO RFC v2.
#pragma once

#include "sim/trace/trace.hpp"

namespace luosim::luo::v2::LuoRecord {

using sim::RecordKind;

/// A callback has returned. subject: participant; object: file (empty for a subsystem);
/// values: callback | flags << 8, word before, result, word after.
inline constexpr RecordKind callback{0x300};
inline constexpr std::uint64_t kFileGiven = 1;     ///< object names a file
inline constexpr std::uint64_t kFileReleased = 2;  ///< its last reference is gone
inline constexpr std::uint64_t kReclaimed = 4;     ///< finish: somebody took the file back
inline constexpr std::uint64_t kIsHandler = 8;     ///< a file handler, not a subsystem

inline constexpr RecordKind phase_stored{0x301};      ///< values: phase before, phase after
inline constexpr RecordKind sysfs_notified{0x302};    ///< who polls sysfs is woken
inline constexpr RecordKind wait_killed{0x303};       ///< a killable wait for the phase lock ended
inline constexpr RecordKind tree_built{0x304};        ///< values: address, files, subsystems, bytes
inline constexpr RecordKind incoming_found{0x305};    ///< values: address of the handed-over tree
inline constexpr RecordKind incoming_built{0x306};    ///< values: files
inline constexpr RecordKind file_preserved{0x307};    ///< object: file; values: token
inline constexpr RecordKind file_unpreserved{0x308};  ///< values: token
inline constexpr RecordKind file_restored{0x309};     ///< object: file; values: token, descriptor
inline constexpr RecordKind garbage_installed{0x30A};     ///< a descriptor refers to no file at all
inline constexpr RecordKind subsystem_registered{0x30B};  ///< subject: name
inline constexpr RecordKind subsystem_unregistered{0x30C};  ///< subject: name
inline constexpr RecordKind handler_registered{0x30D};      ///< subject: name
inline constexpr RecordKind handler_unregistered{0x30E};    ///< subject: name
inline constexpr RecordKind phase_read{0x30F};              ///< by a process; values: phase
inline constexpr RecordKind flags_ignored{0x310};           ///< of FD_PRESERVE; values: flags

}  // namespace luosim::luo::v2::LuoRecord
