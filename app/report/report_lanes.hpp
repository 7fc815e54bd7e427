// SPDX-License-Identifier: Apache-2.0
//
// The lanes of a report's timeline: those of the trace for Perfetto, which say who acts, one for
// the phases of each kernel, and one for each file, which outlives kernels.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/report/perfetto_lanes.hpp"

namespace luosim::app {

struct ReportLane {
  std::string group;
  std::string name;
};

class ReportLanes {
 public:
  /// `boots` are the records of boots, `files` the names of files that ever were preserved;
  /// `blueprint` and `words` must outlive this.
  ReportLanes(std::span<const sim::Record> boots, std::span<const sim::Symbol> files,
              const world::Blueprint& blueprint, const RecordWords& words);

  /// From the top down.
  const std::vector<ReportLane>& lanes() const { return lanes_; }

  /// Who acts while that generation runs; `task` is the name of the task that wrote the record.
  std::uint32_t of(const sim::Record& record, const RecordName& name, sim::Symbol task,
                   std::size_t generation) const;
  std::uint32_t phases(std::size_t generation) const;
  std::uint32_t kernel(std::size_t generation) const;
  std::uint32_t vm(sim::Symbol name) const;
  std::uint32_t device(sim::Symbol name) const;
  /// Nothing if that is no file that was preserved.
  std::optional<std::uint32_t> file(sim::Symbol name) const;

 private:
  std::uint32_t place_of(PerfettoLane lane) const;
  std::uint32_t of_row(const sim::Record& record, sim::Symbol task, std::size_t generation) const;
  void add_group(const std::vector<LaneName>& names, std::string_view group);

  const RecordWords& words_;
  PerfettoLanes who_;
  std::vector<ReportLane> lanes_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::uint32_t> places_;  // process, thread
  std::vector<std::uint32_t> phases_;                                      // by generation
  std::map<sim::Symbol, std::uint32_t> files_;
};

}  // namespace luosim::app
