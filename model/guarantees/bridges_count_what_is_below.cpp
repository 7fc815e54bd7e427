// SPDX-License-Identifier: Apache-2.0
//
// A bridge keeps its bus mastering as long as its count is not zero: one that counts too few cuts
// off the devices below it, one that counts too many is preserved for nobody.
#include <algorithm>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/calls.hpp"
#include "model/guarantees/devices.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using userspace::Verb;

constexpr sim::RecordKind kLooksAfter[] = {userspace::UserRecord::call_returns,
                                           kernel::KernelRecord::boot_done};

// What can count devices up or down.
constexpr Verbs kCounting{kTransitions.bits | kFileCalls.bits};

struct Below {
  std::uint32_t outgoing = 0;
  std::uint32_t incoming = 0;
};

// By function.
std::vector<Below> recount(const Machine& machine) {
  std::vector<Below> below(machine.devices.pcie.functions.size());
  for (const driver::pci::Device& device : machine.drivers.pci.devices) {
    if (is_bridge(machine, device.function) || (device.outgoing == 0 && device.incoming == 0))
      continue;
    for (const device::FunctionId bridge :
         device::pcie::path_of(machine.devices.pcie, device.function)) {
      below[bridge.index].outgoing += device.outgoing != 0 ? 1U : 0U;
      below[bridge.index].incoming += device.incoming != 0 ? 1U : 0U;
    }
  }
  return below;
}

void report(Look& look, device::FunctionId bridge, std::string_view which, std::uint32_t count,
            std::uint32_t below) {
  if (count == below) return;
  look.say(fmt::format("{} counts {} below it as {}, and there {}", name_of(look.view, bridge),
                       count_text(count, "device"), which,
                       below == 1 ? std::string("is 1") : fmt::format("are {}", below)));
}

void look(Look& look) {
  const Machine& machine = look.view;
  const bool is_call = look.record.kind == userspace::UserRecord::call_returns;
  if (!has_devices(machine)) return;
  if (is_call && !kCounting.contain(verb_of(look.record))) return;
  const std::vector<Below> below = recount(machine);
  for (const driver::pci::Device& device : machine.drivers.pci.devices) {
    if (!is_bridge(machine, device.function)) continue;
    const Below& there = below[device.function.index];
    report(look, device.function, "preserved", device.outgoing, there.outgoing);
    report(look, device.function, "handed over", device.incoming, there.incoming);
  }
}

}  // namespace

const Guarantee kBridgesCountWhatIsBelow{
    .id = "bridges-count-what-is-below",
    .promise = "A bridge counts as many preserved devices as there are below it.",
    .rule =
        "The count of a bridge is the number of preserved endpoints at or below it (devices.md, "
        "C.4 and G.2, rows 25 to 27 and 42).",
    .family = "inverse",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
