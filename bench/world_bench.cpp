// SPDX-License-Identifier: Apache-2.0
//
// What a world costs: copying it, hashing it, and stepping it. One world is a prepared host with
// three files, two subsystems and a VM, the other one whose guest has two commands under way on an
// NVMe disk: what an exploration copies millions of times.
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

world::Scenario host_with_a_disk() {
  world::Scenario scenario;
  scenario.title = "a guest with a disk";
  scenario.protocol = "luo-v2-fixed";
  scenario.host = {.memory_bytes = 64ULL << 30, .scratch_bytes = 512ULL << 20};
  scenario.kernels = {{.name = "old"}, {.name = "new"}};
  scenario.subsystems = {{.name = "pci", .type = "pci"}, {.name = "iommu", .type = "iommu"}};
  scenario.handlers = {{.compatible = "memfd-v1", .accepts = "memfd"},
                       {.compatible = "iommufd-v1", .accepts = "iommufd"},
                       {.compatible = "vfio-pci-v1", .accepts = "vfio"},
                       {.compatible = "kvm-v1", .accepts = "kvm"}};
  scenario.devices = {{.name = "disk0"}};
  scenario.vms = {{.name = "vm0", .memory_bytes = 4ULL << 30, .devices = {"disk0"}}};
  scenario.vms[0].workload.queue_depth = 2;
  scenario.vms[0].workload.blocks = 16;
  world::ActorSpec agent{.name = "agent", .script = {}};
  agent.script.push_back({.verb = world::Verb::sleep, .duration = sim::seconds(1)});
  scenario.actors = {agent};
  return scenario;
}

struct Host {
  world::Built built;
  sim::ScriptedChoice choice;
  sim::NoTrace trace;
  world::World world;

  world::Surroundings surroundings() { return {built.blueprint, choice, trace}; }

  template <class Condition>
  Host(const world::Scenario& scenario, const Condition& is_reached)
      : built(world::build(scenario)), world(world::make_world(built.blueprint)) {
    world::power_on(world, surroundings(), 0);
    while (!is_reached(world)) world::advance(world, surroundings());
  }
};

Host plain_host() {
  return {small_host(), [](const world::World& world) {
            return world.kernel.luo.phase == luo::v2::Phase::prepared;
          }};
}

// Every block was written, and commands are under way.
Host busy_host() {
  return {host_with_a_disk(), [](const world::World& world) {
            return world.schedule.now() > sim::SimTime{} + sim::milliseconds(100);
          }};
}

using MakeHost = Host (*)();

void copy_into_a_new_world(benchmark::State& state, MakeHost make) {
  const Host host = make();
  for (auto _ : state) {
    world::World copy = host.world;
    benchmark::DoNotOptimize(copy);
  }
}

void copy_over_another_world(benchmark::State& state, MakeHost make) {
  const Host host = make();
  world::World copy = host.world;
  for (auto _ : state) {
    copy = host.world;
    benchmark::DoNotOptimize(copy);
  }
}

void digest(benchmark::State& state, MakeHost make) {
  const Host host = make();
  for (auto _ : state) benchmark::DoNotOptimize(world::digest_of(host.world));
}

void copy_and_digest(benchmark::State& state, MakeHost make) {
  const Host host = make();
  world::World copy = host.world;
  for (auto _ : state) {
    copy = host.world;
    benchmark::DoNotOptimize(world::digest_of(copy));
  }
}

void step(benchmark::State& state, MakeHost make) {
  Host host = make();
  world::World world = host.world;
  for (auto _ : state) {
    if (!world::advance(world, host.surroundings())) world = host.world;
  }
}

BENCHMARK_CAPTURE(copy_into_a_new_world, plain, plain_host);
BENCHMARK_CAPTURE(copy_into_a_new_world, with_a_disk, busy_host);
BENCHMARK_CAPTURE(copy_over_another_world, plain, plain_host);
BENCHMARK_CAPTURE(copy_over_another_world, with_a_disk, busy_host);
BENCHMARK_CAPTURE(digest, plain, plain_host);
BENCHMARK_CAPTURE(digest, with_a_disk, busy_host);
BENCHMARK_CAPTURE(copy_and_digest, plain, plain_host);
BENCHMARK_CAPTURE(copy_and_digest, with_a_disk, busy_host);
BENCHMARK_CAPTURE(step, plain, plain_host);
BENCHMARK_CAPTURE(step, with_a_disk, busy_host);

}  // namespace
