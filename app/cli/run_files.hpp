// SPDX-License-Identifier: Apache-2.0
//
// The files around `luosim run`: which scenarios were named, and the output files, of which either
// all are written or, when one cannot be made, none.
#pragma once

#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/report/exports.hpp"

namespace luosim::app {

/// The scenario files that were named: a folder stands for the `*.yaml` in it, in the order of
/// their names. Nothing, and the reason on `errors`, if a folder has none or cannot be read.
std::optional<std::vector<std::string>> scenario_files(const std::vector<std::string>& names,
                                                       std::ostream& errors);

/// Makes all texts before it writes the first file. `files` has a name, or none, for each of
/// exports(). False, and the reason on `errors`, if one cannot be made or written.
bool write_exports(const std::vector<std::string>& files, const RunStory& run,
                   std::ostream& errors);
/// The same for summary_exports().
bool write_summaries(const std::vector<std::string>& files, std::span<const RunResult> runs,
                     std::ostream& errors);

}  // namespace luosim::app
