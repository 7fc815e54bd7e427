// SPDX-License-Identifier: Apache-2.0
//
// Where commands come from: a file or a pipe, line by line, or a person at a terminal who edits
// them.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace luosim::app {

class Lines {
 public:
  virtual ~Lines() = default;
  /// The next line without its end; nothing behind the last one.
  virtual std::optional<std::string> next(const std::string& prompt) = 0;
  /// Whether a mistake can be made good by the next line.
  virtual bool is_person() const = 0;
};

/// All that could stand in the place of the last word of a line, in order.
using Completer = std::function<std::vector<std::string>(std::string_view line)>;

/// Writes prompt and line to `output`, so that the output can be read by itself.
std::unique_ptr<Lines> plain_lines(std::istream& input, std::ostream& output);
/// Standard input and output are a terminal: line editing, history, and completion by the tab key.
std::unique_ptr<Lines> edited_lines(Completer completer);
/// Whether they are.
bool is_at_terminal();

}  // namespace luosim::app
