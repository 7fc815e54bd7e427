// SPDX-License-Identifier: Apache-2.0
//
// The last good moment before a guarantee broke in a run: the latest fault that struck or call that
// somebody made without which it holds. Found by asking what would have been: the run is played
// again with the fault site quiet from that moment on, or with whoever made the call at his end
// before it. A story is told backwards from here: what came before could still end well.
#pragma once

#include <vector>

#include "app/cli/play.hpp"

namespace luosim::app {

/// Gives each violation of `played`, which `play(loaded, options)` returned, its last chance.
/// Tries the 16 latest decisions before the last violation, and no more once two million records
/// were written, so some stay without; so does what is broken whatever anybody does. False if
/// somebody interrupted. O(tries x run).
bool find_last_chances(const Loaded& loaded, const PlayOptions& options, Played& played);

}  // namespace luosim::app
