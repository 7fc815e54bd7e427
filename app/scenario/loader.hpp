// SPDX-License-Identifier: Apache-2.0
//
// From the text of a scenario file to checked scenarios, or to everything that is wrong with it. A
// file is one scenario, or with `matrix` a family of cases that differ in some values.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/scenario/diagnostic.hpp"
#include "app/scenario/load_options.hpp"
#include "model/world/scenario.hpp"

namespace luosim::app {

struct ScenarioTemplate;

/// A parameter and what it is in a case.
using CaseValues = std::vector<std::pair<std::string, std::string>>;

/// One scenario of a file.
struct Case {
  CaseValues values;  ///< in the order of `matrix`; empty without one
  world::Scenario scenario;
};

/// All cases of a file, each of which was checked and is made only when it is asked for: thousands
/// of large scenarios at once would not fit in memory. A copy is cheap, and a const one may be used
/// by several threads.
class Cases {
 public:
  explicit Cases(std::shared_ptr<const ScenarioTemplate> file) : file_(std::move(file)) {}

  /// At least 1 and at most limits::kCases.
  std::size_t count() const;
  /// For an index below count(), as below.
  CaseValues values(std::size_t index) const;
  /// `position=3, callback=freeze`, for messages; empty without a matrix.
  std::string name(std::size_t index) const;
  /// Takes as long as to load a file of that size.
  Case load(std::size_t index) const;

 private:
  std::shared_ptr<const ScenarioTemplate> file_;
};

struct CasesResult {
  std::optional<Cases> cases;           ///< present exactly if there are no diagnostics
  std::vector<Diagnostic> diagnostics;  ///< sorted by place, at most about 100
};

struct LoadResult {
  std::optional<world::Scenario> scenario;  ///< present exactly if there are no diagnostics
  std::string case_name;                    ///< of the first case; empty without a matrix
  std::vector<Diagnostic> diagnostics;      ///< sorted by place, at most about 100
};

/// Any bytes are allowed as `text`. Each case is checked: each name that is referred to exists,
/// each limit of scenario.hpp holds, defaults are filled in, and the first actor is the agent.
/// `file_name` is only copied into the diagnostics. What is wrong in several cases is told once;
/// where very much is wrong, not all cases are looked at.
CasesResult load_cases(std::string_view text, std::string_view file_name,
                       const LoadOptions& options = {});

/// The same for who needs one scenario: the first case of the file, all of which are checked.
LoadResult load_scenario(std::string_view text, std::string_view file_name,
                         const LoadOptions& options = {});

}  // namespace luosim::app
