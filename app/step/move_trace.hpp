// SPDX-License-Identifier: Apache-2.0
//
// What happens while a move is taken: lines of the log, which rows ran, and which phases were
// entered.
#pragma once

#include <string>
#include <vector>

#include "app/report/log_line.hpp"
#include "app/step/walk.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::app {

class MoveTrace final : public sim::Trace {
 public:
  /// The writer goes on.
  MoveTrace(LogWriter& writer, bool with_time) : writer_(writer), with_time_(with_time) {}

  void write(const sim::Record& record) override;

  /// Moves what was seen into the story of the move.
  void give_to(Happened& happened);

 private:
  void note_step(const sim::Record& record);
  void note_phase(const sim::Record& record);

  LogWriter& writer_;
  bool with_time_;
  std::vector<std::string> lines_;
  std::vector<RowTaken> rows_;
  std::vector<luo::v2::Phase> phases_;
};

}  // namespace luosim::app
