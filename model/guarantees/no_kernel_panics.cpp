// SPDX-License-Identifier: Apache-2.0
//
// A panic loses every guest of the host. The one that a scenario asks for by name is no finding,
// nor is one that answers memory which was damaged from outside: there, stopping is the right
// thing.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/outside_damage.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/boot.hpp"
#include "model/luo/v2/startup.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {kernel::KernelRecord::died,
                                           sim::EngineRecord::fault_fired};

void look(Look& look) {
  if (note_outside_damage(look)) return;
  if (look.record.kind != kernel::KernelRecord::died) return;
  const kernel::Death& death = look.view.kernel.death;
  if (death.ending != kernel::Ending::panic || was_damaged_outside(look)) return;
  if (death.cause == kernel::kInjectedPanic.hash()) return;
  std::string_view why = "for a reason of its own";
  for (const kernel::PanicReason& reason : luo::v2::panic_reasons())
    if (reason.hash() == death.cause) why = reason.message;
  if (death.cause == kho::kScratchExhausted.hash()) why = kho::kScratchExhausted.message;
  look.say(fmt::format("kernel {} panicked: {}", look.view.kernel.generation, why));
}

}  // namespace

const Guarantee kNoKernelPanics{.id = "no-kernel-panics",
                                .promise = "No kernel panics, whatever the calls and their order.",
                                .rule =
                                    "A missing handler or subsystem concerns one file, not the "
                                    "host (luo-v2.md, section 8).",
                                .family = "liveness",
                                .looks_after = kLooksAfter,
                                .look = look};

}  // namespace luosim::guarantees
