// SPDX-License-Identifier: Apache-2.0
//
// Whether interrupts survive is only seen in a story in which one comes while nobody could take it.
#include "model/device/irq/message.hpp"
#include "model/device/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/devices.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {
    device::DeviceRecord::interrupt_raised, kernel::KernelRecord::kexec,
    kernel::KernelRecord::power_cycle, userspace::UserRecord::vm_resumed};

// The only note: there was a jump, and no guest goes on yet.
constexpr std::uint64_t kNobodyIsThere = 0;

void look(Look& look) {
  if (look.record.kind == device::DeviceRecord::interrupt_raised) {
    const auto fate = static_cast<device::irq::InterruptFate>(look.record.values[2]);
    if (!look.notes.is_empty() && fate == device::irq::InterruptFate::pending)
      look.say("an interrupt came after the jump and waits for the next kernel");
    return;
  }
  look.notes.clear();
  if (look.record.kind == kernel::KernelRecord::kexec) look.notes.set(kNobodyIsThere, 1);
}

void forget(const Machine& machine, sim::Notes& notes) {
  if (!has_devices(machine)) notes.clear();
}

}  // namespace

const Guarantee kAnInterruptWaits{
    .id = "an-interrupt-waits",
    .promise = "Some interrupt comes between the jump and a guest's resume, and stays pending.",
    .rule =
        "Any number of events collapse into one pending bit while a vector is masked "
        "(devices.md, E.2 and E.3).",
    .family = "no-lost-edge",
    .kind = sim::ClaimKind::sometimes,
    .looks_after = kLooksAfter,
    .look = look,
    .forget = forget};

}  // namespace luosim::guarantees
