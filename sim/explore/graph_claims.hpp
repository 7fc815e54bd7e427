// SPDX-License-Identifier: Apache-2.0
//
// Which claims about the graph somebody asks about, as findings of their own.
#pragma once

#include <cstdint>

namespace luosim::sim::explore {

struct GraphClaims {
  static constexpr std::uint32_t kNone = 0xFFFF'FFFF;
  std::uint32_t way_back = kNone;  ///< number of the guarantee; kNone: nobody asks
  std::uint32_t progress = kNone;
  std::uint32_t next_begin = kNone;  ///< that what may begin can begin without starting over
};

}  // namespace luosim::sim::explore
