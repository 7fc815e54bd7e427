// SPDX-License-Identifier: Apache-2.0
//
// Runs one step of one task. Which task comes next is decided elsewhere: by time in a run, by the
// explorer in a check.
#pragma once

#include "sim/core/context.hpp"

namespace luosim::sim {

class Engine {
 public:
  /// Runs the step that `context.task` stands at and moves the task on. O(depth of calls) at most,
  /// O(1) plus the cost of the step itself as a rule.
  static void run_step(Context& context);

 private:
  static void go_to(Context& context, std::uint16_t row, Duration after);
  static void enter(Context& context, const Outcome& outcome, std::uint16_t then);
  static void leave(Context& context, std::int64_t status, Duration after);
  static void wait(Context& context, const Outcome& outcome, const Programs::Row& row);
};

}  // namespace luosim::sim
