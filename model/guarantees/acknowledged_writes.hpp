// SPDX-License-Identifier: Apache-2.0
//
// What others have to know of the notes about acknowledged writes.
#pragma once

#include "sim/check/guarantee.hpp"

namespace luosim::guarantees {

/// Whether notes of kAcknowledgedWritesSurvive name writes by their sequence: then nobody may
/// number writes anew.
bool remembers_writes(const sim::Notes& notes);

}  // namespace luosim::guarantees
