// SPDX-License-Identifier: Apache-2.0
//
// By any order of moves, as `luosim check` explores: time is forgotten, each move that is possible
// is offered with every answer of the door to chance, and none is left out because another one
// leads to the same.
#include <algorithm>

#include "app/step/move_trace.hpp"
#include "app/step/walk.hpp"
#include "model/userspace/programs.hpp"
#include "model/world/expectation.hpp"
#include "model/world/explore.hpp"
#include "model/world/run.hpp"
#include "sim/explore/expand.hpp"

namespace luosim::app {

namespace {

using Successor = sim::explore::Successor<world::WorldWalker>;

// Passes records on to the trace of the move at hand.
class Switch final : public sim::Trace {
 public:
  void write(const sim::Record& record) override {
    if (next) next->write(record);
  }
  std::optional<MoveTrace> next;
};

std::vector<std::uint32_t> answers_of(const std::vector<sim::MadeChoice>& made) {
  std::vector<std::uint32_t> answers;
  answers.reserve(made.size());
  for (const sim::MadeChoice& choice : made) answers.push_back(choice.chosen);
  return answers;
}

class UntimedWalk final : public Walk {
 public:
  UntimedWalk(const Loaded& loaded, const WalkOptions& options)
      : expected_(world::expected_guarantees(loaded.scenario)),
        model_(loaded.built.blueprint, loaded.built.faults,
               {.faults = options.faults,
                .fault_sites = options.fault_sites,
                .symmetry = false,
                .leaves_out_detached = false,
                .forgets_dead_values = false,
                .quiet_steps = false,
                .follows_broken = true}),
        walker_(model_.walker()) {
    walker_.watch(&switch_);
    walker_.keep_history();
  }

  Beginning begin() override {
    Beginning beginning{.moment = {.state = model_.initial_with_history(),
                                   .chance = sim::SeededChoice(0),
                                   .writer = LogWriter(model_.blueprint()),
                                   .broken = {}},
                        .log = {}};
    beginning.order = model_.opening().steps;
    beginning.faults = model_.opening().faults;
    return beginning;
  }

  std::vector<Offer> offers(const Moment& moment) override {
    std::vector<Offer> offers;
    std::vector<sim::AskedFault> faults;
    walker_.choice().follow_faults(&faults);
    sim::explore::expand(
        walker_, moment.state, walker_.choice(), bench_, [&](const Successor& successor) {
          const world::MoveText text = walker_.text_of(moment.state, successor.move);
          const auto& made = successor.choice.made();
          offers.push_back({.move = {successor.move.number, answers_of(made)},
                            .who = text.who,
                            .what = text.what,
                            .due = std::nullopt,
                            .answers = words_of_faults(model_.blueprint(), faults),
                            .is_call = text.is_call});
          faults.clear();
          return true;
        });
    walker_.choice().follow_faults(nullptr);
    return offers;
  }

  // What follows by itself comes before a call that somebody may as well not make. Of several the
  // one that a clock would have come first, so that a disk at work lets others have their turn.
  std::optional<Move> next(const Moment& moment) override {
    std::vector<sim::explore::Move> moves;
    walker_.moves(moment.state, moves);
    if (moves.empty()) return std::nullopt;
    for (sim::Schedule coming = moment.state.world.schedule; !coming.is_idle();) {
      const sim::TaskId task = coming.take_next();
      const auto step = std::find_if(moves.begin(), moves.end(), [&](sim::explore::Move move) {
        return walker_.task_of(move) == task && !walker_.text_of(moment.state, move).is_call;
      });
      if (step != moves.end()) return Move{step->number};
    }
    return Move{moves.front().number};
  }

  bool has_to_choose(const Moment& moment) override {
    const auto move = next(moment);
    return move && walker_.text_of(moment.state, {move->number}).is_call;
  }

  // Combinations come in order, so the one that is meant is reached by taking those before it.
  Happened take(Moment& moment, const Move& move) override {
    Happened happened;
    const sim::explore::Move meant{move.number};
    sim::EnumeratedChoice& choice = walker_.choice();
    const world::MoveText text = walker_.text_of(moment.state, meant);
    walker_.begin(moment.state, meant, choice);
    for (;;) {
      world::ExploredState after = moment.state;
      LogWriter writer = *moment.writer;
      sim::explore::Taken taken;
      switch_.next.emplace(writer, /*with_time=*/false);
      std::vector<sim::AskedFault> faults;
      choice.follow_faults(&faults);
      std::vector<world::OrderPart> order;
      walker_.follow_order(&order);
      walker_.take(after, meant, choice, taken);
      walker_.follow_order(nullptr);
      choice.follow_faults(nullptr);
      const bool is_meant = !move.answers || *move.answers == answers_of(choice.made());
      if (is_meant || !choice.next()) {
        happened.story = {.who = text.who,
                          .what = text.what,
                          .is_call = text.is_call,
                          .actor = text.actor,
                          .alternative = text.alternative,
                          .choices = choice.made(),
                          .faults = std::move(faults),
                          .log = {}};
        happened.answers = words_of_faults(model_.blueprint(), happened.story.faults);
        happened.order = std::move(order);
        switch_.next->give_to(happened);
        switch_.next.reset();
        note_broken(moment, taken, after.world.schedule.now(), happened);
        moment.state = std::move(after);
        moment.writer.emplace(writer);
        return happened;
      }
    }
  }

  std::string ending(const Moment& moment) override {
    const world::World& world = moment.state.world;
    if (world.kernel.core.death.ending != kernel::Ending::running)
      return std::string(world::word_of(world::Stop::kernel_died));
    const bool all = userspace::all_scripts_have_ended(world.progress, model_.blueprint().cast);
    return std::string(world::word_of(all ? world::Stop::scripts_ended : world::Stop::stuck));
  }

  bool has_time() const override { return false; }
  const world::Blueprint& blueprint() const override { return model_.blueprint(); }

 private:
  void note_broken(Moment& moment, const sim::explore::Taken& taken, sim::SimTime now,
                   Happened& happened) const {
    for (const sim::explore::Finding& finding : taken.findings) {
      happened.broken.push_back(
          {finding.guarantee, finding.text, now, expected_[finding.guarantee] != 0});
      moment.broken.push_back(happened.broken.back());
    }
  }

  std::vector<std::uint8_t> expected_;
  world::WorldModel model_;
  Switch switch_;
  world::WorldWalker walker_;
  sim::explore::Workbench<world::WorldWalker> bench_;
};

}  // namespace

std::unique_ptr<Walk> walk_in_any_order(const Loaded& loaded, const WalkOptions& options) {
  return std::make_unique<UntimedWalk>(loaded, options);
}

}  // namespace luosim::app
