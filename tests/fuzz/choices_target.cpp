// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a list of choices: they are refused with a place, or they are choices that read back
// the same after they were written and that a run can be given, whatever it asks.
#include "app/report/choices_file.hpp"
#include "model/world/build.hpp"
#include "model/world/run.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/unit/model/machine.hpp"

namespace luosim {

namespace {

// A machine that asks chance at nearly every call.
world::Scenario scenario_of_chance() {
  using world::Verb;
  world::Scenario scenario = world::bare_scenario();
  world::add_subsystem(scenario, "net");
  world::add_handler(scenario, "memfd-v1", "memfd");
  world::add_memfd(scenario, "guest", 4 * world::kMiB);
  for (const char* site : {"luo.subsystem.prepare", "luo.file.prepare", "mm.alloc"}) {
    world::add_fault(scenario, site, 1, -5);
    scenario.faults.back().times = 0;
    scenario.faults.back().per_million = 500'000;
  }
  std::vector<world::ScriptEntry> script;
  for (const Verb verb : {Verb::prepare, Verb::cancel, Verb::prepare, Verb::cancel, Verb::prepare,
                          Verb::freeze, Verb::cancel}) {
    script.push_back(world::entry(verb));
    script.back().expect.kind = world::ExpectedResult::Kind::any;
  }
  world::add_actor(scenario, "agent", std::move(script));
  return scenario;
}

}  // namespace

}  // namespace luosim

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace luosim;
  const std::string_view text = fuzz::text_of(data, size);
  app::ChoicesResult result = app::read_choices(text, "fuzz.choices");
  fuzz::expect(result.choices.has_value() == result.diagnostics.empty());
  if (!result.choices) {
    fuzz::expect(!app::render(result.diagnostics, text).empty());
    return 0;
  }
  const std::string written = app::write_choices(*result.choices);
  fuzz::expect(app::read_choices(written, "written").choices == result.choices);

  static const world::Built kBuilt = world::build(scenario_of_chance());
  world::World world = world::make_world(kBuilt.blueprint);
  world.faults = kBuilt.faults;
  sim::RecordedChoice choice(std::move(*result.choices));
  sim::NoTrace trace;
  const world::Stop stop = world::run(world, {kBuilt.blueprint, choice, trace}, {.events = 20'000});
  fuzz::expect(stop == world::Stop::scripts_ended);
  return 0;
}
