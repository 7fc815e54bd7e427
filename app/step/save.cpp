// SPDX-License-Identifier: Apache-2.0
#include "app/step/save.hpp"

#include <sstream>

#include <fmt/format.h>

#include "app/cli/counterexample.hpp"
#include "app/view/changes.hpp"
#include "app/view/view.hpp"
#include "model/world/order.hpp"

namespace luosim::app {

namespace {

// The moves up to here as a story.
Story story_of(const Session& session) {
  Story story;
  story.order = session.order_before();
  story.faults = session.faults_before();
  for (std::size_t index = 0; index < session.point(); ++index) {
    const Happened& happened = session.happened(index);
    story.moves.push_back(happened.story);
    const std::vector<sim::AskedFault>& faults = happened.story.faults;
    story.faults.insert(story.faults.end(), faults.begin(), faults.end());
    for (const world::OrderPart& part : happened.order) world::add_part(story.order, part);
  }
  return story;
}

std::uint64_t steps_of(const Story& story) {
  std::uint64_t steps = 0;
  for (const world::OrderPart& part : story.order) steps += part.steps;
  return steps;
}

// What a person calls the same state: who stands where in which phase, what is preserved, and what
// has become of files and devices. How an actor came to its call is not part of it, and neither are
// moments where time is forgotten.
nlohmann::ordered_json what_counts(const world::World& world, const world::Blueprint& blueprint,
                                   bool has_time) {
  const nlohmann::ordered_json view = view_of(world, blueprint);
  nlohmann::ordered_json parts = {{"luo", view["luo"]},
                                  {"finalized", view["kho"]["finalized"]},
                                  {"state", view["machine"]["state"]},
                                  {"generation", view["machine"]["generation"]},
                                  {"locks", view["locks"]}};
  if (!has_time) {
    // An exploration gives memory out where it tells nothing; the words of files are addresses.
    parts["luo"] = {{"phase", view["luo"]["phase"]},
                    {"tree_present", view["luo"]["tree_present"]},
                    {"files", view["luo"]["files"]["outgoing"].size()},
                    {"incoming", view["luo"]["files"]["incoming"].size()}};
  }
  return parts;
}

// Plays the text for so many steps, as `luosim run` does.
std::optional<Moment> replayed(const Loaded& loaded, std::uint64_t steps) {
  Session session(walk_in_time(loaded, {}));
  for (std::uint64_t step = 0; step < steps; ++step)
    if (session.step() == nullptr) return std::nullopt;
  return session.now();
}

}  // namespace

tl::expected<SavedWay, std::string> scenario_of_way(const Session& session,
                                                    const std::string& source_text,
                                                    const std::vector<std::string>& settings,
                                                    const Loaded& loaded) {
  const bool has_time = session.walk().has_time();
  const Story story = story_of(session);
  std::ostringstream errors;
  const auto text =
      scenario_of_story({source_text, settings, loaded}, story,
                        {.writes_order = !has_time || session.now().goes_by_order,
                         .forgets_moments = !has_time,
                         .expects_any_answer = !has_time || session.now().goes_by_order},
                        errors);
  if (!text) return tl::unexpected(errors.str());
  const auto saved = load_text(*text, "the saved way", {}, errors);
  if (!saved) return tl::unexpected(errors.str());
  const std::uint64_t steps = steps_of(story);
  const auto end = replayed(*saved, steps);
  if (!end) return tl::unexpected(std::string("a replay of it cannot go on before it is here"));
  const auto changes =
      changes_between(what_counts(session.now().state.world, session.walk().blueprint(), has_time),
                      what_counts(end->state.world, saved->built.blueprint, has_time));
  if (!changes.empty())
    return tl::unexpected(
        fmt::format("a replay of it comes to another state: {}", sentence_of(changes.front())));
  return SavedWay{*text, steps};
}

}  // namespace luosim::app
