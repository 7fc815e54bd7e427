// SPDX-License-Identifier: Apache-2.0
//
// What a file type may ask the orchestrator about files that it depends on: a device its address
// space, an address space the memory mapped into it (devices.md, D.1). The one place that knows in
// which records which protocol keeps that; nobody else in this layer reads them.
#pragma once

#include <optional>

#include "model/fd/state.hpp"

namespace luosim::fd {

/// The token under which a file is being preserved; the lowest, should RFC v2 have given it
/// several. O(n).
std::optional<std::uint64_t> token_of(const Context& context, kernel::FileId file);

/// Whether the prepare callback of a file has succeeded and was not cancelled. O(n).
bool is_prepared(const Context& context, kernel::FileId file);

/// The file that an incoming token gave in this kernel, if it was restored and is open. O(log n).
std::optional<kernel::FileId> restored_file(const Context& context, std::uint64_t token);

}  // namespace luosim::fd
