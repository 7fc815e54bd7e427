// SPDX-License-Identifier: Apache-2.0
//
// What a world costs: copying it, hashing it, and stepping it. The world is a prepared host with
// three files, two subsystems and a VM, which is what an exploration copies millions of times.
#include <benchmark/benchmark.h>

#include "model/luo/v2/state.hpp"
#include "model/world/build.hpp"
#include "model/world/world.hpp"
#include "sim/choice/choice.hpp"

namespace {

using namespace luosim;

world::Scenario small_host() {
  world::Scenario scenario;
  scenario.title = "three files, two subsystems, a VM";
  scenario.host = {.memory_bytes = 64ULL << 30, .scratch_bytes = 512ULL << 20};
  scenario.kernels = {{.name = "old"}, {.name = "new"}};
  scenario.subsystems = {{.name = "iommu"}, {.name = "pci"}};
  scenario.handlers = {{.compatible = "memfd-v1", .accepts = "memfd"},
                       {.compatible = "h", .accepts = "h"}};
  scenario.files = {{.name = "first", .type = "h"}, {.name = "second", .type = "h"}};
  scenario.vms = {{.name = "vm0", .memory_bytes = 16ULL << 30}};
  world::ActorSpec agent{.name = "agent", .script = {}};
  agent.script.push_back(
      {.verb = world::Verb::preserve, .arguments = {"first", "second", "vm0.memory"}});
  agent.script.push_back({.verb = world::Verb::prepare});
  agent.script.push_back({.verb = world::Verb::freeze});
  scenario.actors = {agent};
  return scenario;
}

struct Host {
  world::Built built = world::build(small_host());
  sim::ScriptedChoice choice;
  sim::NoTrace trace;
  world::World world = world::make_world(built.blueprint);

  world::Surroundings surroundings() { return {built.blueprint, choice, trace}; }

  Host() {
    world::power_on(world, surroundings(), 0);
    while (world.kernel.luo.phase != luo::v2::Phase::prepared)
      world::advance(world, surroundings());
  }
};

void copy_into_a_new_world(benchmark::State& state) {
  Host host;
  for (auto _ : state) {
    world::World copy = host.world;
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(copy_into_a_new_world);

void copy_over_another_world(benchmark::State& state) {
  Host host;
  world::World copy = host.world;
  for (auto _ : state) {
    copy = host.world;
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(copy_over_another_world);

void digest(benchmark::State& state) {
  Host host;
  for (auto _ : state) benchmark::DoNotOptimize(world::digest_of(host.world));
}
BENCHMARK(digest);

void copy_and_digest(benchmark::State& state) {
  Host host;
  world::World copy = host.world;
  for (auto _ : state) {
    copy = host.world;
    benchmark::DoNotOptimize(world::digest_of(copy));
  }
}
BENCHMARK(copy_and_digest);

void step(benchmark::State& state) {
  Host host;
  world::World world = host.world;
  for (auto _ : state) {
    if (!world::advance(world, host.surroundings())) world = host.world;
  }
}
BENCHMARK(step);

}  // namespace
