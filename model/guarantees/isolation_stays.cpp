// SPDX-License-Identifier: Apache-2.0
//
// Access control services of the ports above a device decide whether its requests can reach another
// device without the IOMMU. A boot that writes them by a policy of its own, or a reset that takes
// them, lets devices of different guests reach each other.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/devices.hpp"
#include "model/kernel/record.hpp"

namespace luosim::guarantees {

namespace {

using device::FunctionId;

constexpr sim::RecordKind kLooksAfter[] = {kernel::KernelRecord::kexec,
                                           kernel::KernelRecord::boot_done,
                                           kernel::KernelRecord::power_cycle};

// Notes: by function, its IOMMU group at the jump, and whether it was handed over; by bridge on the
// way of one that was, its ACS.
constexpr std::uint64_t kBridges = 1ULL << 32;
constexpr std::uint64_t kIsHandedOver = 1ULL << 32;

void note_jump(Look& look) {
  look.notes.clear();
  const device::pcie::Fabric& fabric = look.view.devices.pcie;
  for (const driver::pci::Device& device : look.view.drivers.pci.devices) {
    if (is_bridge(look.view, device.function)) continue;
    const bool is_outgoing = device.outgoing != 0;
    look.notes.set(device.function.index, device.group | (is_outgoing ? kIsHandedOver : 0));
    if (!is_outgoing) continue;
    for (const FunctionId bridge : device::pcie::path_of(fabric, device.function))
      look.notes.set(kBridges | bridge.index, fabric[bridge].acs);
  }
}

void look_at_port(Look& look, FunctionId port, std::uint64_t before) {
  const device::pcie::Function& now = look.view.devices.pcie[port];
  if (now.is_present == 0 || (before & ~std::uint64_t{now.acs}) == 0) return;
  look.say(fmt::format(
      "the ACS of {}, above a device that was handed over, was {:#x} at the jump and is {:#x}",
      name_of(look.view, port), before, now.acs));
}

struct Member {
  std::uint32_t group = 0;  ///< now
  std::uint32_t before = 0;
  FunctionId function{};
  bool is_handed_over = false;
};

// One that was handed over comes first in its group.
std::vector<Member> members(const Look& look) {
  std::vector<Member> all;
  for (const driver::pci::Device& device : look.view.drivers.pci.devices) {
    const auto noted = look.notes.find(device.function.index);
    if (!noted) continue;
    all.push_back({device.group, static_cast<std::uint32_t>(*noted), device.function,
                   (*noted & kIsHandedOver) != 0});
  }
  std::sort(all.begin(), all.end(), [](const Member& left, const Member& right) {
    if (left.group != right.group) return left.group < right.group;
    if (left.is_handed_over != right.is_handed_over) return left.is_handed_over;
    return left.function < right.function;
  });
  return all;
}

void look_at_groups(Look& look) {
  const std::vector<Member> all = members(look);
  for (std::size_t index = 0, first = 0; index < all.size(); ++index) {
    if (all[index].group != all[first].group) first = index;
    if (!all[first].is_handed_over || all[index].before == all[first].before) continue;
    look.say(fmt::format("{} and {} are in one IOMMU group now, and were not at the jump",
                         name_of(look.view, all[first].function),
                         name_of(look.view, all[index].function)));
  }
}

void look(Look& look) {
  if (!has_devices(look.view)) return;
  if (look.record.kind == kernel::KernelRecord::kexec) return note_jump(look);
  if (look.record.kind == kernel::KernelRecord::boot_done) {
    for (const sim::Notes::Note& note : look.notes.in_order())
      if (note.key >= kBridges)
        look_at_port(look, {static_cast<std::uint32_t>(note.key)}, note.value);
    look_at_groups(look);
  }
  look.notes.clear();
}

}  // namespace

const Guarantee kIsolationStays{
    .id = "isolation-stays",
    .promise = "What keeps a handed-over device apart from others is not weaker after the jump.",
    .rule =
        "ACS of ports is adopted from hardware, which keeps IOMMU groups and routing (devices.md, "
        "C.5 and G.2, rows 29 and 30).",
    .family = "dma",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
