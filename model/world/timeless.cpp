// SPDX-License-Identifier: Apache-2.0
#include "model/world/timeless.hpp"

#include <algorithm>

namespace luosim::world {

namespace {
// Neither certain nor impossible; where both outcomes are taken no other chance counts.
constexpr std::uint32_t kPerhaps = 500'000;
}  // namespace

Blueprint without_time(const Blueprint& blueprint) {
  Blueprint result = blueprint;
  for (userspace::Actor& actor : result.cast.actors) {
    for (userspace::Entry& entry : actor.script) {
      entry.not_before.reset();
      entry.pause_before = {};
    }
  }
  for (userspace::VmPlan& vm : result.cast.vms) {
    vm.write_every = {};
    vm.workload.timeout = {};
  }
  return result;
}

sim::Faults without_windows(const sim::Faults& faults) {
  sim::Faults result;
  for (sim::FaultRule rule : faults.rules()) {
    if (rule.has_window()) {
      rule.from = {0};
      rule.until = sim::FaultRule{}.until;
      rule.skip = 0;
      rule.per_million = std::min(rule.per_million, kPerhaps);
    }
    result.add(rule);
  }
  return result;
}

}  // namespace luosim::world
