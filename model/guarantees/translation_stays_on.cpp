// SPDX-License-Identifier: Apache-2.0
//
// While translation is off, every device reaches all of memory, at the addresses that it has for
// something else.
#include <fmt/format.h>

#include "model/device/record.hpp"
#include "model/driver/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/preserved_functions.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {device::DeviceRecord::translation_switched,
                                           device::DeviceRecord::presence_changed,
                                           driver::DriverRecord::pci_counted,
                                           driver::DriverRecord::pci_unclaimed,
                                           kernel::KernelRecord::kexec,
                                           kernel::KernelRecord::power_cycle};

void look(Look& look) {
  if (!has_devices(look.view)) return;
  if (look.record.kind != device::DeviceRecord::translation_switched) return note_preserved(look);
  const bool is_off = look.record.values[1] == 0;
  if (!is_off) return;
  std::vector<std::string> names;
  for (const device::FunctionId function : preserved_functions(look.notes))
    if (!is_bridge(look.view, function)) names.push_back(name_of(look.view, function));
  if (names.empty()) return;
  look.say(fmt::format("kernel {} switches translation off, and {} {} preserved",
                       look.view.kernel.generation, listed(names),
                       names.size() == 1 ? "is" : "are"));
}

}  // namespace

const Guarantee kTranslationStaysOn{
    .id = "translation-stays-on",
    .promise = "Translation is never off while a device is preserved.",
    .rule =
        "Translation stays on over the whole blackout; that it was on already is no left-over "
        "(devices.md, D.5, D.6 and G.3, row 53).",
    .family = "dma",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
