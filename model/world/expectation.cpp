// SPDX-License-Identifier: Apache-2.0
#include "model/world/expectation.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/world/vocabulary.hpp"

namespace luosim::world {

namespace {

Judged compare(const Expectation& expectation, std::string_view what, const std::string& expected,
               const std::string& actual) {
  const bool held = expected == actual;
  return {held ? fmt::format("{} is {}", what, expected)
               : fmt::format("{} is {}, expected {}", what, actual, expected),
          held, expectation.place};
}

Judged judge_machine(const Expectation& expectation, const World& end) {
  const std::string actual = state_of_machine(end);
  // `panic` alone accepts any panic.
  const std::string reason = expectation.subject.empty() ? "" : " " + expectation.subject;
  const bool any_panic =
      expectation.argument == "panic" && reason.empty() && actual.starts_with("panic");
  return compare(expectation, "the machine", any_panic ? actual : expectation.argument + reason,
                 actual);
}

Judged judge_memory(const Expectation& expectation, const Blueprint& blueprint, const World& end) {
  std::string file = expectation.subject;
  for (const userspace::VmPlan& vm : blueprint.cast.vms)
    if (blueprint.names.text(vm.name) == file) file = blueprint.names.text(vm.memory_file);
  std::string actual = "lost";  // what nobody has any more is lost
  for (const userspace::Ledger::Contents& contents : end.ledger.files) {
    if (blueprint.names.text(contents.file) != file) continue;
    if (contents.verdict == 1) actual = "intact";
  }
  const bool never_left = end.kernel.core.generation == 1;
  if (never_left) actual = "intact";
  return compare(expectation, fmt::format("the memory of {}", expectation.subject),
                 expectation.argument, actual);
}

Judged judge_metric(const Expectation& expectation, const Metrics& metrics) {
  const auto metric = metrics.find(expectation.subject);
  const std::int64_t value = metric == metrics.end() ? 0 : metric->second;
  const bool low_enough = !expectation.at_most || value <= *expectation.at_most;
  const bool high_enough = !expectation.at_least || value >= *expectation.at_least;
  std::string bounds;
  if (expectation.at_least) bounds += fmt::format(" at least {}", *expectation.at_least);
  if (expectation.at_most) bounds += fmt::format(" at most {}", *expectation.at_most);
  return {fmt::format("{} is {},{}", expectation.subject, value, bounds), low_enough && high_enough,
          expectation.place};
}

bool is_meant_for(const Expectation& expectation, const std::string& protocol) {
  return expectation.protocol.empty() || expectation.protocol == protocol;
}

Judged judge_guarantee(const Expectation& expectation, const Checks& checks) {
  const std::string& id = expectation.argument;
  const bool is_violated = std::any_of(
      checks.violations().begin(), checks.violations().end(), [&](const sim::Violation& violation) {
        return id == "all" || checks.guarantees()[violation.guarantee]->id == id;
      });
  const std::string who = id == "all" ? "some guarantee" : id;
  const bool should_be = expectation.kind == Expectation::Kind::violated;
  if (is_violated == should_be)
    return {fmt::format("{} is {}", id == "all" ? "every guarantee" : id,
                        should_be ? "violated" : "held"),
            true, expectation.place};
  return {fmt::format("{} is {}, expected to be {}", who, is_violated ? "violated" : "held",
                      should_be ? "violated" : "held"),
          false, expectation.place};
}

}  // namespace

std::string state_of_machine(const World& world) {
  const kernel::Death& death = world.kernel.core.death;
  switch (death.ending) {
    case kernel::Ending::running:
      return has_deadlock(world) ? "deadlock" : "running";
    case kernel::Ending::panic:
      return fmt::format("panic {}", panic_reason_named(death.cause));
    case kernel::Ending::oops:
      return "oops";
    case kernel::Ending::undefined:
      return "undefined";
  }
  return "";
}

bool is_expected(const Scenario& scenario, std::string_view guarantee) {
  return std::any_of(scenario.expectations.begin(), scenario.expectations.end(),
                     [&](const Expectation& expectation) {
                       return expectation.kind == Expectation::Kind::violated &&
                              expectation.argument == guarantee &&
                              is_meant_for(expectation, scenario.protocol);
                     });
}

std::vector<std::uint8_t> expected_guarantees(const Scenario& scenario) {
  std::vector<std::uint8_t> expected;
  for (const guarantees::Guarantee* guarantee : guarantees::all())
    expected.push_back(is_expected(scenario, guarantee->id) ? 1 : 0);
  return expected;
}

std::vector<Judged> judge(const Scenario& scenario, const Blueprint& blueprint, const World& end,
                          const Metrics& metrics, const Checks& checks) {
  std::vector<Judged> judged;
  for (const Expectation& expectation : scenario.expectations) {
    if (!is_meant_for(expectation, scenario.protocol)) continue;
    switch (expectation.kind) {
      case Expectation::Kind::phase:
        judged.push_back(compare(expectation, "the phase", expectation.argument,
                                 std::string(word_of(end.kernel.luo.phase))));
        break;
      case Expectation::Kind::machine:
        judged.push_back(judge_machine(expectation, end));
        break;
      case Expectation::Kind::memory:
        judged.push_back(judge_memory(expectation, blueprint, end));
        break;
      case Expectation::Kind::metric:
        judged.push_back(judge_metric(expectation, metrics));
        break;
      case Expectation::Kind::kernel:
        judged.push_back(
            compare(expectation, "the kernel", expectation.argument,
                    blueprint.names.text(blueprint.images[end.kernel.core.options.image].name)));
        break;
      case Expectation::Kind::violated:
      case Expectation::Kind::held:
        judged.push_back(judge_guarantee(expectation, checks));
        break;
    }
  }
  return judged;
}

}  // namespace luosim::world
