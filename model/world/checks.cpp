// SPDX-License-Identifier: Apache-2.0
#include "model/world/checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/guarantees/outside_damage.hpp"
#include "model/world/hanging_calls.hpp"
#include "model/world/recovery.hpp"

namespace luosim::world {

guarantees::Machine machine_of(const World& world, const Blueprint& blueprint) {
  return {blueprint.names,   world.schedule,   world.hardware.memory, world.hardware.devices,
          world.kernel.core, world.kernel.kho, world.kernel.luo,      world.kernel.drivers,
          world.kernel.fd,   world.user,       world.hardware.disk,   blueprint.cast};
}

void judge_the_end(CheckingTrace& trace, const World& end, const Blueprint& blueprint,
                   const volatile std::sig_atomic_t* is_interrupted) {
  const std::vector<sim::Locks::Claim> hanging = hanging_calls(end);
  if (!hanging.empty()) {
    trace.checks().add_violation(guarantees::index_of(guarantees::kEachCallReturns),
                                 text_of(hanging.front(), end, blueprint.names),
                                 end.schedule.now());
  }
  // A machine that is dead, or where a lock is held for ever, has had its own finding.
  if (end.kernel.core.death.ending != kernel::Ending::running || !hanging.empty()) return;
  const std::uint32_t claim = guarantees::index_of(guarantees::kCanGetBackToNormal);
  if (guarantees::was_damaged_outside(trace.checks().notes().of_guarantee[claim])) return;
  const Recovery recovery = recover(end, blueprint, is_interrupted);
  const bool was_interrupted = is_interrupted != nullptr && *is_interrupted != 0;
  if (recovery.succeeded || was_interrupted) return;
  trace.checks().add_violation(
      claim,
      fmt::format("from phase {}{}, no call leads back to where an update can begin ({})",
                  luo::v2::word_of(end.kernel.luo.phase),
                  end.kernel.kho.finalized ? " with KHO finalized" : "",
                  fmt::join(recovery.calls, ", ")),
      end.schedule.now());
}

}  // namespace luosim::world
