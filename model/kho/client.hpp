// SPDX-License-Identifier: Apache-2.0
//
// KHO's clients: the notifier chain, and what a client may do to the root tree when it is told to
// finalize.
#pragma once

#include <string_view>

#include "model/kho/state.hpp"

namespace luosim::kho {

/// Adds a client; higher priorities are told first, equal ones in order of registration.
void register_client(Context& context, const Client& client);

/// Adds a child node to the root tree that points at `address`; legal only while finalizing.
/// 0, a raw libfdt error (bug B34), or what debugfs answered (bug B10).
std::int64_t add_subtree(Context& context, std::string_view name, memory::PhysicalAddress address);

/// The address that a subtree of the incoming tree points at: -ENOENT if there is no incoming tree
/// or no such child, -EINVAL if its property is not eight bytes long.
std::int64_t retrieve_subtree(const Context& context, std::string_view name,
                              memory::PhysicalAddress& address);

}  // namespace luosim::kho
