// SPDX-License-Identifier: Apache-2.0
//
// What is handed over of a device is its address. The kernel cannot tell whether the same piece of
// hardware still answers there; here it can be told, for each card has a serial number of its own
// and each slot counts how often something was pulled out of it (devices.md, C.3).
#include <algorithm>

#include <fmt/format.h>

#include "model/fd/file_type.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/devices.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {kernel::KernelRecord::kexec,
                                           kernel::KernelRecord::power_cycle,
                                           luo::v2::LuoRecord::file_restored};

// Notes: by the address at the jump, serial number and link epoch.
std::uint64_t identity_of(const device::pcie::Function& function) {
  return std::uint64_t{function.serial} << 32 | function.link_epoch;
}

void note_jump(Look& look) {
  look.notes.clear();
  for (const driver::pci::Device& device : look.view.drivers.pci.devices) {
    if (device.outgoing != 0 && !is_bridge(look.view, device.function))
      look.notes.set(device.bdf.value, identity_of(look.view.devices.pcie[device.function]));
  }
}

const fd::VfioDevice* restored_device(const Machine& machine, std::uint64_t token) {
  const auto& incoming = machine.luo.incoming;
  const auto found =
      std::find_if(incoming.begin(), incoming.end(),
                   [token](const luo::v2::FileRecord& record) { return record.token == token; });
  const bool is_open = found != incoming.end() && machine.kernel.files.is_live(found->file);
  if (!is_open) return nullptr;
  const kernel::File& file = machine.kernel.files[found->file];
  const bool is_device = file.type == static_cast<std::uint32_t>(fd::FileType::vfio);
  return is_device ? &machine.fd.vfio_devices[file.object] : nullptr;
}

void look(Look& look) {
  const Machine& machine = look.view;
  if (!has_devices(machine)) return;
  if (look.record.kind == kernel::KernelRecord::kexec) return note_jump(look);
  if (look.record.kind == kernel::KernelRecord::power_cycle) return look.notes.clear();
  const fd::VfioDevice* device = restored_device(machine, look.record.values[0]);
  const auto before = device != nullptr ? look.notes.find(device->bdf.value) : std::nullopt;
  if (!before) return;
  const device::pcie::Function& now = machine.devices.pcie[device->function];
  if (*before == identity_of(now)) return;
  const std::uint64_t serial = *before >> 32;
  const std::string what =
      serial != now.serial
          ? fmt::format("is another card, of serial number {} and not {}", now.serial, serial)
          : std::string("was pulled out and put in again since the jump");
  look.say(fmt::format("token {} gives the device at {}, {}, which {}", look.record.values[0],
                       text_of(device->bdf), name_of(machine, device->function), what));
}

}  // namespace

const Guarantee kARestoredFileIsTheSameDevice{
    .id = "a-restored-file-is-the-same-device",
    .promise =
        "The device that a token gives is the one that was preserved, and was there all along.",
    .rule =
        "Identity is an address only; nothing checks that the same hardware is there "
        "(devices.md, C.3 and G.2, rows 39 and 40).",
    .family = "lifetimes",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
