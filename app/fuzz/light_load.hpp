// SPDX-License-Identifier: Apache-2.0
//
// Guests that are less busy. Most steps of a variation with a guest are those of its disk, and a
// few commands under way show what many show.
#pragma once

#include "app/scenario/node.hpp"

namespace luosim::app {

/// The scenario file, with at most four commands of each guest under way on a disk.
Node with_light_load(const Node& root);

}  // namespace luosim::app
