// SPDX-License-Identifier: Apache-2.0
//
// Looks at a search while it works: stops it at a limit of time or memory or when somebody presses
// Ctrl-C, and shows on a terminal how far it is.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>

#include "sim/explore/result.hpp"

namespace luosim::app {

class CheckWatch {
 public:
  /// Zero: no limit.
  CheckWatch(std::uint64_t max_seconds, std::uint64_t max_memory_mib, std::ostream& errors);

  /// Whether the search has to stop.
  bool look(const sim::explore::Progress& progress);
  double seconds() const;
  /// Ends the line of progress, if there is one.
  void finish();

 private:
  void show(const sim::explore::Progress& progress);

  std::uint64_t max_seconds_;
  std::uint64_t max_memory_mib_;
  std::ostream& errors_;
  bool is_terminal_;
  bool has_shown_ = false;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point shown_;
};

}  // namespace luosim::app
