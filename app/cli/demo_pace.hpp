// SPDX-License-Identifier: Apache-2.0
//
// How long a demonstration waits, so that a person can read along: a log line as long after the one
// before as simulated time says, within bounds, and a remark as long as it takes to read. Enter
// goes on at once. What is shown never depends on it.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace luosim::app {

/// The simulated time at the beginning of a log line; nothing if it has none.
std::optional<std::chrono::microseconds> time_of_log_line(std::string_view line);

/// For a line whose time is so much later than the last one's.
std::chrono::milliseconds pause_before_line(std::chrono::microseconds simulated);
/// For somebody who reads at an ordinary speed.
std::chrono::milliseconds pause_after_remark(std::string_view text);

class Pacer {
 public:
  /// `pace` 2 is twice as fast. Waits only if somebody watches at a terminal and has not said
  /// otherwise.
  Pacer(bool waits, double pace) : waits_(waits), pace_(pace) {}

  void before_log_line(std::string_view line);
  void after_remark(std::string_view text);

 private:
  void wait(std::chrono::milliseconds pause) const;

  bool waits_;
  double pace_;
  std::chrono::microseconds last_{};
};

/// Whether standard output is a terminal.
bool is_watched();

}  // namespace luosim::app
