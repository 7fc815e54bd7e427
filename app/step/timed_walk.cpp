// SPDX-License-Identifier: Apache-2.0
//
// In order of time, event by event, exactly as `luosim run` goes; but whoever is ready may be let
// go on before it is his turn, and the door to chance may be told what to answer.
#include <algorithm>
#include <span>

#include "app/cli/interrupt.hpp"
#include "app/step/move_trace.hpp"
#include "app/step/walk.hpp"
#include "model/userspace/free_actor.hpp"
#include "model/userspace/programs.hpp"
#include "model/world/checks.hpp"
#include "model/world/expectation.hpp"
#include "model/world/place.hpp"
#include "model/world/run.hpp"
#include "model/world/story_end.hpp"
#include "sim/choice/enumerated.hpp"

namespace luosim::app {

namespace {

/// Whoever is first in time.
constexpr std::uint32_t kFirst = 0xFFFF'FFFF;
constexpr std::uint32_t kCertain = 1'000'000;

// Gives the answers that it is told, and without them those of the seed.
class Door final : public sim::Choice {
 public:
  Door(sim::SeededChoice& chance, const Move& move, std::span<const sim::SiteFaults> sites,
       std::uint32_t& faults_left)
      : Choice(!sites.empty()),
        chance_(chance),
        told_(move.answers ? &*move.answers : nullptr),
        sites_(sites),
        faults_left_(faults_left) {}

  std::uint32_t choose(std::uint32_t alternatives, sim::ChoiceLabel label) override {
    if (told_ == nullptr) return note(label, alternatives, chance_.choose(alternatives, label));
    return alternatives == 1 ? 0 : note(label, alternatives, told());
  }

  bool happens(std::uint32_t per_million, sim::ChoiceLabel label) override {
    if (told_ == nullptr) {
      const bool answer = chance_.happens(per_million, label);
      if (per_million != 0 && per_million < kCertain) note(label, 2, answer ? 1 : 0);
      return answer;
    }
    if (per_million == 0 || per_million >= kCertain) return per_million != 0;
    return note(label, 2, told()) == 1;
  }

  std::optional<std::int32_t> strikes(sim::ChoiceLabel label) override {
    const sim::SiteFaults* site = faults_left_ > 0 ? find_site(sites_, label.what) : nullptr;
    if (told_ == nullptr || site == nullptr) return std::nullopt;
    const auto alternatives = 1 + static_cast<std::uint32_t>(site->values.size());
    const std::uint32_t chosen = note(label, alternatives, told());
    if (chosen == 0) return std::nullopt;
    --faults_left_;
    return site->values[chosen - 1];
  }

  const std::vector<sim::MadeChoice>& made() const { return made_; }

 private:
  std::uint32_t told() { return asked_ < told_->size() ? (*told_)[asked_++] : 0; }
  std::uint32_t note(sim::ChoiceLabel label, std::uint32_t alternatives, std::uint32_t chosen) {
    if (alternatives > 1) made_.push_back({label, alternatives, chosen});
    return chosen;
  }

  sim::SeededChoice& chance_;
  const std::vector<std::uint32_t>* told_;
  std::span<const sim::SiteFaults> sites_;
  std::uint32_t& faults_left_;
  std::size_t asked_ = 0;
  std::vector<sim::MadeChoice> made_;
};

// Shows each record to the guarantees, on whichever moment is at hand, and passes it on.
class Watch final : public sim::Trace {
 public:
  Watch(Moment& moment, const world::Blueprint& blueprint, sim::Checks<guarantees::Machine>& checks,
        sim::Trace& next)
      : moment_(moment),
        machine_(world::machine_of(moment.state.world, blueprint)),
        checks_(checks),
        next_(next) {
    checks_.exchange_notes(moment_.state.notes);
    checks_.forget_violations();
  }
  ~Watch() override { checks_.exchange_notes(moment_.state.notes); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void write(const sim::Record& record) override {
    next_.write(record);
    checks_.see(record, machine_);
  }

 private:
  Moment& moment_;
  guarantees::Machine machine_;
  sim::Checks<guarantees::Machine>& checks_;
  sim::Trace& next_;
};

class TimedWalk final : public Walk {
 public:
  TimedWalk(const Loaded& loaded, WalkOptions options)
      : loaded_(loaded),
        options_(std::move(options)),
        expected_(world::expected_guarantees(loaded.scenario)),
        checks_(guarantees::all()) {
    if (options_.faults == 0) options_.fault_sites.clear();
  }

  Beginning begin() override;
  std::vector<Offer> offers(const Moment& moment) override;
  std::optional<Move> next(const Moment& moment) override;
  bool has_to_choose(const Moment& /*moment*/) override { return false; }  // the seed does
  Happened take(Moment& moment, const Move& move) override;
  std::string ending(const Moment& moment) override;
  bool has_time() const override { return true; }
  const world::Blueprint& blueprint() const override { return loaded_.built.blueprint; }

 private:
  void add_offers(const Moment& moment, sim::TaskId task, sim::SimTime due,
                  std::vector<Offer>& offers) const;
  void describe(const world::World& before, sim::TaskId task, StoryMove& story) const;
  void describe_call(const world::World& after, StoryMove& story) const;
  void collect(const std::vector<sim::Violation>& violations, Moment& moment,
               Happened& happened) const;
  void judge_the_end(Moment& moment, Happened& happened);
  world::Stop stop_of(const Moment& moment) const;

  const Loaded& loaded_;
  WalkOptions options_;
  std::vector<std::uint8_t> expected_;
  sim::Checks<guarantees::Machine> checks_;
};

bool is_running(const world::World& world) {
  return world.kernel.core.death.ending == kernel::Ending::running;
}

// The actor whose free choice was answered.
std::optional<std::uint32_t> chooser_in(const world::Blueprint& blueprint, const StoryMove& story) {
  for (std::uint32_t actor = 0; actor < blueprint.cast.actors.size(); ++actor) {
    const auto label =
        userspace::label_of_free_choice(blueprint.names.text(blueprint.cast.actors[actor].name));
    for (const sim::MadeChoice& choice : story.choices)
      if (choice.label == label) return actor;
  }
  return std::nullopt;
}

Beginning TimedWalk::begin() {
  Beginning beginning{.moment = {.state = {},
                                 .chance = sim::SeededChoice(options_.seed),
                                 .writer = LogWriter(blueprint()),
                                 .broken = {}},
                      .log = {}};
  Moment& moment = beginning.moment;
  world::ExploredState& state = moment.state;
  state.world = world::make_world(blueprint());
  state.world.faults = loaded_.built.faults;
  state.faults_left = options_.faults;
  state.notes.of_guarantee.resize(guarantees::all().size());
  state.notes.reached.resize(guarantees::all().size());
  MoveTrace trace(*moment.writer, /*with_time=*/true);
  {
    Watch watch(moment, blueprint(), checks_, trace);
    world::power_on(state.world, {blueprint(), moment.chance, watch}, 0);
  }
  Happened switched_on;
  trace.give_to(switched_on);
  beginning.log = std::move(switched_on.story.log);
  return beginning;
}

std::optional<Move> TimedWalk::next(const Moment& moment) {
  const world::World& world = moment.state.world;
  if (!is_running(world) || world.schedule.is_idle()) return std::nullopt;
  if (world::is_over(blueprint().order, moment.place)) return Move{kFirst};
  const auto task = world::task_in_turn(blueprint().order, moment.place, world.schedule);
  return task ? std::optional(Move{task->index}) : std::nullopt;
}

// One offer for each combination of answers.
void TimedWalk::add_offers(const Moment& moment, sim::TaskId task, sim::SimTime due,
                           std::vector<Offer>& offers) const {
  sim::EnumeratedChoice choice(options_.fault_sites);
  choice.begin(moment.state.faults_left);
  do {
    world::World world = moment.state.world;
    StoryMove story;
    choice.follow_faults(&story.faults);
    describe(world, task, story);
    sim::NoTrace trace;
    world.schedule.take(task);
    world::Context context = world::context_for(world, {blueprint(), choice, trace}, task);
    world::run_step_of_task(context);
    story.choices = choice.made();
    describe_call(world, story);
    Offer offer{.move = {task.index, std::vector<std::uint32_t>{}},
                .who = story.who,
                .what = story.what,
                .due = due,
                .answers = words_of_faults(blueprint(), story.faults),
                .is_call = story.is_call};
    for (const sim::MadeChoice& made : choice.made()) offer.move.answers->push_back(made.chosen);
    offers.push_back(std::move(offer));
  } while (choice.next());
}

std::vector<Offer> TimedWalk::offers(const Moment& moment) {
  std::vector<Offer> offers;
  if (!is_running(moment.state.world)) return offers;
  sim::Schedule coming = moment.state.world.schedule;
  while (!coming.is_idle()) {
    const sim::TaskId task = coming.take_next();
    add_offers(moment, task, coming.now(), offers);
  }
  return offers;
}

void TimedWalk::describe(const world::World& before, sim::TaskId task, StoryMove& story) const {
  story.who = blueprint().names.text(before.schedule.task(task).name);
  story.what = world::sentence_of(world::place_of(before, blueprint(), task));
}

// A free actor's choice is better told by the call that it chose.
void TimedWalk::describe_call(const world::World& after, StoryMove& story) const {
  const auto actor = chooser_in(blueprint(), story);
  if (!actor) return;
  const userspace::Progress::Actor& progress = after.progress.actors[*actor];
  const userspace::Entry* call =
      userspace::current_entry(blueprint().cast.actors[*actor], progress);
  if (call == nullptr) {
    story.what = "does nothing any more";
    return;
  }
  story.is_call = true;
  story.actor = *actor;
  story.alternative = progress.alternative;
  story.what = std::string(userspace::word_of(call->verb));
  for (const sim::Symbol operand : call->operands)
    story.what += ' ' + blueprint().names.text(operand);
}

void TimedWalk::collect(const std::vector<sim::Violation>& violations, Moment& moment,
                        Happened& happened) const {
  for (const sim::Violation& violation : violations) {
    const bool is_known = std::any_of(
        moment.broken.begin(), moment.broken.end(),
        [&](const BrokenOnTheWay& each) { return each.guarantee == violation.guarantee; });
    if (is_known) continue;
    happened.broken.push_back({violation.guarantee, violation.cause, violation.time,
                               expected_[violation.guarantee] != 0});
    moment.broken.push_back(happened.broken.back());
  }
}

void TimedWalk::judge_the_end(Moment& moment, Happened& happened) {
  sim::NoTrace nobody;
  world::CheckingTrace checking(moment.state.world, blueprint(), nobody);
  sim::CheckNotes notes = moment.state.notes;
  checking.checks().exchange_notes(notes);
  world::judge_the_end(checking, moment.state.world, blueprint(), interrupt_flag());
  collect(checking.checks().violations(), moment, happened);
}

struct TakenEvent {
  sim::TaskId task;
  world::OrderPart part;
  bool was_first = false;  // it was its turn
};

// Takes the event of the task that is meant. Whose turn it is says the order of the scenario while
// there is one, and then time. Who leaves the order goes on by time.
TakenEvent take_event(sim::Schedule& schedule, const Move& move,
                      const std::vector<world::OrderPart>& order, world::OrderPlace& place) {
  const bool has_order = !world::is_over(order, place);
  const auto in_turn = has_order ? world::task_in_turn(order, place, schedule) : std::nullopt;
  const sim::TaskId first = in_turn ? *in_turn : sim::Schedule(schedule).take_next();
  const sim::TaskId task = move.number == kFirst ? first : sim::TaskId{move.number};
  const TakenEvent taken{task, world::step_of(schedule, task), task == first};
  if (has_order)
    place =
        taken.was_first ? world::after_a_step(order, place) : world::OrderPlace{order.size(), 0};
  schedule.take(task);
  return taken;
}

Happened TimedWalk::take(Moment& moment, const Move& move) {
  world::World& world = moment.state.world;
  Happened happened;
  const auto [task, part, was_first] =
      take_event(world.schedule, move, blueprint().order, moment.place);
  happened.order.push_back(part);
  happened.left_time = !was_first && !moment.goes_by_order;
  moment.goes_by_order |= !was_first;
  describe(world, task, happened.story);
  MoveTrace trace(*moment.writer, /*with_time=*/true);
  Door door(moment.chance, move, options_.fault_sites, moment.state.faults_left);
  door.follow_faults(&happened.story.faults);
  {
    Watch watch(moment, blueprint(), checks_, trace);
    const world::Surroundings surroundings{blueprint(), door, watch};
    world::Context context = world::context_for(world, surroundings, task);
    world::run_step_of_task(context);
    if (is_running(world)) world::end_the_story_if_quiet(world, surroundings);
  }
  happened.story.choices = door.made();
  describe_call(world, happened.story);
  happened.answers = words_of_faults(blueprint(), happened.story.faults);
  trace.give_to(happened);
  collect(checks_.violations(), moment, happened);
  if (is_running(world) && world.schedule.is_idle()) judge_the_end(moment, happened);
  return happened;
}

world::Stop TimedWalk::stop_of(const Moment& moment) const {
  const world::World& world = moment.state.world;
  if (!is_running(world)) return world::Stop::kernel_died;
  return userspace::all_scripts_have_ended(world.progress, blueprint().cast)
             ? world::Stop::scripts_ended
             : world::Stop::stuck;
}

std::string TimedWalk::ending(const Moment& moment) {
  return std::string(world::word_of(stop_of(moment)));
}

}  // namespace

std::unique_ptr<Walk> walk_in_time(const Loaded& loaded, WalkOptions options) {
  return std::make_unique<TimedWalk>(loaded, std::move(options));
}

}  // namespace luosim::app
