// SPDX-License-Identifier: Apache-2.0
#include "model/world/checks.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/world/recovery.hpp"

namespace luosim::world {

namespace {

void add(CheckingTrace& trace, const guarantees::Guarantee& guarantee, const std::string& cause,
         sim::SimTime time) {
  const auto all = trace.checks().guarantees();
  const auto place = std::find(all.begin(), all.end(), &guarantee);
  trace.checks().add_violation(static_cast<std::uint32_t>(place - all.begin()), cause, time);
}

}  // namespace

guarantees::Machine machine_of(const World& world, const Blueprint& blueprint) {
  return {blueprint.names,     world.schedule,   world.hardware.memory, world.kernel.core,
          world.kernel.kho,    world.kernel.luo, world.kernel.fd,       world.user,
          world.hardware.disk, blueprint.cast};
}

void judge_the_end(CheckingTrace& trace, const World& end, const Blueprint& blueprint,
                   const volatile std::sig_atomic_t* is_interrupted) {
  // A machine that is dead, or where a lock is held for ever, has had its own finding.
  if (end.kernel.core.death.ending != kernel::Ending::running || has_deadlock(end)) return;
  const Recovery recovery = recover(end, blueprint, is_interrupted);
  const bool was_interrupted = is_interrupted != nullptr && *is_interrupted != 0;
  if (recovery.succeeded || was_interrupted) return;
  add(trace, guarantees::kCanGetBackToNormal,
      fmt::format("from phase {}{}, no call leads back to where an update can begin ({})",
                  luo::v2::word_of(end.kernel.luo.phase),
                  end.kernel.kho.finalized ? " with KHO finalized" : "",
                  fmt::join(recovery.calls, ", ")),
      end.schedule.now());
}

}  // namespace luosim::world
