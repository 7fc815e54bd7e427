// SPDX-License-Identifier: Apache-2.0
//
// Trace records of interrupt vectors.
#pragma once

#include "sim/trace/trace.hpp"

namespace luosim::driver::irq::IrqRecord {

using sim::RecordKind;

/// values: vector, 1 if a kernel before had handed it over. Nobody had asked for it.
inline constexpr RecordKind stray{0x7E0};
/// values: function, entry, vector, 1 if it was handed over and nothing was written.
inline constexpr RecordKind requested{0x7E1};
/// values: table, entries, vectors that were handed over with it.
inline constexpr RecordKind table_set{0x7E2};

}  // namespace luosim::driver::irq::IrqRecord
