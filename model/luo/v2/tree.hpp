// SPDX-License-Identifier: Apache-2.0
//
// LUO's own handover tree (luo-v2.md, section 7): a 1 MiB buffer that names every preserved file
// and every subsystem with its 64-bit word.
#pragma once

#include <optional>
#include <string>

#include "model/kho/tree.hpp"
#include "model/luo/v2/state.hpp"

namespace luosim::luo::v2 {

inline constexpr const char* kTreeCompatible = "luo-v1";
inline constexpr const char* kFilesNode = "file-descriptors";
inline constexpr const char* kFilesCompatible = "file-descriptors-v1";
inline constexpr const char* kSubsystemsNode = "subsystems";
inline constexpr const char* kSubsystemsCompatible = "subsystems-v1";
inline constexpr const char* kCompatible = "compatible";
inline constexpr const char* kData = "data";

/// The compatible string of the tree that the running kernel writes and accepts: luo-v1, unless its
/// image announces another.
std::string tree_compatible(const Context& context);

/// Name of a file's node: the token in hexadecimal with 0x, but zero is the bare "0".
std::string node_name_of(std::uint64_t token);
/// Reads such a name back the way kstrtoull with automatic base does.
std::optional<std::uint64_t> token_of(const std::string& node_name);

/// Writes the tree of all files and subsystems, words zero, into the pages at `tree`.
/// False if it does not fit (more than 20161 files of a short handler name, for example).
bool write_tree(Context& context, memory::PhysicalAddress tree);

/// Puts the words of all files, or of all subsystems, into the outgoing tree.
void commit_file_words(Context& context);
void commit_subsystem_words(Context& context);

/// The tree at an address as a reader sees it.
kho::TreeReader read_tree(const memory::PhysicalMemory& memory, memory::PhysicalAddress tree);

}  // namespace luosim::luo::v2
