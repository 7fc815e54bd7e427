// SPDX-License-Identifier: Apache-2.0
#include "app/report/story.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "app/report/log_line.hpp"
#include "app/report/record_words.hpp"
#include "model/guarantees/all.hpp"
#include "model/world/retrace.hpp"
#include "model/world/vocabulary.hpp"
#include "sim/explore/critical_step.hpp"

namespace luosim::app {

namespace {

// The log and the order of steps of one move, of several of which one is the next.
class StoryTrace final : public sim::Trace {
 public:
  explicit StoryTrace(const world::Blueprint& blueprint) : before_(blueprint), writer_(before_) {}

  void write(const sim::Record& record) override {
    const auto line = writer_->take(record);
    if (line) lines.push_back(fmt::format("{:<8}{}", line->source, line->message));
  }

  /// What was written since the last move is not what happened.
  void take_back() {
    writer_.emplace(before_.value());
    forget();
  }
  void accept() {
    before_.emplace(writer_.value());
    forget();
  }

  std::vector<std::string> lines;
  std::vector<sim::AskedFault> faults;

 private:
  void forget() {
    lines.clear();
    faults.clear();
  }

  std::optional<LogWriter> before_;
  std::optional<LogWriter> writer_;
};

StoryMove move_of(const world::MoveText& text, const sim::EnumeratedChoice& choice,
                  const StoryTrace& trace) {
  return {.who = text.who,
          .what = text.what,
          .is_call = text.is_call,
          .actor = text.actor,
          .alternative = text.alternative,
          .choices = choice.made(),
          .faults = trace.faults,
          .log = trace.lines};
}

// `fault mm.alloc`; with what it returns, if that is not what its faults return by themselves.
std::string words_of(const sim::AskedFault& fault) {
  const auto sites = world::fault_sites();
  const auto site = std::find_if(sites.begin(), sites.end(), [&](const sim::FaultSite& each) {
    return each.id().hash == fault.label.what;
  });
  if (site == sites.end()) return "fault";
  const bool is_usual = site->value == *fault.value;
  return fmt::format("fault {}{}", site->name,
                     is_usual ? "" : " returns " + status_text(*fault.value));
}

// Walks along the path of a counterexample.
class Teller {
 public:
  explicit Teller(const world::WorldModel& model)
      : trace_(model.blueprint()), walker_(model.walker()), state_(model.initial()) {
    walker_.watch(&trace_);
    walker_.choice().follow_faults(&trace_.faults);
    walker_.follow_steps(&steps_);
  }

  /// The move of that number is added to the story, and taken by the machine as well.
  void take(std::uint32_t wanted, world::Retrace& machine);

  Story story;

 private:
  sim::explore::Workbench<world::WorldWalker> bench_;
  StoryTrace trace_;
  std::vector<world::TakenStep> steps_;  // of the move at hand
  world::WorldWalker walker_;
  world::ExploredState state_;
};

void Teller::take(std::uint32_t wanted, world::Retrace& machine) {
  world::ExploredState next = state_;
  sim::explore::expand(walker_, std::as_const(state_), walker_.choice(), bench_,
                       [&](const sim::explore::Successor<world::WorldWalker>& successor) {
                         const bool is_it = successor.ordinal == wanted;
                         if (is_it) {
                           const world::MoveText text = walker_.text_of(state_, successor.move);
                           story.moves.push_back(move_of(text, successor.choice, trace_));
                           machine.follow(steps_, successor.choice, trace_.faults);
                           trace_.accept();
                           next = successor.state;
                         } else {
                           trace_.take_back();
                         }
                         steps_.clear();
                         return !is_it;
                       });
  state_ = std::move(next);
}

}  // namespace

Story tell(const world::WorldModel& model, const sim::explore::Counterexample& counterexample) {
  Teller teller(model);
  teller.story.finding = counterexample.finding;
  world::Retrace machine(model);
  for (const std::uint32_t move : counterexample.path) teller.take(move, machine);
  teller.story.order = machine.steps();
  teller.story.faults = machine.faults();
  teller.story.critical = sim::explore::critical_step(model, counterexample.path);
  return std::move(teller.story);
}

std::string story_text(const Story& story) {
  const guarantees::Guarantee& guarantee = *guarantees::all()[story.finding.guarantee];
  std::string text = fmt::format("BROKEN  {}\n        {}.\n        promised: {}\n", guarantee.id,
                                 story.finding.text, guarantee.promise);
  std::size_t calls = 0;
  for (std::size_t number = 0; number < story.moves.size(); ++number) {
    const StoryMove& move = story.moves[number];
    const bool is_critical = story.critical == number;
    if (move.is_call) {
      text += fmt::format(
          "  {:>3}.  {}: {}{}\n", ++calls, move.who, move.what,
          is_critical ? "      <- the last moment at which it could have been avoided" : "");
    } else if (is_critical) {
      text += fmt::format(
          "        {} takes its step      <- the last moment at which it could have been avoided\n",
          move.who);
    }
    for (const sim::AskedFault& fault : move.faults)
      if (fault.value) text += "          " + words_of(fault) + '\n';
    // The first boot is the same in every story.
    if (number == 0) continue;
    for (const std::string& line : move.log) text += "          " + line + '\n';
  }
  return text;
}

}  // namespace luosim::app
