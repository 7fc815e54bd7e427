// SPDX-License-Identifier: Apache-2.0
#include "app/cli/counterexample.hpp"

#include <algorithm>
#include <map>
#include <ostream>
#include <sstream>

#include <fmt/format.h>

#include "app/cli/play.hpp"
#include "app/scenario/errno_names.hpp"
#include "app/scenario/settings.hpp"
#include "app/scenario/verbs.hpp"
#include "app/scenario/write_yaml.hpp"
#include "app/scenario/yaml.hpp"
#include "model/guarantees/all.hpp"
#include "model/world/script_build.hpp"
#include "model/world/vocabulary.hpp"

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

// The text behind the hash of an instance: a name of the scenario, a module, or a kernel function.
std::string name_of_instance(const world::Blueprint& blueprint, std::uint32_t hash) {
  for (std::uint32_t index = 1; index < blueprint.names.size(); ++index)
    if (sim::name_hash(blueprint.names.text({index})) == hash) return blueprint.names.text({index});
  for (const std::string_view function : world::allocating_functions())
    if (sim::name_hash(function) == hash) return std::string(function);
  return "";
}

// Rules that let the same calls fail: of each site and instance, the n-th that was asked about. A
// rule does not count the calls at which an earlier one has fired.
std::vector<Node> fault_nodes(const world::Blueprint& blueprint, const Story& story) {
  struct Count {
    std::uint32_t asked = 0;
    std::uint32_t struck = 0;
  };
  std::map<sim::ChoiceLabel, Count> counts;
  std::vector<Node> rules;
  for (const StoryMove& move : story.moves) {
    for (const sim::MadeChoice& choice : move.choices) {
      const auto site = std::find_if(
          world::fault_sites().begin(), world::fault_sites().end(),
          [&](const sim::FaultSite& each) { return each.id().hash == choice.label.what; });
      if (site == world::fault_sites().end()) continue;
      Count& count = counts[choice.label];
      ++count.asked;
      if (choice.chosen == 0) continue;
      const std::string instance = name_of_instance(blueprint, choice.label.instance);
      const std::string name =
          instance.empty() ? std::string(site->name) : fmt::format("{}:{}", site->name, instance);
      rules.push_back(mapping_node(
          {{"site", scalar_node(name, instance.empty() ? false : true)},
           {"nth", scalar_node(std::to_string(count.asked - count.struck))},
           site->value < 0
               ? std::pair{std::string("errno"), scalar_node(std::string(errno_name(-site->value)))}
               : std::pair{std::string("value"), scalar_node(std::to_string(site->value))}}));
      ++count.struck;
    }
  }
  return rules;
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

Node order_node(const Story& story) {
  std::vector<Node> parts;
  for (const auto& [name, steps] : story.order)
    parts.push_back(
        mapping_node({{"task", scalar_node(name)}, {"steps", scalar_node(std::to_string(steps))}}));
  return sequence_node(std::move(parts));
}

Node* value_of(Node& mapping, std::string_view key) {
  for (Entry& entry : mapping.entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
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

// The guarantees that the story has broken, and what breaks behind them in a run, which goes on
// where the story stops.
void expect_what_a_replay_shows(Node& root, std::vector<std::string> broken) {
  remove_entry(root, "expect");
  if (!broken.empty()) set_entry(root, "expect", sequence_node({expectation_node(broken)}));
  std::ostringstream unread;
  const auto loaded = load_text(write_yaml(root), "", {}, unread);
  if (!loaded) return;
  const RunResult replay =
      play(*loaded, {.max_events = kMostEventsOfAReplay, .is_interrupted = nullptr}).result;
  for (const BrokenGuarantee& each : replay.violations)
    if (std::find(broken.begin(), broken.end(), each.id) == broken.end()) broken.push_back(each.id);
  std::vector<Node> expectations;
  if (!broken.empty()) expectations.push_back(expectation_node(broken));
  if (replay.machine != "running")
    expectations.push_back(mapping_node({{"machine", scalar_node(replay.machine)}}));
  if (!expectations.empty()) set_entry(root, "expect", sequence_node(std::move(expectations)));
}

// The scenario without what it expects. Nothing if the file is one with a matrix.
std::optional<Node> node_of_story(const std::string& source_text,
                                  const std::vector<std::string>& settings, const Loaded& loaded,
                                  const Story& story, const StoryShape& shape,
                                  std::ostream& errors) {
  YamlResult read = read_yaml(source_text, "");
  if (!read.root || find_entry(*read.root, "matrix") != nullptr) {
    errors << "luosim: a story of one case of a matrix cannot be written as a file\n";
    return std::nullopt;
  }
  Node& root = *read.root;
  for (const std::string& setting : settings) apply_setting(root, setting);
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
  std::vector<Node> rules = fault_nodes(loaded.built.blueprint, story);
  if (!rules.empty()) {
    Node* faults = value_of(root, "faults");
    if (faults == nullptr) {
      set_entry(root, "faults", sequence_node(std::move(rules)));
    } else {
      std::move(rules.begin(), rules.end(), std::back_inserter(faults->items));
    }
  }
  if (shape.writes_order) set_entry(root, "order", order_node(story));
  return std::move(*read.root);
}

}  // namespace

std::optional<std::string> scenario_of_story(const std::string& source_text,
                                             const std::vector<std::string>& settings,
                                             const Loaded& loaded, const Story& story,
                                             const StoryShape& shape, std::ostream& errors) {
  auto root = node_of_story(source_text, settings, loaded, story, shape, errors);
  if (!root) return std::nullopt;
  expect_what_a_replay_shows(*root, {});
  return write_yaml(*root);
}

std::optional<std::string> counterexample_text(const std::string& source_text,
                                               const std::vector<std::string>& settings,
                                               const Loaded& loaded, const Story& story,
                                               std::ostream& errors) {
  const StoryShape shape{.writes_order = loaded.scenario.actors.size() > 1,
                         .forgets_moments = true,
                         .expects_any_answer = true};
  auto root = node_of_story(source_text, settings, loaded, story, shape, errors);
  if (!root) return std::nullopt;
  expect_what_a_replay_shows(*root, {std::string(guarantees::all()[story.finding.guarantee]->id)});
  return comment_of(story) + write_yaml(*root);
}

}  // namespace luosim::app
