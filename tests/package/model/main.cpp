// SPDX-License-Identifier: Apache-2.0
//
// One live update of a machine, made of values, with the guarantees looked at.
#include <iostream>
#include <utility>

#include "model/world/build.hpp"
#include "model/world/checks.hpp"
#include "model/world/run.hpp"

namespace {

using namespace luosim;

world::Scenario an_update() {
  world::Scenario scenario;
  scenario.protocol = "luo-v2-fixed";
  scenario.host.memory_bytes = 4ULL << 30;
  scenario.kernels.resize(2);
  scenario.kernels[0].name = "old";
  scenario.kernels[1].name = "new";
  scenario.handlers.emplace_back().compatible = "memfd-v1";
  scenario.handlers.back().accepts = "memfd";
  scenario.files.emplace_back().name = "file";
  scenario.files.back().size_bytes = 64ULL << 20;
  const auto entry = [](world::Verb verb, std::vector<std::string> arguments = {}) {
    world::ScriptEntry made;
    made.verb = verb;
    made.arguments = std::move(arguments);
    return made;
  };
  scenario.actors.push_back({"agent",
                             {entry(world::Verb::preserve, {"file"}), entry(world::Verb::prepare),
                              entry(world::Verb::reboot, {"kexec", "new"}),
                              entry(world::Verb::restore, {"file"}), entry(world::Verb::finish)}});
  return scenario;
}

}  // namespace

int main() {
  const world::Built built = world::build(an_update());
  for (const world::BuildError& error : built.errors) std::cerr << error.message << '\n';
  if (!built.errors.empty()) return 2;
  world::World machine = world::make_world(built.blueprint);
  machine.faults = built.faults;
  sim::RecordedTrace trace;
  world::CheckingTrace checking(machine, built.blueprint, trace);
  sim::SeededChoice choice(1);
  const world::Stop stop = world::run(machine, {built.blueprint, choice, checking}, {});
  world::judge_the_end(checking, machine, built.blueprint);
  std::cout << world::word_of(stop) << ", " << trace.written() << " records, "
            << checking.checks().violations().size() << " guarantees broken\n";
  return stop == world::Stop::scripts_ended && checking.checks().violations().empty() ? 0 : 1;
}
