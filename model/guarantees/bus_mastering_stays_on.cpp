// SPDX-License-Identifier: Apache-2.0
//
// A request has to pass each bridge above its device: the bus mastering of all of them is what the
// device sends by, and shutdown takes it from everything that is not counted as preserved.
#include <algorithm>

#include <fmt/format.h>

#include "model/device/record.hpp"
#include "model/driver/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/preserved_functions.hpp"
#include "model/kernel/record.hpp"

namespace luosim::guarantees {

namespace {

using device::DeviceRecord::command_written;

constexpr sim::RecordKind kLooksAfter[] = {command_written,
                                           device::DeviceRecord::presence_changed,
                                           driver::DriverRecord::pci_counted,
                                           driver::DriverRecord::pci_unclaimed,
                                           kernel::KernelRecord::kexec,
                                           kernel::KernelRecord::power_cycle};

bool loses_bus_mastering(const sim::Record& record) {
  return (record.values[1] & ~record.values[2] & device::pcie::kBusMaster) != 0;
}

void look_at_command(Look& look) {
  if (!loses_bus_mastering(look.record)) return;
  const device::FunctionId function = function_of(look.record);
  const Machine& machine = look.view;
  for (const device::FunctionId preserved : preserved_functions(look.notes)) {
    if (is_bridge(machine, preserved)) continue;
    const auto path = device::pcie::path_of(machine.devices.pcie, preserved);
    const bool is_above = std::find(path.begin(), path.end(), function) != path.end();
    if (preserved == function) {
      return look.say(
          fmt::format("{} is preserved and loses its bus mastering", name_of(machine, function)));
    }
    if (is_above) {
      return look.say(fmt::format("{} loses its bus mastering, and {} below it is preserved",
                                  name_of(machine, function), name_of(machine, preserved)));
    }
  }
}

void look(Look& look) {
  if (!has_devices(look.view)) return;
  if (look.record.kind == command_written) return look_at_command(look);
  note_preserved(look);
}

}  // namespace

const Guarantee kBusMasteringStaysOn{
    .id = "bus-mastering-stays-on",
    .promise = "A preserved device and the bridges above it may send all the time.",
    .rule =
        "Shutdown clears bus mastering unless the device is outgoing, and bridges on its way are "
        "outgoing with it (devices.md, C.6 and G.2, row 25).",
    .family = "dma",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
