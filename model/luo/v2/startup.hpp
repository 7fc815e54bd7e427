// SPDX-License-Identifier: Apache-2.0
//
// LUO's part of a boot, and every place where the posted code gives up with a panic (luo-v2.md,
// section 8).
#pragma once

#include "model/luo/v2/state.hpp"

namespace luosim::luo::v2 {

using kernel::PanicReason;

// At boot.
inline constexpr PanicReason kTreeAddressMissing{
    "luo-fdt-missing", "KHO's LUO node has no proper 8-byte fdt property"};
inline constexpr PanicReason kTreeIncompatible{
    "luo-incompatible", "the handed-over tree is not compatible with luo-v1"};
inline constexpr PanicReason kFilesIncompatible{
    "files-incompatible", "the node of the files is missing or not file-descriptors-v1"};
inline constexpr PanicReason kSubsystemsIncompatible{
    "subsystems-incompatible", "the node of the subsystems is missing or not subsystems-v1"};
// While the list of incoming files is built.
inline constexpr PanicReason kBadToken{"bad-token", "the name of a file's node is not a number"};
inline constexpr PanicReason kFileCompatibleMissing{"file-compatible-missing",
                                                    "a file's node has no compatible string"};
inline constexpr PanicReason kFileDataMissing{"file-data-missing",
                                              "a file's node has no 8-byte data word"};
inline constexpr PanicReason kNoHandler{
    "no-handler", "no registered handler has the compatible string of a preserved file"};
inline constexpr PanicReason kDuplicateToken{"duplicate-token",
                                             "two incoming files have the same token"};
// In finish.
inline constexpr PanicReason kSubsystemDataMissing{
    "subsystem-data-missing", "a registered subsystem has no 8-byte word in the tree"};

std::span<const PanicReason> panic_reasons();

/// Becomes a client of KHO and looks for a handed-over tree: phase normal or updated, or a panic.
sim::Outcome start_up(Context& context);

/// Creates the sysfs file, if it is configured; stores of the phase are notified from now on.
sim::Outcome create_sysfs(Context& context);

}  // namespace luosim::luo::v2
