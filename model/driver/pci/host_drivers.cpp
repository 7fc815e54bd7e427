// SPDX-License-Identifier: Apache-2.0
//
// The drivers of the host: which functions each takes, and those that are a few register writes.
// vfio_pci does nothing when it is bound or when the machine shuts down: what happens to its device
// is for who opens it to say, unless it is taken away under an open file.
#include "model/device/nic/port.hpp"
#include "model/device/pcie/fabric.hpp"
#include "model/driver/nvme/programs.hpp"
#include "model/driver/pci/programs.hpp"
#include "model/driver/state.hpp"

namespace luosim::driver::pci {

namespace {

using sim::Outcome;

device::FunctionId function_of(Context& context) {
  return {static_cast<std::uint32_t>(context.frame().values[0])};
}

// A bridge forwards requests from below from now on.
Outcome switch_forwarding_on(Context& context) {
  enable(context, function_of(context));
  set_bus_master(context, function_of(context), true);
  return sim::done(context.timing.of(timing::Cost::pcie_configuration));
}

Outcome switch_function_on(Context& context) {
  enable(context, function_of(context));
  return sim::done(context.timing.of(timing::Cost::pcie_configuration));
}

Outcome stop_receiving(Context& context) {
  device::nic::write_register(context, function_of(context), device::nic::kControl, 0);
  return sim::done(context.timing.of(timing::Cost::pcie_configuration));
}

constexpr sim::Step kPortProbeSteps[] = {
    {"forward what comes from below", sim::step<switch_forwarding_on>}};
constexpr sim::Step kNicProbeSteps[] = {
    {"switch the function on", sim::step<switch_function_on>},
    {"stop what it was receiving", sim::step<stop_receiving>},
};
constexpr sim::Step kNicStopSteps[] = {{"stop what it is receiving", sim::step<stop_receiving>}};

}  // namespace

const sim::Program kPortProbeProgram{"port.probe", "the driver of bridges takes one",
                                     kPortProbeSteps};
const sim::Program kNicProbeProgram{
    "nic.probe", "the host's network driver takes a port, whatever it was doing", kNicProbeSteps};
const sim::Program kNicStopProgram{"nic.stop", "the host's network driver lets a port go",
                                   kNicStopSteps};

DriverCalls calls_of(Driver driver) {
  switch (driver) {
    case Driver::port:
      return {.probe = kPortProbeProgram.id()};
    case Driver::nvme:
      return {.probe = nvme::kProbe, .remove = nvme::kRemove, .shut_down = nvme::kShutDown};
    case Driver::nic:
      return {.probe = kNicProbeProgram.id(),
              .remove = kNicStopProgram.id(),
              .shut_down = kNicStopProgram.id()};
    case Driver::vfio_pci:
      return {.remove = kVfioRemove};
    case Driver::none:
      break;
  }
  return {};
}

bool fits(const Context& context, Driver driver, const Device& device) {
  switch (driver) {
    case Driver::port:
      return is_bridge(context, device);
    case Driver::vfio_pci:
      return !is_bridge(context, device);
    case Driver::nvme:
      return device::controller_of(context.devices, device.function) != nullptr;
    case Driver::nic:
      return device::port_of(context.devices, device.function) != nullptr;
    case Driver::none:
      break;
  }
  return false;
}

}  // namespace luosim::driver::pci
