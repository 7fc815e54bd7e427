// SPDX-License-Identifier: Apache-2.0
//
// Draws variations of a scenario, for `luosim fuzz` and for property tests.
#pragma once

#include <rapidcheck/Gen.h>

#include "app/fuzz/material.hpp"
#include "app/fuzz/variation.hpp"

namespace luosim::app {

/// The larger the size, the more participants and the longer the scripts. Shrinks by smaller().
rc::Gen<Variation> variations(const Material& material);

}  // namespace luosim::app
