// SPDX-License-Identifier: Apache-2.0
//
// The files that a VMM opens for a guest before there are devices: its memory and its virtual
// machine. It does so when the story begins, and whenever a guest is started anew.
#pragma once

#include "model/userspace/cast.hpp"

namespace luosim::userspace {

inline constexpr std::uint32_t kHugePageOrder = 9;  // 2 MiB

/// The agent gets a descriptor of a file, to preserve it by.
void give_to_agent(Context& context, sim::Symbol name, kernel::FileId file);

/// Creates the virtual machine of a guest, if it needs one, and its memory, which is empty.
/// -ENOMEM.
std::int64_t create_guest_memory(Context& context, std::uint32_t vm);

/// Whether a process has a file of the guest open.
bool has_open_files(const Context& context, const VmPlan& plan);
/// Closes what is open of it: its VMM has failed.
void close_guest_files(Context& context, const VmPlan& plan);

}  // namespace luosim::userspace
