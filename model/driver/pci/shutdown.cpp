// SPDX-License-Identifier: Apache-2.0
//
// Devices before a jump (devices.md, C.6): children before parents, each frozen, its driver told,
// and its bus mastering taken unless it is preserved. A driver is told of a preserved device too;
// to do no harm is its business.
#include "model/device/pcie/fabric.hpp"
#include "model/driver/iommu/programs.hpp"
#include "model/driver/pci/fault_sites.hpp"
#include "model/driver/pci/hierarchy.hpp"
#include "model/driver/pci/programs.hpp"
#include "model/driver/record.hpp"
#include "model/driver/state.hpp"

namespace luosim::driver::pci {

namespace {

using device::FunctionId;
using sim::Outcome;

// frame.local[0] counts the devices that are done, local[1] is the one at hand.
FunctionId function_at_hand(Context& context) {
  return {static_cast<std::uint32_t>(context.frame().local[1])};
}

Outcome shut_the_next_down(Context& context) {
  const std::vector<FunctionId> order = walk_down(context);
  const std::uint64_t done = context.frame().local[0]++;
  if (done >= order.size()) return sim::end();
  const FunctionId function = order[order.size() - 1 - done];
  context.frame().local[1] = function.index;
  Device& device = *find(context.drivers.pci, function);
  device.is_frozen = 1;
  context.record({.kind = DriverRecord::device_shut_down,
                  .subject = context.name_of(function),
                  .values = {function.index, static_cast<std::uint64_t>(device.driver), 0, 0}});
  const sim::ProgramId program = calls_of(device.driver).shut_down;
  if (program == sim::ProgramId{}) return sim::done();
  return sim::call(program, {.values = {function.index, 0, 0, 0}});
}

// What is in D3hot sends nothing and is left alone.
Outcome take_its_bus_mastering(Context& context) {
  const FunctionId function = function_at_hand(context);
  if (context.devices.pcie[function].power_state != 0) return sim::done();
  const Device& device = *find(context.drivers.pci, function);
  const bool is_kept = device.outgoing != 0;
  const std::string_view name = context.names.text(context.name_of(function));
  if (is_kept && !context.fault(kClearBusMasterSite, name)) return sim::done();
  set_bus_master(context, function, false);
  return sim::done(context.timing.of(timing::Cost::pcie_configuration));
}

Outcome shut_the_iommu_down(Context& /*context*/) {
  return sim::call(iommu::kShutDown);
}

constexpr std::string_view kNext = "shut the next device down, from the leaves up";
constexpr std::string_view kIommuLast = "shut the IOMMU down";

constexpr sim::Step kShutDownSteps[] = {
    {kNext, sim::step<shut_the_next_down>, {.on_end = kIommuLast}},
    {"take its bus mastering, unless it is preserved",
     sim::step<take_its_bus_mastering>,
     {.then = kNext}},
    {kIommuLast, sim::step<shut_the_iommu_down>},
};

}  // namespace

const sim::Program kShutDownProgram{
    "pci.shutdown", "shuts devices down before another kernel takes over", kShutDownSteps};

}  // namespace luosim::driver::pci
