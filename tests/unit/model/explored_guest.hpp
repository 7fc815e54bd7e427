// SPDX-License-Identifier: Apache-2.0
//
// A guest with a disk that works for ever, and an agent with a script, for tests of explorations.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "model/guarantees/all.hpp"
#include "model/world/build.hpp"
#include "model/world/explore.hpp"
#include "sim/explore/explore.hpp"
#include "tests/unit/model/device_story.hpp"
#include "tests/unit/model/faults_at.hpp"

namespace luosim::world {

struct ExploredGuest {
  Script script{};
  std::uint32_t queue_depth = 1;
  std::uint32_t blocks = 2;
  WorkloadSpec::Kind kind = WorkloadSpec::Kind::verify_io;
  std::uint32_t pages = 1;
  std::uint32_t faults = 0;
  std::vector<std::string> sites{};
  bool quiet_steps = true;
  bool finds_all = true;
  std::uint64_t max_states = 100'000;
  Script other{};  ///< of another actor, if there is one
  std::string protocol = "luo-v2";
  std::vector<KnobSetting> knobs{};
};

inline WorldModel model_of(const ExploredGuest& guest) {
  Scenario scenario = disk_story(guest.script);
  scenario.protocol = guest.protocol;
  scenario.knobs = guest.knobs;
  if (!guest.other.empty()) add_actor(scenario, "other", guest.other);
  scenario.host.memory_bytes = 1ULL << 30;
  VmSpec& vm = scenario.vms.front();
  vm.memory_bytes = 4 * kMiB;
  vm.workload.kind = guest.kind;
  vm.workload.queue_depth = guest.queue_depth;
  vm.workload.blocks = guest.blocks;
  vm.workload.block_bytes = guest.pages * memory::kPageBytes;
  const Built built = build(scenario);
  ExploreOptions options;
  options.faults = guest.faults;
  options.fault_sites = faults_at(guest.sites);
  options.symmetry = false;
  options.quiet_steps = guest.quiet_steps;
  options.verifies_footprints = true;
  options.follows_broken = guest.finds_all;
  return WorldModel(built.blueprint, built.faults, options);
}

inline sim::explore::Result explore_guest(const ExploredGuest& guest) {
  const WorldModel model = model_of(guest);
  sim::explore::Options options;
  options.finds_all = guest.finds_all;
  options.max_states = guest.max_states;
  return sim::explore::explore(model, options, model.claims());
}

}  // namespace luosim::world
