// SPDX-License-Identifier: Apache-2.0
//
// Small scenarios with a free agent, for tests of explorations.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/guarantees/all.hpp"
#include "model/world/build.hpp"
#include "model/world/explore.hpp"
#include "sim/explore/explore.hpp"
#include "tests/unit/model/faults_at.hpp"

namespace luosim::world {

struct ExploredSize {
  std::string protocol = "luo-v2-fixed";
  std::uint32_t files = 1;
  std::uint32_t vms = 0;  ///< without devices
  std::uint32_t subsystems = 1;
  std::uint32_t reboots = 1;
  std::optional<std::uint32_t> max = std::nullopt;  ///< calls of the agent
  std::uint32_t faults = 0;
  std::vector<std::string> sites{};
  bool symmetry = true;
  bool independence = true;
  bool dead_values = true;
  std::uint32_t sleepers = 0;  ///< actors that do nothing but sleep
  std::uint32_t others = 0;    ///< actors that may do what the agent may
  bool finds_all = false;
  std::uint64_t max_states = 100'000;
  sim::explore::Compaction compaction = sim::explore::Compaction::bits128;
  std::vector<const guarantees::Guarantee*> expected{};
  std::vector<KnobSetting> knobs{};
  std::vector<Verb> verbs_of_vms{Verb::pause, Verb::resume};
  std::vector<Verb> verbs{Verb::preserve, Verb::unpreserve, Verb::restore, Verb::prepare,
                          Verb::freeze,   Verb::cancel,     Verb::finish,  Verb::reboot};
};

struct Explored {
  Built built;
  WorldModel model;
};

inline Scenario scenario_of(const ExploredSize& size) {
  Scenario scenario;
  scenario.protocol = size.protocol;
  scenario.knobs = size.knobs;
  scenario.host.memory_bytes = 1ULL << 30;
  scenario.host.scratch_bytes = 64ULL << 20;
  for (const char* name : {"old", "new"}) {
    KernelSpec kernel;
    kernel.name = name;
    kernel.version = "6.15";
    scenario.kernels.push_back(kernel);
  }
  HandlerSpec handler;
  handler.compatible = "memfd-v1";
  handler.accepts = "memfd";
  scenario.handlers.push_back(handler);
  std::vector<std::string> names;
  for (std::uint32_t file = 0; file < size.files; ++file) {
    FileSpec spec;
    spec.name = "f" + std::to_string(file + 1);
    spec.size_bytes = 4096;
    spec.folio_bytes = 4096;
    names.push_back(spec.name);
    scenario.files.push_back(spec);
  }
  std::vector<std::string> vms;
  for (std::uint32_t vm = 0; vm < size.vms; ++vm) {
    VmSpec spec;
    spec.name = "vm" + std::to_string(vm + 1);
    spec.memory_bytes = 4ULL << 20;
    spec.folio_bytes = 2ULL << 20;
    vms.push_back(spec.name);
    names.push_back(spec.name + ".memory");
    scenario.vms.push_back(spec);
  }
  for (std::uint32_t subsystem = 0; subsystem < size.subsystems; ++subsystem) {
    SubsystemSpec spec;
    spec.name = "s" + std::to_string(subsystem + 1);
    scenario.subsystems.push_back(spec);
  }
  FreeSpec free;
  free.reboots = size.reboots;
  free.max = size.max;
  for (const Verb verb : size.verbs) {
    ScriptEntry op;
    op.verb = verb;
    const bool takes_files =
        verb == Verb::preserve || verb == Verb::unpreserve || verb == Verb::restore;
    if (takes_files && names.empty()) continue;
    if (takes_files) op.arguments = names;
    if (verb == Verb::reboot) op.arguments = {"kexec"};
    free.ops.push_back(op);
  }
  for (const Verb verb : size.verbs_of_vms) {
    ScriptEntry op;
    op.verb = verb;
    op.arguments = vms;
    if (!vms.empty()) free.ops.push_back(op);
  }
  ActorSpec agent;
  agent.name = "agent";
  agent.free = free;
  scenario.actors = {agent};
  for (std::uint32_t other = 0; other < size.others; ++other) {
    ActorSpec actor;
    actor.name = "other" + std::to_string(other + 1);
    actor.free = free;
    scenario.actors.push_back(actor);
  }
  for (std::uint32_t sleeper = 0; sleeper < size.sleepers; ++sleeper) {
    ScriptEntry sleep;
    sleep.verb = Verb::sleep;
    sleep.duration = sim::milliseconds(1);
    FreeSpec sleeps;
    sleeps.ops = {sleep};
    ActorSpec actor;
    actor.name = "d" + std::to_string(sleeper + 1);
    actor.free = sleeps;
    scenario.actors.push_back(actor);
  }
  return scenario;
}

inline ExploreOptions options_of_model(const ExploredSize& size) {
  ExploreOptions options;
  options.faults = size.faults;
  options.fault_sites = faults_at(size.sites);
  options.symmetry = size.symmetry;
  options.leaves_out_detached = size.independence;
  options.forgets_dead_values = size.dead_values;
  options.follows_broken = size.finds_all;
  for (const guarantees::Guarantee* guarantee : guarantees::all()) {
    const bool is_expected =
        std::find(size.expected.begin(), size.expected.end(), guarantee) != size.expected.end();
    options.expected.push_back(is_expected ? 1 : 0);
  }
  return options;
}

inline Explored explored(const ExploredSize& size) {
  Built built = build(scenario_of(size));
  WorldModel model(built.blueprint, built.faults, options_of_model(size));
  return {std::move(built), std::move(model)};
}

inline sim::explore::Options options_of(const ExploredSize& size) {
  sim::explore::Options options;
  options.compaction = size.compaction;
  options.finds_all = size.finds_all;
  options.max_states = size.max_states;
  return options;
}

inline sim::explore::Result explore_scenario(const ExploredSize& size) {
  const Explored scenario = explored(size);
  return sim::explore::explore(scenario.model, options_of(size), scenario.model.claims());
}

}  // namespace luosim::world
