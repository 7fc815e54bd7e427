// SPDX-License-Identifier: Apache-2.0
//
// What happens while a move is taken: lines of the log, who ran how many steps, and which rows.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/report/log_line.hpp"
#include "app/step/walk.hpp"
#include "sim/core/schedule.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::app {

class MoveTrace final : public sim::Trace {
 public:
  /// `schedule` is that of the world in which the move is taken; the writer goes on.
  MoveTrace(const world::Blueprint& blueprint, const sim::Schedule& schedule, LogWriter& writer,
            bool with_time)
      : blueprint_(blueprint), schedule_(schedule), writer_(writer), with_time_(with_time) {}

  void write(const sim::Record& record) override;

  /// Moves what was seen into the story of the move.
  void give_to(Happened& happened);

 private:
  void note_step(const sim::Record& record);

  const world::Blueprint& blueprint_;
  const sim::Schedule& schedule_;
  LogWriter& writer_;
  bool with_time_;
  std::vector<std::string> lines_;
  std::vector<std::pair<std::string, std::uint32_t>> order_;
  std::vector<RowTaken> rows_;
};

}  // namespace luosim::app
