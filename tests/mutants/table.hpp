// SPDX-License-Identifier: Apache-2.0
//
// Mutants with a name: mistakes that somebody could make, of one row each. docs/mutants.md says
// who finds them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/mutants/mutation.hpp"
#include "tests/mutants/trial.hpp"

namespace luosim::mutants {

/// What a mutant is put through.
enum class Area : std::uint8_t {
  protocol,  ///< LUO, KHO and what they call
  devices,   ///< file types, drivers and devices
};

struct NamedMutant {
  std::string_view name;
  Area area = Area::protocol;
  Mutation mutation;
};

/// All of them.
std::vector<NamedMutant> table();

/// The scenarios of an area, those that kill most and take least first.
std::vector<TrialFile> trials_of(Area area, const std::string& root);

/// How docs/mutants.md begins, and what it says of survivors.
extern const char* const kPageBegins;
extern const char* const kReasons;

}  // namespace luosim::mutants
