// SPDX-License-Identifier: Apache-2.0
//
// Stories with devices, for tests of guarantees: a host with a disk and a port of the network that
// two guests drive, and the calls of an update in the order that works. Everything that an update
// needs is there; a test takes something away, or makes something go wrong.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/device/devices.hpp"
#include "model/device/pcie/fabric.hpp"
#include "model/driver/knobs.hpp"
#include "model/world/device_build.hpp"
#include "tests/unit/model/guarantee_world.hpp"

namespace luosim::world {

inline void add_typed_subsystem(Scenario& scenario, std::string type) {
  SubsystemSpec& spec = scenario.subsystems.emplace_back();
  spec.name = type;
  spec.type = std::move(type);
}

inline DeviceSpec& add_device(Scenario& scenario, std::string name,
                              DeviceSpec::Type type = DeviceSpec::Type::nvme) {
  DeviceSpec& spec = scenario.devices.emplace_back();
  spec.name = std::move(name);
  spec.type = type;
  return spec;
}

inline VmSpec& add_guest(Scenario& scenario, std::string name, std::vector<std::string> devices) {
  VmSpec& spec = scenario.vms.emplace_back();
  spec.name = std::move(name);
  spec.memory_bytes = 128 * kMiB;
  spec.devices = std::move(devices);
  spec.workload.queue_depth = 4;
  spec.workload.blocks = 32;
  spec.workload.timeout = sim::seconds(5);
  return spec;
}

/// What takes part in an update of guests with devices: participants, but no device yet.
inline Scenario host_with_participants(std::vector<ScriptEntry> script) {
  Scenario scenario = bare_scenario();
  add_typed_subsystem(scenario, "pci");
  add_typed_subsystem(scenario, "iommu");
  add_handler(scenario, "memfd-v1", "memfd");
  add_handler(scenario, "iommufd-v1", "iommufd");
  add_handler(scenario, "vfio-pci-v1", "vfio");
  add_handler(scenario, "kvm-v1", "kvm");
  add_actor(scenario, "agent", std::move(script));
  return scenario;
}

/// One guest `vm0` with a disk `disk0` behind a port `disk0.port`.
inline Scenario disk_story(std::vector<ScriptEntry> script) {
  Scenario scenario = host_with_participants(std::move(script));
  add_device(scenario, "disk0");
  add_guest(scenario, "vm0", {"disk0"});
  return scenario;
}

/// The same with a port of the network `nic0` besides, on which a frame comes in every 10 ms: its
/// ring lasts until the next kernel boots.
inline Scenario nic_story(std::vector<ScriptEntry> script) {
  Scenario scenario = host_with_participants(std::move(script));
  add_device(scenario, "disk0");
  add_device(scenario, "nic0", DeviceSpec::Type::nic).frame_every = sim::milliseconds(40);
  add_guest(scenario, "vm0", {"disk0", "nic0"});
  return scenario;
}

using Script = std::vector<ScriptEntry>;

/// Files of the guest `vm0` with such devices, memory first.
inline std::vector<std::string> files_of_vm0(std::vector<std::string> devices = {"disk0"}) {
  std::vector<std::string> files = {"vm0.memory", "vm0.iommu"};
  files.insert(files.end(), devices.begin(), devices.end());
  return files;
}

/// The guest runs for a while: long enough to set its devices up, and to have work under way.
inline ScriptEntry working() {
  return sleeping(100'000'000);
}
/// Guests never leave nothing pending: goes on for so long.
inline void go_on_for(WatchedMachine& watched, sim::Duration duration) {
  const sim::SimTime end = watched.world().schedule.now() + duration;
  watched.go_on_until([&] { return watched.world().schedule.now() >= end; });
}
/// From power-on until the guests have work under way.
inline void run_until_guests_work(WatchedMachine& watched) {
  watched.start();
  go_on_for(watched, sim::milliseconds(100));
}
/// The function of a name.
inline device::FunctionId function(const WatchedMachine& watched, const std::string& name) {
  return function_named(watched.machine.blueprint, name);
}

inline Script until_prepared(std::vector<std::string> devices = {"disk0"}) {
  return {working(), entry(Verb::preserve, files_of_vm0(std::move(devices))), entry(Verb::prepare),
          working()};
}
inline Script until_jumped(std::vector<std::string> devices = {"disk0"}) {
  Script script = until_prepared(std::move(devices));
  script.push_back(entry(Verb::pause, {"vm0"}));
  script.push_back(entry(Verb::reboot, {"kexec"}));
  return script;
}
inline Script until_resumed(std::vector<std::string> devices = {"disk0"}) {
  Script script = until_jumped(devices);
  script.push_back(entry(Verb::restore, files_of_vm0(std::move(devices))));
  script.push_back(entry(Verb::resume, {"vm0"}));
  script.push_back(working());
  return script;
}
inline Script whole_update(std::vector<std::string> devices = {"disk0"}) {
  Script script = until_resumed(std::move(devices));
  script.push_back(entry(Verb::finish));
  script.push_back(working());
  return script;
}
inline Script followed_by(Script script, Script more) {
  script.insert(script.end(), more.begin(), more.end());
  return script;
}

}  // namespace luosim::world
