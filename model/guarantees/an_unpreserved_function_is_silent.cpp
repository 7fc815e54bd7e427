// SPDX-License-Identifier: Apache-2.0
//
// The next kernel knows nothing of what it was not handed. A device that nobody preserved and that
// writes to memory after the jump writes to whoever has the page by then, until a driver of the new
// kernel takes it.
#include <fmt/format.h>

#include "model/device/record.hpp"
#include "model/driver/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/devices.hpp"
#include "model/kernel/record.hpp"

namespace luosim::guarantees {

namespace {

using driver::DriverRecord::driver_bound;

constexpr sim::RecordKind kLooksAfter[] = {device::DeviceRecord::dma, driver_bound,
                                           kernel::KernelRecord::kexec,
                                           kernel::KernelRecord::power_cycle};

// Notes: that there was a jump; by function, that it may send.
constexpr std::uint64_t kJumped = 1ULL << 40;

void note_jump(Look& look) {
  look.notes.clear();
  look.notes.set(kJumped, 1);
  for (const driver::pci::Device& device : look.view.drivers.pci.devices)
    if (device.outgoing != 0) look.notes.set(device.function.index, 1);
}

void look_at_access(Look& look) {
  if (look.notes.is_empty() || !landed_in_memory(look.record)) return;
  const device::FunctionId function = function_of(look.record);
  if (look.notes.find(function.index)) return;
  look.say(fmt::format(
      "{} was not preserved, no driver of this kernel has taken it, and it {} address {:#x}",
      name_of(look.view, function),
      direction_of(look.record) == device::DmaDirection::write ? "writes to" : "reads from",
      look.record.values[2]));
}

void look(Look& look) {
  const sim::RecordKind kind = look.record.kind;
  if (kind == device::DeviceRecord::dma) return look_at_access(look);
  if (!has_devices(look.view)) return;
  if (kind == kernel::KernelRecord::kexec) return note_jump(look);
  if (kind == kernel::KernelRecord::power_cycle) return look.notes.clear();
  const bool is_taken =
      look.record.values[2] != static_cast<std::uint64_t>(driver::pci::Driver::none);
  if (is_taken && !look.notes.is_empty()) look.notes.set(function_of(look.record).index, 1);
}

}  // namespace

const Guarantee kAnUnpreservedFunctionIsSilent{
    .id = "an-unpreserved-function-is-silent",
    .promise = "A device that was not preserved touches no memory until the next kernel takes it.",
    .rule =
        "Shutdown takes bus mastering and context entries from what is not preserved (devices.md, "
        "C.6, D.5 and G, rows 38 and 52).",
    .family = "dma",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
