// SPDX-License-Identifier: Apache-2.0
//
// What can be said to a session: a table of commands, one line each, and what they answer.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "app/step/session.hpp"

namespace luosim::app {

/// What commands work on.
struct Console {
  Session& session;
  std::ostream& output;
  /// Writes the way to here as a scenario; the message if it does not work, else what was done.
  std::function<std::optional<std::string>(const Session&, const std::string& file)> save;
  bool wants_quit = false;
  bool was_interrupted = false;
};

/// What is wrong with a command; nothing if it did what it was told.
using Complaint = std::optional<std::string>;

struct StepCommand {
  std::string_view name;
  std::string_view arguments;  ///< `[N]`
  std::string_view about;
  std::size_t least = 0;  ///< arguments
  std::size_t most = 0;
  Complaint (*run)(Console& console, const std::string& argument);
};
std::span<const StepCommand> step_commands();

/// Does what a line says. Empty lines, and what is behind a `#`, say nothing. Commands may be
/// abbreviated as long as no other one begins so.
Complaint do_line(Console& console, std::string_view line);

/// What may stand in the place of the last word of a line.
std::vector<std::string> completions(const Session& session, std::string_view line);

/// `[12] 0.002270 prepared> `, or without time where there is none.
std::string prompt_of(const Session& session);

// The commands, by file.
Complaint do_next(Console& console, const std::string& argument);
Complaint do_back(Console& console, const std::string& argument);
Complaint do_goto(Console& console, const std::string& argument);
Complaint do_until(Console& console, const std::string& argument);
Complaint do_choices(Console& console, const std::string& argument);
Complaint do_take(Console& console, const std::string& argument);
Complaint do_where(Console& console, const std::string& argument);
Complaint do_show(Console& console, const std::string& argument);
Complaint do_changes(Console& console, const std::string& argument);
Complaint do_diff(Console& console, const std::string& argument);
Complaint do_path(Console& console, const std::string& argument);
Complaint do_log(Console& console, const std::string& argument);

/// A whole number, or the message.
tl::expected<std::size_t, std::string> read_number(std::string_view text, std::size_t least,
                                                   std::size_t most);

}  // namespace luosim::app
