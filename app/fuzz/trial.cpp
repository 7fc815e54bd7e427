// SPDX-License-Identifier: Apache-2.0
#include "app/fuzz/trial.hpp"

#include <algorithm>
#include <cctype>

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

// A variation does little: one that takes longer than this is broken off.
constexpr std::uint64_t kMaxEvents = 1'000'000;

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

bool is_in_a_name(char character) {
  return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '-' ||
         character == '_' || character == '.';
}

bool has_digit(std::string_view word) {
  return std::any_of(word.begin(), word.end(), [](char character) {
    return std::isdigit(static_cast<unsigned char>(character)) != 0;
  });
}

// The part of a sentence that says what is wrong: behind a colon or from the second item of a list
// on stands who or how many it was, each time others.
std::string_view essence_of(std::string_view sentence) {
  sentence = sentence.substr(0, sentence.find(": "));
  for (const std::string_view joint : {", ", " and "}) {
    for (std::size_t at = sentence.find(joint); at != std::string_view::npos;
         at = sentence.find(joint, at + 1))
      if (has_digit(sentence.substr(at + joint.size(), 1))) sentence = sentence.substr(0, at);
  }
  return sentence;
}

}  // namespace

BrokenCause cause_of(std::string_view guarantee, std::string_view sentence,
                     const std::set<std::string>& names) {
  sentence = essence_of(sentence);
  BrokenCause cause{std::string(guarantee), ""};
  bool follows_number = false;
  for (std::size_t at = 0; at < sentence.size();) {
    std::size_t end = at;
    while (end < sentence.size() && is_in_a_name(sentence[end])) ++end;
    std::string word(sentence.substr(at, end - at));
    if (follows_number && word.ends_with('s')) word.pop_back();
    follows_number = has_digit(word);
    const bool is_accidental = has_digit(word) || word.starts_with("-E") || names.count(word) != 0;
    cause.words += is_accidental ? "*" : word;
    if (end < sentence.size()) cause.words += sentence[end];
    at = end + 1;
  }
  return cause;
}

Trial try_scenario(const Loaded& loaded, const std::set<std::string>& names) {
  const world::Blueprint& blueprint = loaded.built.blueprint;
  world::World world = world::make_world(blueprint);
  world.faults = loaded.built.faults;
  Trial trial;
  CountingTrace counting(trial);
  world::CheckingTrace checking(world, blueprint, counting);
  sim::SeededChoice choice(0);
  trial.stop = world::run(world, {blueprint, choice, checking},
                          {.events = kMaxEvents, .is_interrupted = interrupt_flag()});
  const bool has_ended =
      trial.stop == world::Stop::scripts_ended || trial.stop == world::Stop::stuck;
  if (has_ended) world::judge_the_end(checking, world, blueprint, interrupt_flag());
  const world::Checks& checks = checking.checks();
  for (const sim::Violation& violation : checks.violations()) {
    const std::string_view id = checks.guarantees()[violation.guarantee]->id;
    trial.broken.push_back({cause_of(id, violation.cause, names), violation.cause});
  }
  trial.machine = world::state_of_machine(world);
  return trial;
}

}  // namespace luosim::app
