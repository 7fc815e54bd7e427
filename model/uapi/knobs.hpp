// SPDX-License-Identifier: Apache-2.0
//
// Where a corrected interface of user space differs from the posted one.
#pragma once

#include "sim/core/knob.hpp"

namespace luosim::uapi {

inline constexpr sim::Knob kFlagsAreChecked{"flags_are_checked",
                                            "FD_PRESERVE refuses flags that are not zero: EINVAL.",
                                            sim::kCorrectionWords};
inline constexpr sim::Knob kResultIsFaultedInFirst{
    "fault_the_result_in_first",
    "The caller's result is made writable before a command has any effect, so that EFAULT means "
    "that nothing was done.",
    sim::kCorrectionWords};

}  // namespace luosim::uapi
