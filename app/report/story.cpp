// SPDX-License-Identifier: Apache-2.0
#include "app/report/story.hpp"

#include <fmt/format.h>

#include "app/report/log_line.hpp"
#include "model/guarantees/all.hpp"
#include "model/world/vocabulary.hpp"
#include "sim/explore/critical_step.hpp"

namespace luosim::app {

namespace {

// The log and the order of steps of one move, of several of which one is the next.
class StoryTrace final : public sim::Trace {
 public:
  StoryTrace(const world::Blueprint& blueprint, const sim::Schedule& schedule)
      : blueprint_(blueprint), schedule_(schedule), before_(blueprint), writer_(before_) {}

  void write(const sim::Record& record) override {
    if (record.kind == sim::EngineRecord::step) note_step(record.task);
    const auto line = writer_->take(record);
    if (line) lines.push_back(fmt::format("{:<8}{}", line->source, line->message));
  }

  /// What was written since the last move is not what happened.
  void take_back() {
    writer_.emplace(before_.value());
    lines.clear();
    order.clear();
  }
  void accept() {
    before_.emplace(writer_.value());
    lines.clear();
    order.clear();
  }

  std::vector<std::string> lines;
  std::vector<std::pair<std::string, std::uint32_t>> order;

 private:
  void note_step(sim::TaskId task) {
    const std::string& name = blueprint_.names.text(schedule_.task(task).name);
    if (order.empty() || order.back().first != name) order.emplace_back(name, 0);
    ++order.back().second;
  }

  const world::Blueprint& blueprint_;
  const sim::Schedule& schedule_;  // of the state that the move leads to
  std::optional<LogWriter> before_;
  std::optional<LogWriter> writer_;
};

std::string name_of_site(std::uint32_t hash) {
  for (const sim::FaultSite& site : world::fault_sites())
    if (site.id().hash == hash) return std::string(site.name);
  return "?";
}

}  // namespace

Story tell(const world::WorldModel& model, const sim::explore::Counterexample& counterexample) {
  Story story;
  story.finding = counterexample.finding;
  sim::explore::Workbench<world::WorldWalker> bench;
  StoryTrace trace(model.blueprint(), bench.successor->world.schedule);
  world::WorldWalker walker = model.walker();
  walker.watch(&trace);
  world::ExploredState state = model.initial();
  for (const std::uint32_t wanted : counterexample.path) {
    world::ExploredState next = state;
    sim::explore::expand(walker, std::as_const(state), walker.choice(), bench,
                         [&](const sim::explore::Successor<world::WorldWalker>& successor) {
                           if (successor.ordinal != wanted) {
                             trace.take_back();
                             return true;
                           }
                           StoryMove move;
                           const world::MoveText text = walker.text_of(state, successor.move);
                           move.who = text.who;
                           move.what = text.what;
                           move.is_call = text.is_call;
                           move.actor = text.actor;
                           move.alternative = text.alternative;
                           move.choices = successor.choice.made();
                           move.log = trace.lines;
                           for (const auto& [name, steps] : trace.order) {
                             if (story.order.empty() || story.order.back().first != name)
                               story.order.emplace_back(name, 0);
                             story.order.back().second += steps;
                           }
                           trace.accept();
                           story.moves.push_back(std::move(move));
                           next = successor.state;
                           return false;
                         });
    state = std::move(next);
  }
  story.critical = sim::explore::critical_step(model, counterexample.path);
  return story;
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
    for (const sim::MadeChoice& choice : move.choices)
      if (choice.chosen != 0)
        text += fmt::format("          fault {}\n", name_of_site(choice.label.what));
    // The first boot is the same in every story.
    if (number == 0) continue;
    for (const std::string& line : move.log) text += "          " + line + '\n';
  }
  return text;
}

}  // namespace luosim::app
