// SPDX-License-Identifier: Apache-2.0
//
// Which records of a run become steps of its report. A report of a million records would be read by
// nobody, so it is drawn in a second run, and the first one only counts: what carries the story is
// kept whatever it costs, and of the rest every so many, fewer the less they tell.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/report/guests_told.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::world {
struct World;
}

namespace luosim::app {

/// Sees each record of a run and the world that wrote it.
class RunWatcher {
 public:
  virtual ~RunWatcher() = default;
  virtual void look(const sim::Record& record, const world::World& world) = 0;
  /// There are no more records; the world is as the last one left it.
  virtual void end(const world::World& /*world*/) {}
  /// A move of an exploration begins with the next record.
  virtual void begin_move(const std::string& /*who*/, const std::string& /*what*/) {}
};

/// How much a record tells, which is also how often it is kept in comparison with the others.
enum class StepWeight : std::uint32_t {
  row = 1,       ///< a row of a program
  detail = 8,    ///< what only the verbose log says
  event = 4096,  ///< a line of the log
  pinned = 0,    ///< always kept
};
StepWeight weight_of(const sim::Record& record);

struct ReportPlan {
  std::uint64_t records = 0;          ///< of the whole run
  std::vector<sim::Record> boots;     ///< for the lanes of kernels
  std::size_t boots_before = 0;       ///< of those, how many before the first record
  std::vector<sim::Symbol> files;     ///< that were preserved, by first time
  std::vector<std::uint64_t> pinned;  ///< numbers of records, from 1, sorted
  GuestsTold guests;
  /// One of so many, by kind and weight; what is not in it is kept.
  std::map<std::pair<sim::RecordKind, StepWeight>, std::uint64_t> every;
};

/// The first run.
class ReportTally final : public RunWatcher {
 public:
  /// Of a story of these guests.
  explicit ReportTally(GuestsTold guests = {}) : guests_(std::move(guests)) {}
  /// Of a story that begins when this image is up.
  explicit ReportTally(sim::Symbol running);

  void look(const sim::Record& record, const world::World& world) override;
  /// `pinned` are numbers of records that are to be kept as well. Where not every guest is told
  /// there are as many steps less, because the state of each step is as large as there are guests.
  ReportPlan plan(std::vector<std::uint64_t> pinned, std::uint64_t most_steps) const;

 private:
  GuestsTold guests_;
  std::uint64_t records_ = 0;
  std::size_t boots_before_ = 0;
  std::vector<sim::Record> boots_;
  std::vector<sim::Symbol> files_;
  std::map<std::pair<sim::RecordKind, StepWeight>, std::uint64_t> counts_;
};

/// The second run asks for each record, in order, whether it is a step.
class StepChoice {
 public:
  explicit StepChoice(const ReportPlan& plan) : plan_(plan) {}
  bool keeps(const sim::Record& record);

 private:
  bool ends_what_was_left_out(const sim::Record& record, bool is_kept);

  const ReportPlan& plan_;
  std::uint64_t number_ = 0;
  std::map<std::pair<sim::RecordKind, StepWeight>, std::uint64_t> seen_;
  // Commands of a device that are in flight, by function and command, and whether they are steps.
  std::map<std::pair<std::uint64_t, std::uint64_t>, bool> commands_;
};

}  // namespace luosim::app
