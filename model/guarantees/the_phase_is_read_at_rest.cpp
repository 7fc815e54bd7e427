// SPDX-License-Identifier: Apache-2.0
//
// While a transition calls its participants back, the phase is still the one before. Whoever reads
// it then acts on what is over.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/luo/v2/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {luo::v2::LuoRecord::phase_read};

void look(Look& look) {
  const Machine& machine = look.view;
  for (const sim::Locks::Claim& holder : machine.schedule.locks().holders()) {
    if (holder.request.lock != luo::v2::kPhaseLock || holder.task == look.record.task ||
        holder.request.mode != sim::LockMode::write) {
      continue;
    }
    look.say(fmt::format("the phase was read as {} in the middle of a transition of {}",
                         luo::v2::word_of(static_cast<luo::v2::Phase>(look.record.values[0])),
                         machine.names.text(machine.schedule.task(holder.task).name)));
  }
}

}  // namespace

const Guarantee kThePhaseIsReadAtRest{
    .id = "the-phase-is-read-at-rest",
    .promise = "Nobody is told a phase that is being left at that moment.",
    .rule = "GET_STATE and sysfs read the phase without its lock (luo-v2-bugs.md, I4).",
    .family = "snapshots",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
