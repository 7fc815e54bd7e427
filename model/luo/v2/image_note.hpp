// SPDX-License-Identifier: Apache-2.0
//
// What a kernel image announces about itself in a note that the loader of kexec images can read.
// RFC v2 has no such thing; the corrected protocol asks it before anything is at stake.
#pragma once

#include "model/luo/v2/state.hpp"

namespace luosim::luo::v2 {

/// Whether an image can take over all that is preserved now: it is switched on, reads this tree,
/// and has every participant that is registered here.
bool takes_over(const Context& context, std::uint32_t image);

/// Whether the image that boots next, unless somebody names another, has a handler of this name.
bool next_image_has_handler(const Context& context, sim::Symbol compatible);

}  // namespace luosim::luo::v2
