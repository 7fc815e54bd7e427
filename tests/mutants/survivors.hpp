// SPDX-License-Identifier: Apache-2.0
//
// Mutants of a single row that no trial kills, each with the reason. One that is not here is a
// complaint: a guarantee is missing, or a scenario.
#pragma once

#include <cstdint>
#include <string_view>

#include "tests/mutants/mutation.hpp"

namespace luosim::mutants {

enum class Why : std::uint8_t {
  cannot_fail,  ///< the row never fails, so nothing can be swallowed
  equivalent,   ///< nobody could ever tell
  unreached,    ///< what it guards against does not happen in any trial
  unclaimed,    ///< what gets worse is nothing that is promised
  missing,      ///< a guarantee is missing
};
std::string_view word_of(Why why);

struct Survivor {
  Mutation mutation;
  Why why = Why::equivalent;
  std::string_view reason;
};

/// Null: it is not known that this one lives.
const Survivor* find_survivor(const Mutation& mutation);

}  // namespace luosim::mutants
