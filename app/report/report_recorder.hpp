// SPDX-License-Identifier: Apache-2.0
//
// The steps of a story as a report shows them: what was said, who did it, and the state of the
// machine when the row of a program that said it was over: nobody can look at it in between.
// docs/report.md says what each field is.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/report/log_line.hpp"
#include "app/report/report_lanes.hpp"
#include "app/report/report_plan.hpp"
#include "app/report/report_spans.hpp"
#include "app/report/state_deltas.hpp"
#include "model/world/world.hpp"

namespace luosim::app {

class ReportRecorder final : public RunWatcher {
 public:
  /// Both must outlive this.
  ReportRecorder(const world::Blueprint& blueprint, const ReportPlan& plan);

  void look(const sim::Record& record, const world::World& world) override;

  void end(const world::World& world) override;
  void begin_move(const std::string& who, const std::string& what) override;

  /// The step of a record, by its number from 1; of one that is no step, the one before it.
  std::uint32_t step_of(std::uint64_t record) const;
  std::uint32_t steps() const { return static_cast<std::uint32_t>(records_.size()); }
  /// The first step of a move, from 0.
  std::uint32_t step_of_move(std::size_t move) const;

  /// `lanes`, `people`, `kinds`, `steps`, `moves`, `spans`, `arrows`, `stray_writes`, `states` and
  /// `thinned`.
  nlohmann::ordered_json finish() const;

 private:
  void show_state(const world::World& world);
  std::uint32_t number_of(std::vector<std::string>& texts, const std::string& text);
  std::uint32_t kind_of(const sim::Record& record, const RecordName& name);
  std::string message_of(const sim::Record& record, const std::optional<LogLine>& line,
                         const world::World& world) const;
  nlohmann::ordered_json step_json(const sim::Record& record, const RecordName& name,
                                   const std::string& message, std::uint32_t lane);
  nlohmann::ordered_json left_out() const;

  const world::Blueprint& blueprint_;
  bool is_thinned_;
  GuestsTold guests_;
  RecordWords words_;
  ReportLanes lanes_;
  LogWriter log_;
  ReportSpans spans_;
  StepChoice choice_;
  StateDeltas deltas_;
  std::uint64_t number_ = 0;
  std::size_t without_state_ = 0;       // steps of the row that is being run
  std::vector<std::uint64_t> records_;  // numbers of the steps' records
  std::map<sim::RecordKind, std::uint64_t> left_out_;
  std::vector<std::string> people_;  // who takes part in the sequence
  std::vector<std::pair<sim::RecordKind, StepWeight>> kinds_;
  nlohmann::ordered_json steps_ = nlohmann::ordered_json::array();
  nlohmann::ordered_json states_ = nlohmann::ordered_json::array();
  nlohmann::ordered_json stray_writes_ = nlohmann::ordered_json::array();
  nlohmann::ordered_json moves_ = nlohmann::ordered_json::array();
};

}  // namespace luosim::app
