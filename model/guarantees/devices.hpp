// SPDX-License-Identifier: Apache-2.0
//
// Devices as guarantees speak of them: by the names of the scenario, and by whose they are. Whose a
// function is, is the scenario's to say and changes with no kernel.
#pragma once

#include <optional>
#include <string>

#include "model/device/dma.hpp"
#include "model/device/pcie/fabric.hpp"
#include "model/guarantees/machine.hpp"

namespace luosim::guarantees {

/// A machine without devices has nothing to hide: what is about devices looks no further.
inline bool has_devices(const Machine& machine) {
  return !machine.devices.pcie.functions.empty();
}

/// The function that a record of a device is about.
inline device::FunctionId function_of(const sim::Record& record) {
  return {static_cast<std::uint32_t>(record.values[0])};
}

/// What became of the access of a DeviceRecord::dma, what for, and which way.
inline device::DmaResult result_of(const sim::Record& record) {
  return static_cast<device::DmaResult>(record.values[0] >> 48);
}
inline device::DmaPurpose purpose_of(const sim::Record& record) {
  return static_cast<device::DmaPurpose>(record.values[0] >> 32 & 0xFF);
}
inline device::DmaDirection direction_of(const sim::Record& record) {
  return static_cast<device::DmaDirection>(record.values[0] >> 40 & 0xFF);
}
/// Whether it landed in memory: a message has an address and no page.
inline bool landed_in_memory(const sim::Record& record) {
  return result_of(record) == device::DmaResult::landed &&
         !device::is_message_address(record.values[2]);
}

inline bool is_bridge(const Machine& machine, device::FunctionId function) {
  return device::pcie::is_bridge(machine.devices.pcie[function].kind);
}

/// The guest that drives a function. O(VMs).
std::optional<std::uint32_t> vm_with(const Machine& machine, device::FunctionId function);
/// The guest of a record that names one as its subject. O(VMs).
std::optional<std::uint32_t> vm_of(const Machine& machine, const sim::Record& record);
/// The function that a guest knows by the name of its file, which is the scenario's. O(functions).
std::optional<device::FunctionId> function_called(const Machine& machine, sim::Symbol name);

/// The function whose requests carry an address now. O(functions).
std::optional<device::FunctionId> function_with(const Machine& machine, device::Bdf requester);

/// `disk0 of vm0`, `disk1`.
std::string name_of(const Machine& machine, device::FunctionId function);
/// `01:00.0`.
std::string text_of(device::Bdf bdf);
/// `nobody`, `the kernel`, `memfd 3`: who has a page.
std::string owner_text(memory::OwnerTag owner, std::uint32_t number);

}  // namespace luosim::guarantees
