// SPDX-License-Identifier: Apache-2.0
#include "model/world/independence.hpp"

#include <algorithm>

#include "model/userspace/footprint.hpp"

namespace luosim::world {

namespace {

using userspace::Entry;
using userspace::Footprint;
using userspace::Verb;

bool kills(const userspace::Actor& actor) {
  const auto is_kill = [](const Entry& entry) { return entry.verb == Verb::kill; };
  return std::any_of(actor.script.begin(), actor.script.end(), is_kill) ||
         (actor.free &&
          std::any_of(actor.free->alternatives.begin(), actor.free->alternatives.end(), is_kill));
}

// A script has an end, which whoever ends the story waits for; a free actor may always go on.
bool touches_nothing(const userspace::Actor& actor) {
  if (!actor.free || actor.free->max) return false;
  return std::all_of(
      actor.free->alternatives.begin(), actor.free->alternatives.end(),
      [](const Entry& entry) { return footprint_of(entry.verb) == Footprint::nothing; });
}

}  // namespace

std::vector<std::uint8_t> detached_actors(const userspace::Cast& cast) {
  std::vector<std::uint8_t> detached(cast.actors.size());
  if (std::any_of(cast.actors.begin(), cast.actors.end(), kills)) return detached;
  // Somebody has to be left whose story it is.
  if (std::all_of(cast.actors.begin(), cast.actors.end(), touches_nothing)) return detached;
  for (std::size_t actor = 0; actor < detached.size(); ++actor)
    detached[actor] = touches_nothing(cast.actors[actor]) ? 1 : 0;
  return detached;
}

bool is_detached(const sim::Task& task, std::span<const std::uint8_t> detached) {
  return task.group != 0 && task.group - 1 < detached.size() && detached[task.group - 1] != 0;
}

}  // namespace luosim::world
