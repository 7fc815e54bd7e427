// SPDX-License-Identifier: Apache-2.0
//
// Where something is drawn: which process and thread of the trace a record belongs to, and what
// they are called. Kernel generations come first, then user space, then the VMs, then the devices.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/report/record_words.hpp"
#include "model/world/blueprint.hpp"

namespace luosim::app {

/// A row of the picture. Thread numbers are unique in the whole trace.
struct PerfettoLane {
  std::int64_t process = 0;
  std::int64_t thread = 0;
  friend bool operator==(const PerfettoLane&, const PerfettoLane&) = default;
};

/// A lane and what it is called: whose it is, and which of theirs.
struct LaneName {
  PerfettoLane lane;
  std::string group;  ///< the same for all lanes of a process
  std::string name;
};

enum class KernelThread : std::uint8_t { core, luo, kho, faults, drivers };

class PerfettoLanes {
 public:
  /// Looks for the boots of `records`, for each is a process of its own.
  PerfettoLanes(std::span<const sim::Record> records, const world::Blueprint& blueprint,
                const RecordWords& words);

  /// `generation` counts boots from 1; what comes before the first belongs to it as well.
  PerfettoLane kernel(std::size_t generation, KernelThread thread) const;
  PerfettoLane vm(sim::Symbol name) const;
  /// Of a function by name; what is about none is the IOMMU's. Hardware outlives kernels.
  PerfettoLane device(sim::Symbol name) const;
  /// The lane of any record while that generation runs.
  PerfettoLane of(const sim::Record& record, const RecordName& name, std::size_t generation) const;

  /// Every lane, in the order in which they are shown.
  std::vector<LaneName> names() const;
  /// The `M` events that name and sort processes and threads.
  std::vector<nlohmann::ordered_json> metadata() const;

 private:
  std::int64_t user_process() const { return static_cast<std::int64_t>(boots_.size()) + 1; }
  std::int64_t vm_process() const { return user_process() + 1; }
  std::int64_t hardware_process() const { return vm_process() + 1; }

  const world::Blueprint& blueprint_;
  const RecordWords& words_;
  std::vector<sim::Symbol> boots_;              // image of each generation; never empty
  std::map<sim::Symbol, std::size_t> actors_;   // place in the cast, by name
  std::map<sim::Symbol, std::size_t> vms_;      // also by the name of its memory
  std::map<sim::Symbol, std::size_t> devices_;  // function, by name
};

}  // namespace luosim::app
