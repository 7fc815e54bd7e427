// SPDX-License-Identifier: Apache-2.0
#include "model/world/place.hpp"

#include <fmt/format.h>

#include "model/userspace/free_actor.hpp"
#include "model/userspace/programs.hpp"

namespace luosim::world {

Place place_of(const World& world, const Blueprint& blueprint, sim::TaskId task) {
  Place place;
  const sim::Schedule& schedule = world.schedule;
  if (task.index >= schedule.tasks().size()) return place;
  if (schedule.task(task).frame == sim::Frame::kNone) return place;
  const sim::Frame& innermost = schedule.frame_of(task);
  if (blueprint.programs.contains(innermost.program)) {
    const sim::Programs::Entry& entry = blueprint.programs.find(innermost.program);
    place.program = entry.program->name;
    if (innermost.step < entry.steps.size()) place.row = entry.steps[innermost.step]->name;
  }
  const sim::Frame& outermost = schedule.outermost_frame_of(task);
  if (outermost.program != userspace::kActorProgramId) return place;
  const auto actor = static_cast<std::uint32_t>(outermost.values[0]);
  const userspace::Entry* entry =
      current_entry(blueprint.cast.actors[actor], world.progress.actors[actor]);
  if (entry != nullptr) place.verb = entry->verb;
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
