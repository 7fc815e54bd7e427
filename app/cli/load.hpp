// SPDX-License-Identifier: Apache-2.0
//
// From the name of a scenario file to what runs it.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/scenario/loader.hpp"
#include "model/world/build.hpp"
#include "model/world/scenario.hpp"

namespace luosim::app {

struct Loaded {
  world::Scenario scenario;
  world::Built built;
};

/// Reads, checks and builds; of a file with a matrix the first case. `settings` are `key=value`
/// overrides, keys as paths such as `vms.vm0.memory`. Nothing, and diagnostics on `errors`, if
/// anything is wrong.
std::optional<Loaded> load(const std::string& file_name, const std::vector<std::string>& settings,
                           std::ostream& errors);

/// The same for what stands in a file already read; any bytes are allowed.
std::optional<Loaded> load_text(std::string_view text, const std::string& file_name,
                                const std::vector<std::string>& settings, std::ostream& errors);

/// All cases of a file that was read and checked. Each is built when it is asked for.
class LoadedCases {
 public:
  LoadedCases(std::string file_name, std::string text, std::vector<std::string> settings,
              Cases cases)
      : file_name_(std::move(file_name)),
        text_(std::move(text)),
        settings_(std::move(settings)),
        cases_(std::move(cases)) {}

  const std::string& text() const { return text_; }
  /// At least one.
  std::size_t count() const { return cases_.count(); }
  /// Parameters and their values in case `index`; none in a file without a matrix.
  CaseValues values(std::size_t index) const { return cases_.values(index); }
  /// `position=3, callback=freeze`.
  std::string name(std::size_t index) const { return cases_.name(index); }
  /// Nothing, and diagnostics on `errors`, if the case is something that only building finds wrong.
  std::optional<Loaded> load(std::size_t index, std::ostream& errors) const;
  /// For who needs one: that of this number, counted from 1; 0: the only one. Nothing, and the
  /// reason on `errors`, if there is no such case, or several and none was named.
  std::optional<Loaded> load_one(std::size_t number, std::ostream& errors) const;

 private:
  std::string file_name_;
  std::string text_;
  std::vector<std::string> settings_;
  Cases cases_;
};

/// Reads and checks every case. Nothing, and diagnostics on `errors`, if anything is wrong.
std::optional<LoadedCases> load_all(const std::string& file_name,
                                    const std::vector<std::string>& settings, std::ostream& errors);

}  // namespace luosim::app
