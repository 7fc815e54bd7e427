// SPDX-License-Identifier: Apache-2.0
//
// Binding drivers to functions, at boot by a table and later through sysfs. Nothing here asks
// whether a function is preserved: a driver of the host that is bound to one that a guest uses
// takes it (devices.md, C.5 and G.2 row 32), unless the IOMMU says that its DMA is somebody else's.
// That is asked before the driver sees the function, for the first that it does is to stop it.
#include <algorithm>

#include "model/device/pcie/fabric.hpp"
#include "model/driver/pci/fault_sites.hpp"
#include "model/driver/pci/programs.hpp"
#include "model/driver/record.hpp"
#include "model/driver/state.hpp"
#include "model/kernel/errno.hpp"

namespace luosim::driver::pci {

namespace {

using device::FunctionId;
using sim::Outcome;

FunctionId function_of(Context& context) {
  return {static_cast<std::uint32_t>(context.frame().values[0])};
}

Driver asked_for(Context& context) {
  return static_cast<Driver>(context.frame().values[1]);
}

Device& device_of(Context& context) {
  return *find(context.drivers.pci, function_of(context));
}

bool is_there(Context& context) {
  const std::uint64_t function = context.frame().values[0];
  return function < context.devices.pcie.functions.size() &&
         find(context.drivers.pci, function_of(context)) != nullptr;
}

// Its present driver is kept while files use it.
std::int64_t check_unbinding(Context& context, const Device& device) {
  if (device.driver == Driver::none) return -kernel::kENODEV;
  const std::string_view name = context.names.text(context.name_of(device.function));
  const bool is_kept = device.users > 0 && !context.fault(kUnbindBusySite, name);
  return is_kept ? -kernel::kEBUSY : 0;
}

// Who has no driver yet has no domain by one: whatever it translates by was made by user space, in
// this kernel or before it (devices.md, D.6 and G.3 row 65).
bool is_claimed(Context& context, const Device& device) {
  if (iommu::attachment_of(context.drivers.iommu, device.bdf) == nullptr) return false;
  return !context.fault(kBindClaimedSite, context.names.text(context.name_of(device.function)));
}

std::int64_t check_binding(Context& context, const Device& device) {
  const bool is_present = context.devices.pcie[device.function].is_present != 0;
  if (!is_present || context.frame().values[1] >= kDrivers) return -kernel::kENODEV;
  if (device.driver != Driver::none) return -kernel::kEBUSY;
  if (!fits(context, asked_for(context), device)) return -kernel::kENODEV;
  // Who only forwards, or leaves DMA to user space, does none by itself.
  const bool uses_dma = asked_for(context) == Driver::nvme || asked_for(context) == Driver::nic;
  return uses_dma && is_claimed(context, device) ? -kernel::kEBUSY : 0;
}

Outcome call_driver(Context& context, sim::ProgramId program) {
  if (program == sim::ProgramId{} || !context.programs.contains(program)) return sim::done();
  return sim::call(program, {.values = {function_of(context).index, 0, 0, 0}});
}

Outcome check(Context& context) {
  if (!is_there(context)) return sim::fail(-kernel::kENODEV);
  const Device& device = device_of(context);
  const bool unbinds = asked_for(context) == Driver::none;
  const std::int64_t error =
      unbinds ? check_unbinding(context, device) : check_binding(context, device);
  if (error != 0) return sim::fail(error);
  return unbinds ? sim::end() : sim::done();
}

Outcome let_it_probe(Context& context) {
  return call_driver(context, calls_of(asked_for(context)).probe);
}

void bind(Context& context, Driver driver) {
  Device& device = device_of(context);
  context.record({.kind = DriverRecord::driver_bound,
                  .subject = context.name_of(device.function),
                  .values = {device.function.index, static_cast<std::uint64_t>(device.driver),
                             static_cast<std::uint64_t>(driver), 0}});
  device.driver = driver;
}

Outcome note_that_it_is_bound(Context& context) {
  const std::int64_t result = context.frame().result;
  if (result < 0) {
    context.record(
        {.kind = DriverRecord::probe_failed,
         .subject = context.name_of(function_of(context)),
         .values = {function_of(context).index, static_cast<std::uint64_t>(asked_for(context)),
                    static_cast<std::uint64_t>(result), 0}});
    return sim::fail(result);
  }
  bind(context, asked_for(context));
  return sim::done(context.timing.of(timing::Cost::callback));
}

Outcome let_it_go(Context& context) {
  return call_driver(context, calls_of(device_of(context).driver).remove);
}

Outcome note_that_it_is_unbound(Context& context) {
  bind(context, Driver::none);
  return sim::done(context.timing.of(timing::Cost::callback));
}

// Bridges have a driver that every kernel has; for the others the image says it.
Driver driver_at_boot(const Context& context, const Device& device) {
  if (is_bridge(context, device)) return Driver::port;
  const auto binding =
      std::find_if(context.bindings.begin(), context.bindings.end(),
                   [&](const Binding& candidate) { return candidate.function == device.function; });
  return binding == context.bindings.end() ? Driver::none : binding->driver;
}

// frame.local[0] counts the devices. What a driver answers is recorded and stops nobody.
Outcome bind_the_next(Context& context) {
  const std::vector<Device>& devices = context.drivers.pci.devices;
  for (std::uint64_t& next = context.frame().local[0]; next < devices.size();) {
    const Device& device = devices[next++];
    const Driver driver = driver_at_boot(context, device);
    if (driver == Driver::none) continue;
    return sim::call(kBind,
                     {.values = {device.function.index, static_cast<std::uint64_t>(driver), 0, 0}});
  }
  return sim::end();
}

constexpr std::string_view kLetGo = "let the driver go";
constexpr std::string_view kBindNext = "bind the next device";

constexpr sim::Step kBindSteps[] = {
    {"check that it can be bound or unbound", sim::step<check>, {.on_end = kLetGo}},
    {"let the driver probe", sim::step<let_it_probe>},
    {"note that it is bound", sim::step<note_that_it_is_bound>, {.then = sim::kReturn}},
    {kLetGo, sim::step<let_it_go>},
    {"note that it is unbound", sim::step<note_that_it_is_unbound>},
};
constexpr sim::Step kBindAllSteps[] = {
    {kBindNext, sim::step<bind_the_next>, {.then = kBindNext}},
};

}  // namespace

const sim::Program kBindProgram{"pci.bind", "binds a driver to a function, or takes it away",
                                kBindSteps};
const sim::Program kBindAllProgram{
    "pci.bind_drivers", "binds each function the driver that the image has for it", kBindAllSteps};

}  // namespace luosim::driver::pci
