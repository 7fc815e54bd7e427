// SPDX-License-Identifier: Apache-2.0
#include "app/cli/counterexample.hpp"

#include <algorithm>
#include <ostream>
#include <sstream>

#include <fmt/format.h>

#include "app/cli/play.hpp"
#include "app/cli/story_faults.hpp"
#include "app/scenario/settings.hpp"
#include "app/scenario/verbs.hpp"
#include "app/scenario/write_yaml.hpp"
#include "app/scenario/yaml.hpp"
#include "model/guarantees/all.hpp"
#include "model/world/script_build.hpp"

namespace luosim::app {

namespace {

// A story has some thousand steps; only what is said of it is at stake.
constexpr std::uint64_t kMostEventsOfAReplay = 5'000'000;

// Whether this call is one of those that an op with the same verb stands for.
bool is_meant_by(const world::ScriptEntry& op, const userspace::Entry& call,
                 const std::string& name) {
  const ArgumentKind kind = find_verb(verb_word(op.verb))->kind;
  const auto has = [&](const std::string& argument) {
    return std::find(op.arguments.begin(), op.arguments.end(), argument) != op.arguments.end();
  };
  if (!name.empty()) return has(name);
  if (kind == ArgumentKind::reboot) return op.arguments.size() == 1;  // the next kernel
  if (kind == ArgumentKind::bit)
    return !call.numbers.empty() && has(std::to_string(call.numbers[0]));
  return true;
}

const userspace::Entry& call_of(const Loaded& loaded, std::uint32_t actor,
                                std::uint32_t alternative) {
  return loaded.built.blueprint.cast.actors[actor].free->alternatives[alternative - 1];
}

// The op of the scenario that an alternative comes from, as a script writes it.
std::string text_of_call(const Loaded& loaded, std::uint32_t actor, std::uint32_t alternative) {
  const world::Blueprint& blueprint = loaded.built.blueprint;
  const userspace::Entry& call = call_of(loaded, actor, alternative);
  for (const world::ScriptEntry& op : loaded.scenario.actors[actor].free->ops) {
    if (world::verb_of(op) != call.verb) continue;
    std::string text(verb_word(op.verb));
    const std::string name =
        call.operands.empty() ? std::string() : blueprint.names.text(call.operands[0]);
    if (op.verb == world::Verb::sleep) return fmt::format("{} {}ns", text, op.duration.ns);
    if (!is_meant_by(op, call, name)) continue;
    // A list of names is as many calls; other arguments, such as those of a reboot, are of one.
    if (find_verb(text)->kind == ArgumentKind::names)
      return name.empty() ? text : text + ' ' + name;
    for (const std::string& argument : op.arguments) text += ' ' + argument;
    return text;
  }
  return "";
}

Node script_node(const Loaded& loaded, const Story& story, std::uint32_t actor) {
  std::vector<Node> entries;
  for (const StoryMove& move : story.moves) {
    if (!move.is_call || move.actor != actor) continue;
    Node entry = mapping_node({{"do", scalar_node(text_of_call(loaded, actor, move.alternative))},
                               {"expect", scalar_node("any")}});
    if (const std::uint32_t flags = call_of(loaded, actor, move.alternative).flags; flags != 0)
      set_entry(entry, "flags", scalar_node(fmt::format("{:#x}", flags)));
    entries.push_back(std::move(entry));
  }
  return sequence_node(std::move(entries));
}

// A script without its moments of time: the order of steps says when.
void forget_moments(Node& script) {
  for (Node& entry : script.items)
    if (entry.kind == Node::Kind::mapping) remove_entry(entry, "at");
}

// What a script expects of its answers is not what the story is about.
void expect_any_answer(Node& script) {
  for (Node& entry : script.items)
    if (entry.kind == Node::Kind::mapping) set_entry(entry, "expect", scalar_node("any"));
}

Node order_node(const sim::Names& names, const Story& story) {
  std::vector<Node> parts;
  for (const world::OrderPart& part : story.order) {
    parts.push_back(mapping_node({{"task", scalar_node(names.text(part.task))},
                                  {"steps", scalar_node(std::to_string(part.steps))}}));
    if (part.which > 1) set_entry(parts.back(), "which", scalar_node(std::to_string(part.which)));
  }
  return sequence_node(std::move(parts));
}

Node* value_of(Node& mapping, std::string_view key) {
  for (Entry& entry : mapping.entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

// Guests whose drivers look for late commands would do so between the steps of the story.
void wait_without_limit(Node& root, const world::Scenario& scenario) {
  Node* vms = value_of(root, "vms");
  if (vms == nullptr) return;
  for (const world::VmSpec& vm : scenario.vms) {
    Node* place = vm.devices.empty() ? nullptr : value_of(*vms, vm.name);
    if (place == nullptr) continue;
    Node* load = value_of(*place, "workload");
    if (load == nullptr) {
      set_entry(*place, "workload", mapping_node({}));
    } else if (load->kind == Node::Kind::scalar) {
      *load = mapping_node({{"kind", *load}});
    }
    set_entry(*value_of(*place, "workload"), "timeout", scalar_node("0s"));
  }
}

std::string comment_of(const Story& story) {
  std::string text =
      fmt::format("# {} is broken: {}.\n# Found by an exploration; the shortest story:\n",
                  guarantees::all()[story.finding.guarantee]->id, story.finding.text);
  std::size_t number = 0;
  for (std::size_t move = 0; move < story.moves.size(); ++move) {
    if (!story.moves[move].is_call) continue;
    text +=
        fmt::format("#  {:>3}. {}: {}{}\n", ++number, story.moves[move].who, story.moves[move].what,
                    story.critical == move ? "   (here it could still have been avoided)" : "");
  }
  return text;
}

Node expectation_node(const std::vector<std::string>& guarantees) {
  std::vector<Node> ids;
  for (const std::string& id : guarantees) ids.push_back(scalar_node(id));
  return mapping_node({{"violated", sequence_node(std::move(ids))}});
}

std::optional<Played> replay(const Node& root) {
  std::ostringstream unread;
  const auto loaded = load_text(write_yaml(root), "", {}, unread);
  if (!loaded) return std::nullopt;
  return play(*loaded, {.max_events = kMostEventsOfAReplay, .is_interrupted = nullptr});
}

// The guarantees that the story has broken, and what breaks behind them in a run, which goes on
// where the story stops.
void expect_what_a_replay_shows(Node& root, std::vector<std::string> broken,
                                const RunResult& replay) {
  for (const BrokenGuarantee& each : replay.violations)
    if (std::find(broken.begin(), broken.end(), each.id) == broken.end()) broken.push_back(each.id);
  std::vector<Node> expectations;
  if (!broken.empty()) expectations.push_back(expectation_node(broken));
  if (replay.machine != "running")
    expectations.push_back(mapping_node({{"machine", scalar_node(replay.machine)}}));
  remove_entry(root, "expect");
  if (!expectations.empty()) set_entry(root, "expect", sequence_node(std::move(expectations)));
}

// The scenario that goes the way of the story. Nothing if the file is one with a matrix.
std::optional<Node> node_of_story(const StorySource& source, const Story& story,
                                  const StoryShape& shape, std::ostream& errors) {
  const Loaded& loaded = source.loaded;
  YamlResult read = read_yaml(source.text, "");
  if (!read.root || find_entry(*read.root, "matrix") != nullptr) {
    errors << "luosim: a story of one case of a matrix cannot be written as a file\n";
    return std::nullopt;
  }
  Node& root = *read.root;
  for (const std::string& setting : source.settings) apply_setting(root, setting);
  Node* actors = value_of(root, "actors");
  for (std::uint32_t actor = 0; actor < loaded.scenario.actors.size(); ++actor) {
    const world::ActorSpec& spec = loaded.scenario.actors[actor];
    Node* place = actor == 0 ? value_of(root, "agent") : nullptr;
    if (place == nullptr && actors != nullptr) place = value_of(*actors, spec.name);
    if (place == nullptr) continue;
    if (spec.free) {
      *place = script_node(loaded, story, actor);
      continue;
    }
    if (shape.forgets_moments) forget_moments(*place);
    if (shape.expects_any_answer) expect_any_answer(*place);
  }
  if (shape.forgets_moments) wait_without_limit(root, loaded.scenario);
  write_faults(root, loaded, story, shape.forgets_moments);
  if (shape.writes_order) set_entry(root, "order", order_node(loaded.built.blueprint.names, story));
  return std::move(*read.root);
}

// What a replay of that shape shows. Nothing if the story cannot be written.
struct Candidate {
  Node root;
  RunResult result;
};

std::optional<Candidate> candidate_of(const StorySource& source, const Story& story,
                                      const StoryShape& shape,
                                      const std::vector<std::string>& broken,
                                      std::ostream& errors) {
  auto root = node_of_story(source, story, shape, errors);
  if (!root) return std::nullopt;
  remove_entry(*root, "expect");
  if (!broken.empty()) set_entry(*root, "expect", sequence_node({expectation_node(broken)}));
  auto played = replay(*root);
  if (!played) return std::nullopt;
  if (leave_out_unfired(*root, source.loaded, shape.forgets_moments, played->unfired_rules))
    played = replay(*root);
  if (!played) return std::nullopt;
  expect_what_a_replay_shows(*root, broken, played->result);
  return Candidate{std::move(*root), std::move(played->result)};
}

// Whether a replay comes to the finding of the story.
bool shows(const RunResult& replay, const Story& story) {
  const std::string_view id = guarantees::all()[story.finding.guarantee]->id;
  return std::any_of(replay.violations.begin(), replay.violations.end(),
                     [&](const BrokenGuarantee& each) {
                       return each.id == id && story.finding.text.starts_with(each.cause);
                     });
}

bool breaks(const RunResult& replay, std::string_view id) {
  return std::any_of(replay.violations.begin(), replay.violations.end(),
                     [&](const BrokenGuarantee& each) { return each.id == id; });
}

// What is claimed of everything that may follow: one run need not show that it is broken.
bool is_about_what_may_follow(const Story& story) {
  const guarantees::Guarantee* guarantee = guarantees::all()[story.finding.guarantee];
  return guarantee == &guarantees::kCanGetBackToNormal || guarantee == &guarantees::kNoLivelock;
}

constexpr std::string_view kOnlyTheWay =
    "# A run goes the way to it: what is broken is a claim about all that may follow.\n";

}  // namespace

std::optional<std::string> scenario_of_story(const StorySource& source, const Story& story,
                                             const StoryShape& shape, std::ostream& errors) {
  const auto candidate = candidate_of(source, story, shape, {}, errors);
  if (!candidate) return std::nullopt;
  return write_yaml(candidate->root);
}

std::optional<WrittenCounterexample> counterexample_of(const StorySource& source,
                                                       const Story& story, std::ostream& errors) {
  const std::string id(guarantees::all()[story.finding.guarantee]->id);
  StoryShape shape{.writes_order = false, .forgets_moments = true, .expects_any_answer = true};
  std::optional<Candidate> candidate;
  const bool is_alone = source.loaded.scenario.actors.size() == 1;
  if (is_alone) candidate = candidate_of(source, story, shape, {id}, errors);
  if (!candidate || !shows(candidate->result, story)) {
    shape.writes_order = true;
    candidate = candidate_of(source, story, shape, {id}, errors);
  }
  if (!candidate) return std::nullopt;
  std::string comment = comment_of(story);
  bool replays = breaks(candidate->result, id);
  if (!replays && is_about_what_may_follow(story)) {
    candidate = candidate_of(source, story, shape, {}, errors);
    if (!candidate) return std::nullopt;
    comment += kOnlyTheWay;
    replays = true;
  }
  return WrittenCounterexample{comment + write_yaml(candidate->root), replays};
}

}  // namespace luosim::app
