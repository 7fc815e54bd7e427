// SPDX-License-Identifier: Apache-2.0
//
// An oops follows a pointer that leads nowhere. Memory that was damaged from outside may well hold
// such a pointer, so after that nothing is said.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/calls.hpp"
#include "model/guarantees/outside_damage.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {
    kernel::KernelRecord::died, sim::EngineRecord::fault_fired, userspace::UserRecord::call_begins,
    userspace::UserRecord::call_returns, kernel::KernelRecord::boot_begins};

void look(Look& look) {
  if (note_outside_damage(look) || note_call(look)) return;
  if (look.record.kind == userspace::UserRecord::call_returns) {
    take_call(look);
    return;
  }
  const kernel::Core& kernel = look.view.kernel;
  if (kernel.death.ending != kernel::Ending::oops || was_damaged_outside(look)) return;
  look.say(fmt::format("kernel {} followed a null or wild pointer in {}", kernel.generation,
                       deed_of(look)));
}

}  // namespace

const Guarantee kNoKernelOopses{
    .id = "no-kernel-oopses",
    .promise = "No call makes the kernel follow a null or wild pointer.",
    .rule =
        "What is not registered, or has no such callback, is answered with an error "
        "(luo-v2-bugs.md, B20).",
    .family = "liveness",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
