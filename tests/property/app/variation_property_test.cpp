// SPDX-License-Identifier: Apache-2.0
//
// What holds of every scenario that `luosim fuzz` may draw, whoever takes part: the corrected
// protocol keeps all its promises, a cancel takes a prepare back, two updates do what one does, and
// recorded choices give the same run again.
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "app/cli/fault_sites.hpp"
#include "app/cli/play.hpp"
#include "app/fuzz/campaign.hpp"
#include "app/fuzz/generate.hpp"
#include "app/scenario/write_yaml.hpp"
#include "app/scenario/yaml.hpp"
#include "model/world/explore.hpp"
#include "sim/explore/expand.hpp"

namespace luosim::app {

// RapidCheck shows a case that fails as the file that it is.
std::ostream& operator<<(std::ostream& output, const Variation& variation);

namespace {

constexpr std::string_view kScenario = R"(luosim: 1
title: Anybody updates anything
protocol: luo-v2-fixed
host: { memory: 1GiB, scratch: 64MiB, cpus: 1 }
subsystems: [s1, { name: s2, preserves_page: true }]
handlers: [{ compatible: memfd-v1, accepts: memfd }, h]
files: { f1: { size: 4KiB, folio: 4KiB }, f2: { size: 4KiB, folio: 4KiB }, f3: { type: h } }
agent: [{ do: state }]
)";

Node root() {
  return *read_yaml(kScenario, "").root;
}

Loaded loaded(const std::string& text) {
  std::ostringstream errors;
  auto result = load_text(text, "variation", {}, errors);
  if (!result) RC_FAIL(errors.str());
  return *std::move(result);
}

Material material(std::uint32_t faults) {
  std::ostringstream errors;
  Material material = material_of(root(), loaded(std::string(kScenario)).scenario);
  material.faults = faults;
  if (faults > 0) material.sites = *faults_named({}, errors);
  return material;
}

// Somebody takes part, and nobody does anything yet.
Variation any_cast() {
  Variation variation = *variations(material(0));
  for (VariedActor& actor : variation.actors) actor.script.clear();
  return variation;
}

std::vector<std::string> files_of(const Variation& variation) {
  std::vector<std::string> names;
  for (const Participant& each : variation.participants)
    if (each.kind == Participant::Kind::file) names.push_back(each.name);
  return names;
}

RC_GTEST_PROP(Variations, of_the_corrected_protocol_break_no_guarantee, ()) {
  const Variation variation = *variations(material(2));
  const Trial trial = try_scenario(loaded(text_of(root(), variation)));
  for (const Broken& broken : trial.broken) RC_FAIL(broken.cause.guarantee + broken.sentence);
}

RC_GTEST_PROP(Variations, that_are_smaller_can_be_played_too, ()) {
  const std::vector<Variation> all = smaller(*variations(material(2)));
  RC_PRE(!all.empty());
  loaded(text_of(root(), all[*rc::gen::inRange<std::size_t>(0, all.size())]));
}

// A free agent draws its calls; what it drew is given to a second run.
RC_GTEST_PROP(Variations, replay_from_their_choices, ()) {
  Variation variation = *variations(material(2));
  variation.actors.resize(1);
  Node file = varied(root(), variation);
  Node free = mapping_node({{"ops", sequence_node({})}, {"max", scalar_node("30")}});
  std::vector<std::string> ops{"prepare", "freeze", "cancel", "finish", "reboot kexec"};
  if (!files_of(variation).empty()) ops.insert(ops.end(), {"preserve", "unpreserve", "restore"});
  for (const std::string& op : ops) free.entries[0].value.items.push_back(scalar_node(op));
  set_entry(file, "agent", mapping_node({{"free", free}}));
  const Loaded scenario = loaded(write_yaml(file));
  PlayOptions options;
  options.seed = *rc::gen::arbitrary<std::uint64_t>();
  const Played first = play(scenario, options);
  PlayOptions again;
  again.choices = &first.choices;
  RC_ASSERT(play(scenario, again).result.trace_hash == first.result.trace_hash);
}

// Whether each file comes back as it was, after so many updates of all of them.
std::vector<std::string> contents_after(const Variation& cast, int updates) {
  Variation variation = cast;
  const std::vector<std::string> files = files_of(cast);
  std::vector<VariedCall>& script = variation.actors.front().script;
  for (int update = 0; update < updates; ++update) {
    for (const std::string& file : files) script.push_back({"preserve", file, 0});
    for (const char* event : {"prepare", "freeze"}) script.push_back({event, "", 0});
    script.push_back({"reboot", "kexec", 0});
    for (const std::string& file : files) script.push_back({"restore", file, 0});
    script.push_back({"finish", "", 0});
  }
  Node file = varied(root(), variation);
  std::vector<Node> expected;
  for (const std::string& name : files)
    expected.push_back(mapping_node({{"memory", mapping_node({{name, scalar_node("intact")}})}}));
  expected.push_back(mapping_node({{"phase", scalar_node("normal")}}));
  set_entry(file, "expect", sequence_node(std::move(expected)));
  std::vector<std::string> judged;
  for (const world::Judged& each : play(loaded(write_yaml(file)), {}).result.expectations)
    judged.push_back(each.text + (each.held ? ": held" : ": failed"));
  return judged;
}

RC_GTEST_PROP(Variations, preserve_in_two_updates_what_they_preserve_in_one, ()) {
  const Variation cast = any_cast();
  RC_ASSERT(contents_after(cast, 1) == contents_after(cast, 2));
}

// Files are told apart, for the calls name them.
world::ExploreOptions told_apart() {
  world::ExploreOptions options;
  options.symmetry = false;
  return options;
}

// The machine with its one agent, who is told what to call.
class IdleMachine {
 public:
  explicit IdleMachine(const Loaded& scenario)
      : model_(scenario.built.blueprint, scenario.built.faults, told_apart()),
        walker_(model_.walker()),
        state_(model_.initial()) {}

  // False if the call cannot be made.
  bool call(userspace::Verb verb, std::string_view operand = "") {
    std::vector<sim::explore::Move> moves;
    walker_.moves(state_, moves);
    for (const sim::explore::Move move : moves) {
      const world::MoveText text = walker_.text_of(state_, move);
      if (!text.is_call) continue;
      const userspace::FreePlan& plan = *model_.blueprint().cast.actors[text.actor].free;
      const userspace::Entry& entry = plan.alternatives[text.alternative - 1];
      const bool is_meant =
          entry.verb == verb &&
          (operand.empty() || model_.blueprint().names.text(entry.operands[0]) == operand);
      if (!is_meant) continue;
      return take(move);
    }
    return false;
  }

  // Lets everything happen that nobody has to ask for, such as the boot.
  void settle() {
    std::vector<sim::explore::Move> moves;
    walker_.moves(state_, moves);
    while (moves.size() == 1 && !walker_.text_of(state_, moves[0]).is_call) {
      RC_ASSERT(take(moves[0]));
      moves.clear();
      walker_.moves(state_, moves);
    }
  }

  sim::Digest128 key() {
    sim::Hasher hasher;
    walker_.add_key(state_, hasher);
    return hasher.finish();
  }

 private:
  // False if it breaks a guarantee.
  bool take(sim::explore::Move move) {
    sim::explore::Taken taken;
    walker_.begin(state_, move, walker_.choice());
    walker_.take(state_, move, walker_.choice(), taken);
    return taken.findings.empty();
  }

  world::WorldModel model_;
  world::WorldWalker walker_;
  world::ExploredState state_;
};

RC_GTEST_PROP(Variations, are_after_a_cancel_as_they_were_before_prepare, ()) {
  const Variation cast = any_cast();
  const std::vector<std::string> files = files_of(cast);
  Node file = varied(root(), cast);
  std::vector<Node> ops;
  if (!files.empty()) ops.push_back(scalar_node("preserve"));
  for (const char* event : {"prepare", "cancel"}) ops.push_back(scalar_node(event));
  set_entry(file, "agent",
            mapping_node({{"free", mapping_node({{"ops", sequence_node(std::move(ops))}})}}));
  IdleMachine machine(loaded(write_yaml(file)));
  machine.settle();
  for (const std::string& name : files)
    if (*rc::gen::inRange(0, 3) != 0) RC_ASSERT(machine.call(userspace::Verb::preserve, name));
  // A machine that has never updated differs from one that has; after that nothing may differ.
  RC_ASSERT(machine.call(userspace::Verb::prepare));
  RC_ASSERT(machine.call(userspace::Verb::cancel));
  const sim::Digest128 before = machine.key();
  for (int cycle = 0; cycle < 2; ++cycle) {
    RC_ASSERT(machine.call(userspace::Verb::prepare));
    RC_ASSERT(!(machine.key() == before));
    RC_ASSERT(machine.call(userspace::Verb::cancel));
    RC_ASSERT(machine.key() == before);
  }
}

}  // namespace

std::ostream& operator<<(std::ostream& output, const Variation& variation) {
  return output << text_of(root(), variation);
}

}  // namespace luosim::app
