// SPDX-License-Identifier: Apache-2.0
#include "tests/mutants/trial.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/cli/play.hpp"
#include "model/guarantees/all.hpp"
#include "model/world/expectation.hpp"
#include "model/world/explore.hpp"
#include "model/world/vocabulary.hpp"
#include "sim/core/assert.hpp"
#include "sim/explore/explore.hpp"

namespace luosim::mutants {

namespace {

// Many times what the unchanged programs need.
constexpr std::uint64_t kMostStates = 50'000;
constexpr std::uint64_t kMostEvents = 3'000'000;
constexpr rlim_t kMostSeconds = 20;

// Where an exploration may fail: in the protocol and in the memory that it asks for.
std::vector<sim::SiteFaults> fault_sites() {
  std::vector<sim::FaultSite> sites;
  for (const sim::FaultSite& site : world::fault_sites()) {
    const bool is_asked = site.name.starts_with("luo.") || site.name.starts_with("kho.") ||
                          site.name.starts_with("mm.");
    if (is_asked && site.value < 0) sites.push_back(site);
  }
  return world::site_faults(sites);
}

Story explore(const Trial& trial, const world::Blueprint& blueprint) {
  world::ExploreOptions options;
  options.faults = trial.faults;
  if (trial.faults > 0) options.fault_sites = fault_sites();
  for (const guarantees::Guarantee* guarantee : guarantees::all())
    options.expected.push_back(world::is_expected(trial.loaded.scenario, guarantee->id) ? 1 : 0);
  const world::WorldModel model(blueprint, trial.loaded.built.faults, options);
  sim::explore::Options search;
  search.max_states = kMostStates;
  const sim::explore::Result result = sim::explore::explore(model, search, model.claims());
  Story story;
  for (const std::uint32_t index : result.reached)
    story.reached.emplace_back(guarantees::all()[index]->id);
  story.traits = {result.states, result.transitions, result.steps, result.depth};
  if (!result.counterexamples.empty())
    story.broken = guarantees::all()[result.counterexamples.front().finding.guarantee]->id;
  else if (result.ending != sim::explore::Ending::complete)
    story.broken = "more states than there should be";
  return story;
}

std::string what_is_broken(const app::RunResult& result) {
  for (const app::BrokenGuarantee& broken : result.violations)
    if (!broken.is_expected) return broken.id;
  for (const world::Judged& expectation : result.expectations)
    if (!expectation.held) return "an expectation";
  if (result.verdict == app::Verdict::vacuous) return "a fault that never strikes";
  return result.verdict == app::Verdict::pass ? "" : "a story without an end";
}

Story play(const Trial& trial, const world::Blueprint& blueprint) {
  app::Loaded loaded = trial.loaded;
  loaded.built.blueprint = blueprint;
  const app::Played played = app::play(loaded, {.max_events = kMostEvents});
  return {what_is_broken(played.result),
          played.result.reached,
          {played.result.trace_hash.low, played.result.trace_hash.high}};
}

Story story_of(const Trial& trial, const world::Blueprint& blueprint) {
  return trial.is_explored ? explore(trial, blueprint) : play(trial, blueprint);
}

std::string missing_from(const Story& story, const Story& unchanged) {
  for (const std::string& id : unchanged.reached)
    if (std::find(story.reached.begin(), story.reached.end(), id) == story.reached.end()) return id;
  return "";
}

// Goes through the trials in the process of the mutant, and writes what it comes to.
void write_judgement(const std::vector<Trial>& trials, const Mutation& mutation, std::FILE* out) {
  Fate fate = Fate::unseen;
  for (const Trial& trial : trials) {
    world::Blueprint blueprint = trial.loaded.built.blueprint;
    const Mutant mutant(blueprint.programs, mutation);
    if (!mutant.is_applicable()) continue;
    blueprint.programs = mutant.programs();
    std::fprintf(out, "trial\t%s\n", trial.name.c_str());
    std::fflush(out);
    const Story story = story_of(trial, blueprint);
    std::string broken = story.broken;
    const std::string missing = missing_from(story, trial.unchanged);
    if (broken.empty() && !missing.empty()) broken = "never: " + missing;
    if (!broken.empty()) {
      std::fprintf(out, "killed\t%s\n", broken.c_str());
      return;
    }
    if (story.traits != trial.unchanged.traits) fate = Fate::survived;
  }
  std::fprintf(out, "%s\t\n", std::string(word_of(fate)).c_str());
}

[[noreturn]] void be_the_mutant(const std::vector<Trial>& trials, const Mutation& mutation,
                                int pipe_end) {
  const rlimit limit{kMostSeconds, kMostSeconds};
  setrlimit(RLIMIT_CPU, &limit);
  // What the engine says of a broken rule is known from how the process ends.
  if (std::freopen("/dev/null", "w", stderr) == nullptr) std::_Exit(EXIT_FAILURE);
  std::FILE* out = fdopen(pipe_end, "w");
  write_judgement(trials, mutation, out);
  std::fclose(out);
  std::_Exit(EXIT_SUCCESS);
}

Judgement read_judgement(int pipe_end) {
  Judgement judgement;
  // Unless the process says more, it did not live to say it.
  judgement.fate = Fate::killed;
  std::FILE* in = fdopen(pipe_end, "r");
  std::array<char, 512> buffer{};
  while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), in) != nullptr) {
    const std::string line(buffer.data());
    const std::size_t tab = line.find('\t');
    const std::string word = line.substr(0, tab);
    const std::string rest = line.substr(tab + 1, line.size() - tab - 2);
    if (word == "trial") judgement.trial = rest;
    if (word == "killed") judgement.cause = rest;
    if (word == "survived") judgement.fate = Fate::survived;
    if (word == "unseen") judgement.fate = Fate::unseen;
  }
  std::fclose(in);
  return judgement;
}

}  // namespace

std::string_view word_of(Fate fate) {
  switch (fate) {
    case Fate::killed:
      return "killed";
    case Fate::survived:
      return "survived";
    case Fate::unseen:
      return "unseen";
  }
  return "";
}

std::vector<Trial> load_trials(const std::string& root, const std::vector<TrialFile>& files) {
  std::vector<Trial> trials;
  for (const TrialFile& file : files) {
    const auto cases = app::load_all(root + "/" + file.name, file.settings, std::cerr);
    sim::require(cases.has_value(), "the scenarios for mutants can be loaded");
    for (std::size_t index = 0; index < cases->count(); ++index) {
      auto loaded = cases->load(index, std::cerr);
      sim::require(loaded.has_value(), "each case for mutants can be built");
      Trial trial{file.name, *std::move(loaded), file.is_explored, file.faults, {}};
      trial.unchanged = story_of(trial, trial.loaded.built.blueprint);
      if (!trial.unchanged.broken.empty())
        std::cerr << file.name << ": " << trial.unchanged.broken << '\n';
      sim::require(trial.unchanged.broken.empty(), "nothing is broken without a mutation");
      trials.push_back(std::move(trial));
    }
  }
  return trials;
}

Judgement judge(const std::vector<Trial>& trials, const Mutation& mutation) {
  std::array<int, 2> ends{};
  sim::require(pipe(ends.data()) == 0, "a pipe can be made");
  std::cout.flush();
  const pid_t child = fork();
  sim::require(child >= 0, "a process can be made");
  if (child == 0) {
    close(ends[0]);
    be_the_mutant(trials, mutation, ends[1]);
  }
  close(ends[1]);
  Judgement judgement = read_judgement(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (judgement.fate != Fate::killed || !judgement.cause.empty()) return judgement;
  const bool is_endless = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  judgement.cause = is_endless ? "it goes round for ever" : "an assertion of the engine";
  return judgement;
}

}  // namespace luosim::mutants
