// SPDX-License-Identifier: Apache-2.0
//
// A scenario without its moments of time, as an exploration plays it: whatever is pending may come
// next, so that every run in time is one of its ways.
#pragma once

#include "model/world/blueprint.hpp"
#include "sim/fault/fault.hpp"

namespace luosim::world {

/// Who waits for a moment of time waits for nothing.
Blueprint without_time(const Blueprint& blueprint);

/// A rule that is bound to a window of time may fail any call, as chance would have it: whether a
/// call lies in the window, and the how manieth it is there, is a matter of time.
sim::Faults without_windows(const sim::Faults& faults);

}  // namespace luosim::world
