// SPDX-License-Identifier: Apache-2.0
#include "app/fuzz/trial.hpp"

#include <string_view>

#include <fmt/format.h>

#include "app/cli/interrupt.hpp"
#include "model/guarantees/all.hpp"
#include "model/luo/v2/phase.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"
#include "model/world/checks.hpp"
#include "model/world/expectation.hpp"
#include "model/world/vocabulary.hpp"

namespace luosim::app {

namespace {

// Counts what a distribution tells; everything else is the guarantees' business.
class CountingTrace final : public sim::Trace {
 public:
  explicit CountingTrace(Trial& trial) : trial_(trial) {}

  void write(const sim::Record& record) override {
    if (record.kind == userspace::UserRecord::call_begins) {
      const auto verb = static_cast<userspace::Verb>(record.values[0]);
      ++trial_.calls[std::string(userspace::word_of(verb))];
    } else if (record.kind == luo::v2::LuoRecord::phase_stored) {
      const auto phase = static_cast<luo::v2::Phase>(record.values[1]);
      ++trial_.phases[std::string(luo::v2::word_of(phase))];
    } else if (record.kind == sim::EngineRecord::fault_fired) {
      for (const sim::FaultSite& site : world::fault_sites())
        if (site.id().hash == record.values[0]) ++trial_.struck[std::string(site.name)];
    }
  }

 private:
  Trial& trial_;
};

// Notes where each guarantee was first broken.
class PlacingTrace final : public sim::Trace {
 public:
  PlacingTrace(const world::World& world, const world::Blueprint& blueprint,
               world::CheckingTrace& checking)
      : world_(world), blueprint_(blueprint), checking_(checking) {}

  void write(const sim::Record& record) override {
    checking_.write(record);
    const std::size_t found = checking_.checks().violations().size();
    if (found > places_.size())
      places_.resize(found, world::place_of(world_, blueprint_, record.task));
  }

  /// Of a violation; what was found after the last record has no place.
  world::Place place_of(std::size_t violation) const {
    return violation < places_.size() ? places_[violation] : world::Place{};
  }

 private:
  const world::World& world_;
  const world::Blueprint& blueprint_;
  world::CheckingTrace& checking_;
  std::vector<world::Place> places_;
};

std::string sentence_of(const sim::Violation& violation, const world::Place& place) {
  if (place.program.empty()) return violation.cause;
  return fmt::format("{} ({})", violation.cause, world::sentence_of(place));
}

}  // namespace

Trial try_scenario(const Loaded& loaded, std::uint64_t max_steps) {
  const world::Blueprint& blueprint = loaded.built.blueprint;
  world::World world = world::make_world(blueprint);
  world.faults = loaded.built.faults;
  Trial trial;
  CountingTrace counting(trial);
  world::CheckingTrace checking(world, blueprint, counting);
  PlacingTrace placing(world, blueprint, checking);
  sim::SeededChoice choice(0);
  trial.stop = world::run(world, {blueprint, choice, placing},
                          {.events = max_steps, .is_interrupted = interrupt_flag()});
  const bool has_ended =
      trial.stop == world::Stop::scripts_ended || trial.stop == world::Stop::stuck;
  if (has_ended) world::judge_the_end(checking, world, blueprint, interrupt_flag());
  if (*interrupt_flag() != 0) trial.stop = world::Stop::interrupted;
  const world::Checks& checks = checking.checks();
  for (std::size_t index = 0; index < checks.violations().size(); ++index) {
    const sim::Violation& violation = checks.violations()[index];
    const world::Place place = placing.place_of(index);
    const std::string_view id = checks.guarantees()[violation.guarantee]->id;
    trial.broken.push_back({{std::string(id), place}, sentence_of(violation, place)});
  }
  trial.machine = world::state_of_machine(world);
  return trial;
}

}  // namespace luosim::app
