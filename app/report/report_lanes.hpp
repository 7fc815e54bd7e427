// SPDX-License-Identifier: Apache-2.0
//
// The lanes of a report's timeline: those of the trace for Perfetto, which say who acts, some for
// the vCPUs of each guest, one for the phases of each kernel, and one for each file, which outlives
// kernels.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/report/perfetto_lanes.hpp"
#include "app/report/report_vcpus.hpp"

namespace luosim::app {

struct ReportLane {
  std::string group;
  std::string name;
  /// The rest is of vCPUs: the lane of their guest, and how many there are.
  std::optional<std::uint32_t> vm = std::nullopt;
  std::uint32_t vcpus = 0;
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
  /// The guests that there may be.
  std::span<const userspace::VmPlan> vms() const { return blueprint_.cast.vms; }
  /// Of all vCPUs of a guest, from the first; the first serves its devices.
  std::span<const std::uint32_t> vcpus(sim::Symbol vm) const;
  std::uint32_t device(sim::Symbol name) const;
  /// Nothing if that is no file that was preserved.
  std::optional<std::uint32_t> file(sim::Symbol name) const;

 private:
  std::uint32_t place_of(PerfettoLane lane) const;
  std::uint32_t of_row(const sim::Record& record, sim::Symbol task, std::size_t generation) const;
  std::uint32_t of_guest(sim::Symbol vm_name, GuestPart part) const;
  void add_group(const std::vector<LaneName>& names, std::string_view group);
  void add_vms(const std::vector<LaneName>& names);

  const world::Blueprint& blueprint_;
  const RecordWords& words_;
  PerfettoLanes who_;
  std::vector<ReportLane> lanes_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::uint32_t> places_;  // process, thread
  std::vector<std::uint32_t> phases_;                                      // by generation
  std::map<sim::Symbol, std::vector<std::uint32_t>> vcpus_;                // by VM
  std::map<sim::Symbol, std::uint32_t> files_;
};

}  // namespace luosim::app
