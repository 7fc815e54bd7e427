// SPDX-License-Identifier: Apache-2.0
#include "model/driver/pci/device.hpp"

#include <algorithm>

#include "model/device/pcie/fabric.hpp"
#include "model/driver/state.hpp"

namespace luosim::driver::pci {

namespace {

namespace pcie = device::pcie;

template <class Devices>
auto device_at(Devices& devices, device::Bdf bdf) -> decltype(devices.data()) {
  const auto place =
      std::lower_bound(devices.begin(), devices.end(), bdf,
                       [](const Device& device, device::Bdf value) { return device.bdf < value; });
  return place != devices.end() && place->bdf == bdf ? &*place : nullptr;
}

template <class Devices>
auto device_of(Devices& devices, device::FunctionId function) -> decltype(devices.data()) {
  for (auto& device : devices)
    if (device.function == function) return &device;
  return nullptr;
}

void set_command_bits(Context& context, device::FunctionId function, std::uint16_t bits) {
  const std::uint16_t command = context.devices.pcie[function].command;
  pcie::write_command(context, function, static_cast<std::uint16_t>(command | bits));
}

}  // namespace

std::string_view word_of(Driver driver) {
  constexpr std::string_view kWords[kDrivers] = {"none", "port", "vfio-pci", "nvme", "nic"};
  return kWords[static_cast<std::size_t>(driver)];
}

void State::add_to(sim::Hasher& hasher) const {
  hasher.add_sequence(devices);
  hasher.add_sequence(handed_over);
  hasher.add(record);
  hasher.add(incoming_record);
}

Device* find(State& state, device::Bdf bdf) {
  return device_at(state.devices, bdf);
}
const Device* find(const State& state, device::Bdf bdf) {
  return device_at(state.devices, bdf);
}
Device* find(State& state, device::FunctionId function) {
  return device_of(state.devices, function);
}
const Device* find(const State& state, device::FunctionId function) {
  return device_of(state.devices, function);
}

bool is_bridge(const Context& context, const Device& device) {
  return pcie::is_bridge(context.devices.pcie[device.function].kind);
}

void enable(Context& context, device::FunctionId function) {
  for (const device::FunctionId bridge : pcie::path_of(context.devices.pcie, function))
    set_command_bits(context, bridge, pcie::kMemoryEnable | pcie::kBusMaster);
  set_command_bits(context, function, pcie::kMemoryEnable);
}

void set_bus_master(Context& context, device::FunctionId function, bool may_send) {
  const std::uint16_t command = context.devices.pcie[function].command;
  const int changed = may_send ? command | pcie::kBusMaster : command & ~pcie::kBusMaster;
  pcie::write_command(context, function, static_cast<std::uint16_t>(changed));
}

}  // namespace luosim::driver::pci
