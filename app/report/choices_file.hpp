// SPDX-License-Identifier: Apache-2.0
//
// The choices of a run as a text file: together with the scenario it replays the run bit for bit.
// It is what a bug report carries, so it is one line a choice, and whatever is wrong with an edited
// or cut file is told with its place.
//
//   luosim-choices 1
//   8c1f03a2:5d00e1b7 2 1      label `what:instance` (or only `what`), alternatives, chosen
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/scenario/diagnostic.hpp"
#include "sim/choice/choice.hpp"

namespace luosim::app {

namespace choices_limits {
inline constexpr std::size_t kBytes = 16U << 20U;
inline constexpr std::size_t kDiagnostics = 100;  ///< after so many, reading stops
}  // namespace choices_limits

/// The word that a file begins with, and its format.
inline constexpr std::string_view kChoicesWord = "luosim-choices";
inline constexpr std::string_view kChoicesFormat = "1";

struct ChoicesResult {
  std::optional<std::vector<sim::MadeChoice>> choices;  ///< absent if anything is wrong
  std::vector<Diagnostic> diagnostics;                  ///< by place
};

/// The whole file. Reading it gives the same choices, unless it is longer than the limit.
std::string write_choices(std::span<const sim::MadeChoice> choices);

/// Any bytes are allowed as input. `file_name` is only copied into the diagnostics.
ChoicesResult read_choices(std::string_view text, std::string_view file_name);

}  // namespace luosim::app
