// SPDX-License-Identifier: Apache-2.0
#include "app/fuzz/campaign.hpp"

#include <algorithm>
#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <rapidcheck.h>

#include "app/cli/findings_folder.hpp"
#include "app/cli/play.hpp"
#include "app/fuzz/generate.hpp"
#include "app/fuzz/light_load.hpp"
#include "app/scenario/write_yaml.hpp"

namespace luosim::app {

namespace {

constexpr std::uint64_t kSmallest = 5;  // sizes of RapidCheck, which go to a hundred
constexpr std::uint64_t kSizes = 96;
constexpr std::uint64_t kLengthStep = 10;
// Whoever replays a culprit plays it to its end, so that what it expects must be of the end, too.
constexpr std::uint64_t kStepsOfCulprit = 20'000'000;

void add_counts(const std::map<std::string, std::uint64_t>& counts,
                std::map<std::string, std::uint64_t>& sum) {
  for (const auto& [name, count] : counts) sum[name] += count;
}

class Campaign {
 public:
  Campaign(const Node& root, const Material& material, const CampaignOptions& options)
      : root_(with_light_load(root)), generator_(variations(material)), options_(options) {}

  CampaignResult run() {
    rc::Random stream(options_.seed);
    for (std::uint64_t number = 0; number < options_.cases; ++number) {
      if (wants_stop()) break;
      const rc::Random random = stream.split();
      play_case(generator_(random, static_cast<int>(kSmallest + number % kSizes)));
      if (!result_.refused.empty()) break;
    }
    return std::move(result_);
  }

 private:
  bool wants_stop() {
    result_.was_stopped |= options_.wants_stop && options_.wants_stop(result_);
    return result_.was_stopped;
  }

  std::optional<Trial> try_variation(const Variation& variation,
                                     std::uint64_t max_steps = kStepsOfTrial);
  void play_case(const rc::Shrinkable<Variation>& shrinkable);
  void count(const Trial& trial);
  void make_small(const BrokenCause& cause, const rc::Shrinkable<Variation>& shrinkable);
  /// Nothing if it cannot be loaded, or if somebody interrupts: what was not played to its end says
  /// nothing of the end.
  std::optional<Culprit> culprit_of(const BrokenCause& cause, const Variation& variation);

  const Node root_;
  rc::Gen<Variation> generator_;
  const CampaignOptions& options_;
  std::set<BrokenCause> known_;
  std::map<std::string, std::uint32_t> files_;  // by guarantee
  CampaignResult result_;
};

std::optional<Trial> Campaign::try_variation(const Variation& variation, std::uint64_t max_steps) {
  std::ostringstream errors;
  const std::string text = text_of(root_, variation);
  const auto loaded = load_text(text, "variation", {}, errors);
  if (loaded) return try_scenario(*loaded, max_steps);
  result_.refused = errors.str() + text;
  return std::nullopt;
}

void Campaign::count(const Trial& trial) {
  Distribution& sum = result_.distribution;
  add_counts(trial.calls, sum.calls);
  add_counts(trial.struck, sum.faults);
  add_counts(trial.phases, sum.phases);
  std::uint64_t calls = 0;
  for (const auto& [verb, count] : trial.calls) calls += count;
  ++sum.lengths[calls / kLengthStep * kLengthStep];
  if (trial.was_cut_short()) ++sum.cut_short;
}

void Campaign::play_case(const rc::Shrinkable<Variation>& shrinkable) {
  const std::optional<Trial> trial = try_variation(shrinkable.value());
  if (!trial) return;
  result_.was_stopped |= trial->was_interrupted();
  if (result_.was_stopped) return;
  ++result_.cases;
  count(*trial);
  const auto is_unexpected = [&](const Broken& broken) {
    return options_.expected.count(broken.cause.guarantee) == 0;
  };
  if (std::any_of(trial->broken.begin(), trial->broken.end(), is_unexpected)) ++result_.broken;
  for (const Broken& broken : trial->broken) {
    if (!is_unexpected(broken) || !known_.insert(broken.cause).second) continue;
    make_small(broken.cause, shrinkable);
    if (result_.was_stopped || !result_.refused.empty()) return;
  }
}

void Campaign::make_small(const BrokenCause& cause, const rc::Shrinkable<Variation>& shrinkable) {
  std::uint64_t tries = 0;
  const auto breaks_alike = [&](const Variation& variation) {
    if (wants_stop()) return false;
    ++tries;
    const std::optional<Trial> trial = try_variation(variation);
    return trial && std::any_of(trial->broken.begin(), trial->broken.end(),
                                [&](const Broken& broken) { return broken.cause == cause; });
  };
  // As rc::shrinkable::findLocalMin(), in whose loop GCC 12 sees what is not there.
  Variation smallest = shrinkable.value();
  rc::Seq<rc::Shrinkable<Variation>> shrinks = shrinkable.shrinks();
  while (const auto next = shrinks.next()) {
    Variation candidate = next->value();
    if (!breaks_alike(candidate)) continue;
    smallest = std::move(candidate);
    shrinks = next->shrinks();
  }
  if (!result_.refused.empty()) return;
  std::optional<Culprit> culprit = culprit_of(cause, smallest);
  if (!culprit) {
    result_.was_stopped |= result_.refused.empty();
    return;
  }
  culprit->tries = tries;
  result_.culprits.push_back(std::move(*culprit));
}

std::optional<Culprit> Campaign::culprit_of(const BrokenCause& cause, const Variation& variation) {
  Culprit culprit;
  culprit.cause = cause;
  culprit.found = result_.cases;
  for (const VariedActor& actor : variation.actors) culprit.calls += actor.script.size();
  culprit.faults = variation.faults.size();
  Node file = varied(root_, variation);
  std::vector<Node> violated;
  const std::optional<Trial> trial = try_variation(variation, kStepsOfCulprit);
  if (!trial || trial->was_interrupted()) return std::nullopt;
  for (const Broken& broken : trial->broken) {
    violated.push_back(scalar_node(broken.cause.guarantee));
    if (broken.cause == cause) culprit.sentence = broken.sentence;
  }
  // Whoever speaks of the machine accepts that a script waits for ever.
  set_entry(file, "expect",
            sequence_node({mapping_node({{"violated", sequence_node(std::move(violated))}}),
                           mapping_node({{"machine", scalar_node(trial->machine)}})}));
  culprit.text = fmt::format("# {} is broken: {}\n# Found by luosim fuzz, seed {}, case {}.\n{}",
                             cause.guarantee, culprit.sentence, options_.seed, culprit.found,
                             write_yaml(file));
  culprit.file_name = name_of_finding(cause.guarantee, ++files_[cause.guarantee]);
  // What goes on for ever cannot be replayed to its end.
  if (trial->was_cut_short()) return culprit;
  std::ostringstream errors;
  const auto loaded = load_text(culprit.text, culprit.file_name, {}, errors);
  culprit.replays = loaded.has_value();
  if (!loaded) return culprit;
  const RunResult replayed = play(*loaded, {}).result;
  if (replayed.stop == world::Stop::interrupted) return std::nullopt;
  culprit.replays = replayed.verdict == Verdict::pass;
  return culprit;
}

}  // namespace

std::string text_of(const Node& root, const Variation& variation) {
  return write_yaml(varied(root, variation));
}

CampaignResult run_campaign(const Node& root, const Material& material,
                            const CampaignOptions& options) {
  return Campaign(root, material, options).run();
}

}  // namespace luosim::app
