// SPDX-License-Identifier: Apache-2.0
//
// What long work shows while it goes on: one line of a terminal that is written over and over, and
// the clock that its rate and a limit of time need. Nothing that is printed as an answer depends on
// either.
#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string_view>

namespace luosim::app {

class ProgressLine {
 public:
  /// `max_seconds` of zero: no limit.
  ProgressLine(std::uint64_t max_seconds, std::ostream& errors);

  double seconds() const;
  /// Whether the limit of time was reached, or somebody has pressed Ctrl-C.
  bool wants_stop() const;
  bool is_out_of_time() const;
  std::uint64_t max_seconds() const { return max_seconds_; }
  /// Whether it is time for another line; never if nobody sits at a terminal.
  bool is_due() const;
  void show(std::string_view text);
  /// Ends the line, if there is one.
  void end();

 private:
  std::uint64_t max_seconds_;
  std::ostream& errors_;
  bool is_terminal_;
  bool has_shown_ = false;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point shown_;
};

}  // namespace luosim::app
