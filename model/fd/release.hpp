// SPDX-License-Identifier: Apache-2.0
//
// What happens when the last reference to a file is dropped. As in Linux it happens a little later,
// when no kernel code is in the middle of something: after the step that dropped it.
#pragma once

#include "model/fd/state.hpp"

namespace luosim::fd {

/// Releases every file whose last reference was dropped since the last call, and what they held.
void release_files(Context& context);

}  // namespace luosim::fd
