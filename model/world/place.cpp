// SPDX-License-Identifier: Apache-2.0
#include "model/world/place.hpp"

#include <fmt/format.h>

#include "model/userspace/programs.hpp"

namespace luosim::world {

Place place_of(const World& world, const Blueprint& blueprint, sim::TaskId task) {
  Place place;
  const sim::Schedule& schedule = world.schedule;
  if (task.index >= schedule.tasks().size()) return place;
  std::uint32_t number = schedule.task(task).frame;
  if (number == sim::Frame::kNone) return place;
  const sim::Frame& innermost = schedule.frame(number);
  if (blueprint.programs.contains(innermost.program)) {
    const sim::Programs::Entry& entry = blueprint.programs.find(innermost.program);
    place.program = entry.program->name;
    if (innermost.step < entry.steps.size()) place.row = entry.steps[innermost.step]->name;
  }
  while (schedule.frame(number).caller != sim::Frame::kNone) number = schedule.frame(number).caller;
  const sim::Frame& outermost = schedule.frame(number);
  if (outermost.program != userspace::kActorProgramId) return place;
  const auto actor = static_cast<std::uint32_t>(outermost.values[0]);
  const userspace::Actor& plan = blueprint.cast.actors[actor];
  const userspace::Progress::Actor& progress = world.progress.actors[actor];
  if (plan.free) {
    if (progress.alternative != 0)
      place.verb = plan.free->alternatives[progress.alternative - 1].verb;
  } else if (progress.entry < plan.script.size()) {
    place.verb = plan.script[progress.entry].verb;
  }
  return place;
}

std::uint64_t hash_of(const Place& place) {
  const std::uint64_t verb = place.verb ? static_cast<std::uint64_t>(*place.verb) + 1 : 0;
  return std::uint64_t{sim::name_hash(place.program)} << 32 ^ sim::name_hash(place.row) ^
         verb << 56;
}

std::string sentence_of(const Place& place) {
  std::string text;
  if (place.verb) text = fmt::format("in {}: ", userspace::word_of(*place.verb));
  return text + fmt::format("{}, {}", place.program, place.row);
}

}  // namespace luosim::world
