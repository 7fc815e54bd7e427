// SPDX-License-Identifier: Apache-2.0
//
// Looks at a search while it works: stops it at a limit of time or memory or when somebody presses
// Ctrl-C, and shows on a terminal how far it is.
#pragma once

#include <cstdint>
#include <string>

#include "app/cli/progress_line.hpp"
#include "sim/explore/result.hpp"

namespace luosim::app {

class CheckWatch {
 public:
  /// Zero: no limit.
  CheckWatch(std::uint64_t max_seconds, std::uint64_t max_memory_mib, std::ostream& errors)
      : line_(max_seconds, errors), max_memory_mib_(max_memory_mib) {}

  /// Whether the search has to stop.
  bool look(const sim::explore::Progress& progress);
  double seconds() const { return line_.seconds(); }
  /// Why the search was stopped, in words.
  std::string reason() const;
  /// Of this process up to now, in bytes; 0 where the system does not tell.
  static std::uint64_t most_memory();
  /// Ends the line of progress, if there is one.
  void finish() { line_.end(); }

 private:
  ProgressLine line_;
  std::uint64_t max_memory_mib_;
};

}  // namespace luosim::app
