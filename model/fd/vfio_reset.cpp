// SPDX-License-Identifier: Apache-2.0
#include "model/fd/vfio_reset.hpp"

#include "model/device/pcie/fabric.hpp"
#include "model/kernel/errno.hpp"

namespace luosim::fd {

namespace {

namespace pcie = device::pcie;
using sim::Outcome;

// How long the kernel asks whether a function answers again, at growing intervals.
constexpr sim::Duration kFirstPoll = sim::milliseconds(1);
constexpr std::uint32_t kPolls = 16;

VfioDevice& device_of_call(Context& context) {
  return context.fd.vfio_devices[context.frame().values[0]];
}

// frame.local[0] counts how often it was asked.
Outcome wait_until_it_answers(Context& context) {
  VfioDevice& device = device_of_call(context);
  const bool answers = context.devices.pcie[device.function].is_in_reset == 0;
  if (answers) return sim::done();
  std::uint64_t& polls = context.frame().local[0];
  if (polls == kPolls) {
    device.is_resetting = 0;
    return sim::fail(-kernel::kEIO);
  }
  return sim::again({kFirstPoll.ns << polls++});
}

// Also for a file that was closed meanwhile: the next one to open the function finds its addresses.
Outcome restore(Context& context) {
  VfioDevice& device = device_of_call(context);
  device.is_resetting = 0;
  for (std::uint32_t bar = 0; bar < pcie::kBars; ++bar)
    pcie::write_bar(context, device.function, bar, device.saved_bars[bar]);
  pcie::write_command(context, device.function, device.saved_command);
  if (device.interrupts == 0) return sim::done();
  driver::irq::free_all(context, device.function);
  const auto object = static_cast<std::uint32_t>(context.frame().values[0]);
  const std::int64_t error = set_up_vectors(context, object, device.interrupts);
  return error == 0 ? sim::done() : sim::fail(error);
}

constexpr sim::Step kRestoreSteps[] = {
    {"wait until it answers", sim::step<wait_until_it_answers>},
    {"write its registers and vectors again", sim::step<restore>},
};

}  // namespace

const sim::Program kRestoreAfterResetProgram{
    "vfio.restore_after_reset", "restores what a reset took from a function", kRestoreSteps};

void begin_reset(Context& context, std::uint32_t object, std::uint16_t command) {
  VfioDevice& device = context.fd.vfio_devices[object];
  device.is_resetting = 1;
  device.saved_command = command;
  device.saved_bars = context.devices.pcie[device.function].bars;
  pcie::reset(context, device.function, pcie::ResetKind::function_level);
}

void restore_later(Context& context, std::uint32_t object) {
  const device::FunctionId function = context.fd.vfio_devices[object].function;
  context.schedule.spawn(context.name_of(function), 0, kRestoreAfterReset,
                         {.values = {object, 0, 0, 0}},
                         context.timing.of(timing::Cost::device_reset), /*keep_result=*/false);
}

void quiesce(Context& context, std::uint32_t object) {
  VfioDevice& device = context.fd.vfio_devices[object];
  driver::pci::set_bus_master(context, device.function, false);
  const std::uint16_t command = context.devices.pcie[device.function].command;
  if (device.is_resetting != 0) {
    device.saved_command = static_cast<std::uint16_t>(device.saved_command & ~pcie::kBusMaster);
  } else if (context.devices.pcie[device.function].is_in_reset == 0) {
    begin_reset(context, object, command);
    restore_later(context, object);
  }
}

}  // namespace luosim::fd
