// SPDX-License-Identifier: Apache-2.0
//
// Stories told to the guarantees: a scenario that a test builds is replayed while they look, and
// what they said of it is kept by their ids. A test may also stop the machine anywhere, call the
// kernel itself, change the world behind the model's back, and tell of it by a record of its own:
// some of what a guarantee looks for no protocol of today does.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/world/checks.hpp"
#include "tests/unit/model/machine.hpp"
#include "tests/unit/model/script_parts.hpp"

namespace luosim::world {

/// What the guarantees said.
struct Findings {
  std::map<std::string, std::string> causes;  ///< of those that did not hold, by id
  std::set<std::string> reached;              ///< claims of the kind `sometimes`

  bool violate(const std::string& guarantee) const { return causes.contains(guarantee); }
  std::string cause(const std::string& guarantee) const {
    const auto found = causes.find(guarantee);
    return found == causes.end() ? "held" : found->second;
  }
  /// `a: its cause`, one a line: for the message of a test that expected less.
  std::string text() const {
    std::string all;
    for (const auto& [guarantee, cause] : causes) all.append(guarantee + ": " + cause + "\n");
    return all;
  }
  std::vector<std::string> violated() const {
    std::vector<std::string> ids;
    for (const auto& [guarantee, cause] : causes) ids.push_back(guarantee);
    return ids;
  }
};
using Ids = std::vector<std::string>;

/// A machine that the guarantees watch.
class WatchedMachine {
 public:
  Machine machine;
  CheckingTrace watch;

  explicit WatchedMachine(const Scenario& scenario)
      : machine(scenario), watch(machine.world, machine.blueprint, machine.trace) {}
  WatchedMachine(const WatchedMachine&) = delete;
  WatchedMachine& operator=(const WatchedMachine&) = delete;

  World& world() { return machine.world; }
  Surroundings surroundings() { return {machine.blueprint, machine.choice, watch}; }
  Context context(sim::TaskId task = {}) { return context_for(world(), surroundings(), task); }
  sim::Symbol name(std::string_view text) const { return machine.blueprint.names.find(text); }

  /// From power-on to the end of all scripts.
  Stop run() { return world::run(world(), surroundings(), {}); }
  void start() { power_on(world(), surroundings(), 0); }
  /// Goes on until `reached` holds, or nothing is pending.
  template <class Reached>
  void go_on_until(Reached reached) {
    while (!reached() && advance(world(), surroundings())) {
    }
  }
  void go_on() {
    go_on_until([] { return false; });
  }
  /// From power-on until nothing is pending, for machines without guests.
  void switch_on() {
    start();
    go_on();
  }
  /// A call that no script makes: its status, or 0 if it does not return.
  std::int64_t call(sim::ProgramId program, sim::Arguments arguments = {}) {
    const sim::TaskId task = machine.spawn(program, arguments);
    go_on();
    return world().schedule.has_ended(task) ? world().schedule.collect(task) : 0;
  }
  /// A record of something that the test has done itself.
  void tell(const sim::Record& record) { watch.write(record); }

  Findings findings() const {
    Findings found;
    const auto all = watch.checks().guarantees();
    for (const sim::Violation& violation : watch.checks().violations())
      found.causes.emplace(all[violation.guarantee]->id, violation.cause);
    for (std::uint32_t index = 0; index < all.size(); ++index)
      if (watch.checks().was_reached(index)) found.reached.emplace(all[index]->id);
    return found;
  }
};

/// What is said of a whole story, its end included.
inline Findings findings_of(const Scenario& scenario) {
  WatchedMachine watched(scenario);
  watched.run();
  judge_the_end(watched.watch, watched.machine.world, watched.machine.blueprint);
  return watched.findings();
}

/// The same under the corrected protocol.
inline Findings findings_when_fixed(Scenario scenario) {
  scenario.protocol = "luo-v2-fixed";
  return findings_of(scenario);
}

inline void set_knob(Scenario& scenario, std::string name, std::string value = "true") {
  KnobSetting& setting = scenario.knobs.emplace_back();
  setting.name = std::move(name);
  setting.value = std::move(value);
}

/// An entry whose answer does not matter.
inline ScriptEntry try_to(ScriptEntry made) {
  made.expect.kind = ExpectedResult::Kind::any;
  return made;
}

/// A host with test files of the type `blob`, their handler `h`, and an agent.
inline Scenario story(std::vector<ScriptEntry> script, std::vector<std::string> files = {"f"}) {
  Scenario scenario = bare_scenario();
  add_handler(scenario, "h", "blob");
  for (std::string& file : files) add_test_file(scenario, std::move(file), "blob");
  add_actor(scenario, "agent", std::move(script));
  return scenario;
}

/// The same with one memfd `m` of 64 MiB and its handler `memfd-v1`.
inline Scenario memfd_story(std::vector<ScriptEntry> script) {
  Scenario scenario = bare_scenario();
  add_handler(scenario, "memfd-v1", "memfd");
  add_memfd(scenario, "m", 64 * kMiB);
  add_actor(scenario, "agent", std::move(script));
  return scenario;
}

}  // namespace luosim::world
