// SPDX-License-Identifier: Apache-2.0
//
// Hardware without a kernel, for tests of devices: memory, a fabric that a test puts together, and
// the schedule. A test plays the driver: it writes registers and memory, and lets time pass.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/device/context.hpp"
#include "model/device/devices.hpp"
#include "sim/choice/choice.hpp"
#include "sim/core/engine.hpp"

namespace luosim::device {

/// A task of the kernel that a test listens with: counts its calls by vector.
class DeviceWorld {
 public:
  static constexpr std::uint64_t kPages = 1ULL << 16;  // 256 MiB

  sim::Schedule schedule;
  sim::Faults faults;
  sim::Names names;
  memory::PhysicalMemory memory{kPages};
  State devices;
  timing::Durations timing;
  sim::RecordedTrace trace;
  sim::ScriptedChoice choice;
  sim::Programs programs;

  /// `more` are programs of the test, such as one for irq::kInterruptEntry.
  explicit DeviceWorld(std::vector<const sim::Program*> more = {}) : programs(all(more)) {}
  DeviceWorld(const DeviceWorld&) = delete;
  DeviceWorld& operator=(const DeviceWorld&) = delete;

  Context context(sim::TaskId task = {}) {
    return {{schedule, programs, names, choice, faults, trace, task}, memory, devices, timing};
  }

  /// Adds a function below `parent`, up and running: it may send and answers on its BARs. Bridges
  /// get the next free bus number.
  FunctionId add(std::string_view name, pcie::FunctionKind kind, FunctionId parent = kNoFunction,
                 std::uint8_t devfn = 0, std::uint16_t msix_entries = 0) {
    pcie::Function function;
    function.name = names.intern(name);
    function.serial = static_cast<std::uint32_t>(devices.pcie.functions.size()) + 1000;
    function.kind = kind;
    function.parent = parent;
    function.devfn = devfn;
    function.command = pcie::kMemoryEnable | pcie::kBusMaster;
    function.msix_entries = msix_entries;
    function.first_msix_entry = static_cast<std::uint32_t>(devices.pcie.msix.size());
    devices.pcie.msix.resize(devices.pcie.msix.size() + msix_entries);
    devices.pcie.pending.resize(devices.pcie.msix.size());
    if (pcie::is_bridge(kind)) {
      function.primary = parent == kNoFunction ? 0 : devices.pcie[parent].secondary;
      function.secondary = ++buses_;
      function.subordinate = buses_;
      for (FunctionId above = parent; above != kNoFunction; above = devices.pcie[above].parent)
        devices.pcie[above].subordinate = buses_;
    }
    devices.pcie.functions.push_back(function);
    return {static_cast<std::uint32_t>(devices.pcie.functions.size() - 1)};
  }

  /// Runs what is pending until nothing is, or until `limit` has passed.
  void run(sim::Duration limit = sim::seconds(100)) {
    const sim::SimTime end = schedule.now() + limit;
    while (!schedule.is_idle() && schedule.next_time() <= end) {
      Context step = context(schedule.take_next());
      sim::Engine::run_step(step);
    }
  }

  std::vector<sim::Record> records(sim::RecordKind kind) const {
    std::vector<sim::Record> found;
    for (const sim::Record& record : trace.records())
      if (record.kind == kind) found.push_back(record);
    return found;
  }

 private:
  static std::vector<const sim::Program*> all(std::vector<const sim::Program*> more) {
    for (const sim::Program* program : device::programs()) more.push_back(program);
    return more;
  }

  std::uint8_t buses_ = 0;
};

}  // namespace luosim::device
