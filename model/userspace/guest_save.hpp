// SPDX-License-Identifier: Apache-2.0
//
// A guest's variables in its own memory. They are written there when it stops and read back when it
// goes on, so that a guest whose memory did not come back as it was cannot go on as if nothing had
// happened.
#pragma once

#include "model/userspace/cast.hpp"

namespace luosim::userspace {

/// Writes what the drivers of a guest know to its memory.
void save_guest(Context& context, std::uint32_t vm);

/// Forgets what was known and reads it back. False if what memory holds is not what was saved: the
/// guest has crashed.
bool load_guest(Context& context, std::uint32_t vm);

/// The drivers of a guest that has just been switched on.
void start_guest_fresh(Context& context, std::uint32_t vm);

}  // namespace luosim::userspace
