// SPDX-License-Identifier: Apache-2.0
#include "model/world/explore.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/luo/v2/programs.hpp"
#include "model/userspace/free_actor.hpp"
#include "model/userspace/programs.hpp"
#include "model/world/device_history.hpp"
#include "model/world/explored_checks.hpp"
#include "model/world/footprints.hpp"
#include "model/world/forgetting.hpp"
#include "model/world/guests_at_work.hpp"
#include "model/world/hanging_calls.hpp"
#include "model/world/headway.hpp"
#include "model/world/independence.hpp"
#include "model/world/order.hpp"
#include "model/world/place.hpp"
#include "model/world/quiet_steps.hpp"
#include "model/world/state_flags.hpp"
#include "model/world/timeless.hpp"
#include "sim/choice/choice.hpp"
#include "sim/core/assert.hpp"

namespace luosim::world {

namespace {

using sim::explore::Move;
using sim::explore::Taken;

// A move is the number of a task and, of a free actor that chooses, the answer of its choice.
constexpr std::uint32_t kAnswerShift = 16;

// Each question of a move has it taken once more; where others could go on between, a long one is
// better cut in two.
constexpr std::uint32_t kMostQuestionsOfQuietSteps = 4;

Move move_of(sim::TaskId task, std::uint32_t answer) {
  return {answer << kAnswerShift | task.index};
}
std::uint32_t answer_of(Move move) {
  return move.number >> kAnswerShift;
}

// The actor whose process stands at its choice; actors are numbered from 0.
std::optional<std::uint32_t> chooser(const World& world, const userspace::Cast& cast,
                                     std::uint32_t task) {
  const sim::Task& each = world.schedule.tasks()[task];
  const std::uint32_t actor = each.group - 1;
  if (each.group == 0 || actor >= cast.actors.size() || !cast.actors[actor].free)
    return std::nullopt;
  const sim::Frame& frame = world.schedule.frame(each.frame);
  const bool stands_at_it = frame.program == userspace::kActorProgramId && frame.step == 0 &&
                            world.progress.actors[actor].is_killed == 0;
  return stands_at_it ? std::optional(actor) : std::nullopt;
}

// Plays the first boot, until user space runs and something is to be decided.
bool user_space_runs(const World& world) {
  return world.user.is_started != 0;
}

}  // namespace

WorldModel::WorldModel(const Blueprint& blueprint, const sim::Faults& faults,
                       ExploreOptions options)
    : blueprint_(without_time(blueprint)), options_(std::move(options)) {
  detached_ = detached_actors(blueprint_.cast);
  const auto unless_expected = [&](const guarantees::Guarantee& guarantee) {
    const std::uint32_t index = guarantees::index_of(guarantee);
    const bool is_expected = !options_.expected.empty() && options_.expected[index] != 0;
    return is_expected ? sim::explore::GraphClaims::kNone : index;
  };
  claims_ = {.way_back = unless_expected(guarantees::kCanGetBackToNormal),
             .progress = unless_expected(guarantees::kNoLivelock),
             .next_begin = unless_expected(guarantees::kCanGetBackToNormal)};
  sim::ScriptedChoice choice;
  sim::NoTrace trace;
  const Surroundings surroundings{blueprint_, choice, trace};
  World started = make_world(blueprint_);
  const sim::Faults timeless = without_windows(faults);
  started.faults = timeless;
  power_on(started, surroundings, 0);
  while (!user_space_runs(started) && advance(started, surroundings)) {
  }
  entities_ = known_entities(started, blueprint_, timeless);
  // Later kernels allocate behind what files had at first, so that it tells nothing about which of
  // them are gone.
  blueprint_.allocate_pages_from = started.kernel.core.next_page;
  blueprint_.allocate_blocks_from = started.kernel.core.next_block;
  initial_.world = make_world(blueprint_);
  initial_.world.faults = timeless;
  power_on(initial_.world, surroundings, 0);
  initial_.faults_left = options_.faults;
  initial_.notes.of_guarantee.resize(guarantees::all().size());
  initial_.notes.reached.resize(guarantees::all().size());
  if (options_.follows_broken) initial_.broken.resize(guarantees::all().size());
  WorldWalker walker(*this);
  opening_ = walker.begin_with_guests_at_work(initial_);
  initial_with_history_ = initial_;
  if (has_guests_with_devices(blueprint_)) walker.forget(initial_);
}

WorldWalker::WorldWalker(const WorldModel& model)
    : model_(model),
      choice_(model.options().faults == 0 ? std::span<const sim::SiteFaults>{}
                                          : std::span(model.options().fault_sites)),
      canonical_(model.blueprint(), model.entities(), model.options().symmetry),
      checks_(std::make_unique<ExploredChecks>(model.blueprint())) {}

WorldWalker::WorldWalker(WorldWalker&&) noexcept = default;
WorldWalker::~WorldWalker() = default;

Opening WorldWalker::begin_with_guests_at_work(State& state) {
  Opening opening;
  World& world = state.world;
  if (!has_guests_with_devices(model_.blueprint())) return opening;
  // The first answers that an enumeration gives are the ordinary outcomes.
  choice_.begin(state.faults_left);
  choice_.follow_faults(&opening.faults);
  checks_->begin(state);
  const Surroundings surroundings{model_.blueprint(), choice_, *checks_};
  Context context = context_for(world, surroundings, {});
  opening.steps = play_until_guests_work(context);
  checks_->end();
  choice_.follow_faults(nullptr);
  return opening;
}

sim::TaskId WorldWalker::task_of(Move move) {
  return {move.number & ((1U << kAnswerShift) - 1)};
}

void WorldWalker::watch(sim::Trace* watcher) {
  checks_->watcher = watcher;
}

void WorldWalker::add_free_calls(const State& from, std::uint32_t actor, sim::TaskId task,
                                 std::vector<Move>& moves) {
  const Blueprint& blueprint = model_.blueprint();
  sim::NoTrace trace;
  // The context of a question changes nothing.
  const Context context =
      context_for(const_cast<World&>(from.world), {blueprint, choice_, trace}, task);
  const std::vector<userspace::FreeCall> calls = userspace::allowed_free_calls(context, actor);
  const std::vector<std::uint32_t>* alike =
      model_.options().symmetry ? &canonical_.alike(from) : nullptr;
  for (std::uint32_t answer = 1; answer <= calls.size(); ++answer) {
    const userspace::FreeCall& call = calls[answer - 1];
    const std::uint32_t entity = canonical_.index().of_call(call.verb, call.operand, call.number);
    const bool another_stands_for_it =
        alike != nullptr && entity != kNobody && (*alike)[entity] != entity;
    if (!another_stands_for_it) moves.push_back(move_of(task, answer));
  }
}

void WorldWalker::moves(const State& from, std::vector<Move>& moves) {
  const std::vector<sim::Task>& tasks = from.world.schedule.tasks();
  if (from.world.kernel.core.death.ending != kernel::Ending::running) return;
  if (const auto quiet = quiet_step(from.world)) return moves.push_back(move_of(*quiet, 0));
  for (std::uint32_t task = 0; task < tasks.size(); ++task) {
    if (!can_move(from.world, task)) continue;
    const auto actor = chooser(from.world, model_.blueprint().cast, task);
    if (actor) {
      add_free_calls(from, *actor, {task}, moves);
    } else {
      moves.push_back(move_of({task}, 0));
    }
  }
}

void WorldWalker::begin(const State& from, Move move, sim::EnumeratedChoice& choice) {
  choice.begin(from.faults_left);
  if (answer_of(move) == 0) return;
  const std::uint32_t actor = from.world.schedule.task(task_of(move)).group - 1;
  const Blueprint& blueprint = model_.blueprint();
  choice.settle(
      userspace::label_of_free_choice(blueprint.names.text(blueprint.cast.actors[actor].name)),
      answer_of(move));
}

// Whether a task is ready and is not left where it is.
bool WorldWalker::can_move(const World& world, std::uint32_t task) const {
  const sim::Task& each = world.schedule.tasks()[task];
  if (each.state != sim::Task::State::ready) return false;
  return !model_.options().leaves_out_detached || !is_detached(each, model_.detached());
}

std::optional<sim::TaskId> WorldWalker::quiet_step(const World& world) const {
  if (!model_.options().quiet_steps) return std::nullopt;
  return quiet_task(world, model_.blueprint());
}

// Whether nothing else could happen now than a step of one task, or has to.
bool WorldWalker::goes_on(const World& world, std::size_t asked, sim::TaskId& task) const {
  const std::vector<sim::Task>& tasks = world.schedule.tasks();
  std::uint32_t ready = 0;
  for (std::uint32_t index = 0; index < tasks.size() && ready < 2; ++index) {
    if (!can_move(world, index)) continue;
    task = {index};
    ++ready;
  }
  if (ready == 1)
    return !begins_a_round(world, task) && !chooser(world, model_.blueprint().cast, task.index);
  const auto quiet = asked < kMostQuestionsOfQuietSteps ? quiet_step(world) : std::nullopt;
  if (quiet) task = *quiet;
  return quiet.has_value();
}

void WorldWalker::forget(State& state) const {
  // Devices go on while a kernel boots.
  forget_device_history(state, model_.blueprint());
  forget_history(state, model_.blueprint());
  if (model_.options().forgets_dead_values) forget_dead_values(state, model_.blueprint());
}

// The next step of the context's task. One that others may be overtaken by keeps to its footprint.
void WorldWalker::take_step(World& world, Context& context) const {
  const sim::TaskId task = context.task;
  const bool is_verified =
      model_.options().verifies_footprints && quiet_step(world) == std::optional(task);
  const Half half = is_verified ? half_left_alone_by(world, task) : Half::update;
  if (order_ != nullptr) add_part(*order_, step_of(world.schedule, task));
  if (taken_ != nullptr) taken_->push_back(taken_step(world.schedule, task));
  const sim::Digest128 before = is_verified ? digest_of(world, half) : sim::Digest128{};
  world.schedule.take(task);
  run_step_of_task(context);
  if (is_verified)
    sim::require(digest_of(world, half) == before,
                 "a quiet step leaves alone what others work on meanwhile");
}

void WorldWalker::take(State& state, Move move, sim::EnumeratedChoice& choice, Taken& taken) {
  World& world = state.world;
  checks_->begin(state);
  const Surroundings surroundings{model_.blueprint(), choice, *checks_};
  Context context = context_for(world, surroundings, task_of(move));
  sim::TaskId task = task_of(move);
  const bool hardware_is_busy = hardware_can_go_on(world.schedule);
  const std::uint32_t generation = world.kernel.core.generation;
  for (;;) {
    context.task = task;
    take_step(world, context);
    ++taken.steps;
    if (world.kernel.core.death.ending != kernel::Ending::running) break;
    if (checks_->has_found() || choice.asked() >= model_.options().most_questions) break;
    if (taken.steps >= model_.options().most_steps) break;
    if (!goes_on(world, choice.asked(), task)) break;
  }
  checks_->end();
  if (!keeps_history_) forget(state);
  state.faults_left = choice.faults_left();
  taken.makes_progress = hardware_is_busy || checks_->has_made_headway();
  taken.starts_over = world.kernel.core.generation != generation;
  judge(state, taken);
  find_hanging_calls(state, taken);
}

// Whether it is a finding that this guarantee does not hold now; of one that is followed it is so
// the first time on a way. What the scenario expects is something that should be reached.
bool WorldWalker::counts(State& state, std::uint32_t guarantee, sim::explore::Taken& taken) const {
  const std::vector<std::uint8_t>& expected = model_.options().expected;
  if (!expected.empty() && expected[guarantee] != 0) {
    taken.reached.push_back(guarantee);
    return false;
  }
  if (state.broken.empty()) return true;
  return std::exchange(state.broken[guarantee], 1) == 0;
}

void WorldWalker::judge(State& state, Taken& taken) {
  const auto all = guarantees::all();
  for (std::size_t index = 0; index < checks_->violations().size(); ++index) {
    const sim::Violation& violation = checks_->violations()[index];
    if (!counts(state, violation.guarantee, taken)) continue;
    const Place& place = checks_->place_of_violation(index);
    taken.findings.push_back({violation.guarantee, hash_of(place),
                              fmt::format("{} ({})", violation.cause, sentence_of(place))});
  }
  for (std::uint32_t index = 0; index < all.size(); ++index)
    if (all[index]->kind == sim::ClaimKind::sometimes && state.notes.reached[index] != 0)
      taken.reached.push_back(index);
}

// Of several that hang, they hang by one cause.
void WorldWalker::find_hanging_calls(State& state, Taken& taken) const {
  const std::vector<sim::Locks::Claim> hanging = hanging_calls(state.world);
  if (hanging.empty()) return;
  const std::uint32_t guarantee = guarantees::index_of(guarantees::kEachCallReturns);
  if (!counts(state, guarantee, taken)) return;
  const Place place = place_of(state.world, model_.blueprint(), hanging.front().task);
  const std::string text = world::text_of(hanging.front(), state.world, model_.blueprint().names);
  taken.findings.push_back(
      {guarantee, hash_of(place), fmt::format("{} ({})", text, sentence_of(place))});
}

std::uint8_t WorldWalker::flags_of(const State& state) {
  return state_flags(state.world, model_.blueprint(), model_.detached());
}

bool WorldWalker::is_same(const State& left, const State& right) const {
  return left.faults_left == right.faults_left && left.broken == right.broken &&
         left.notes.of_guarantee == right.notes.of_guarantee &&
         left.world.schedule.stands_like(right.world.schedule) &&
         left.world.faults == right.world.faults && left.world.hardware == right.world.hardware &&
         left.world.kernel == right.world.kernel && left.world.user == right.world.user &&
         left.world.progress == right.world.progress && left.world.ledger == right.world.ledger;
}

MoveText WorldWalker::text_of(const State& from, Move move) {
  const Blueprint& blueprint = model_.blueprint();
  const sim::TaskId task = task_of(move);
  MoveText text;
  text.who = blueprint.names.text(from.world.schedule.task(task).name);
  if (answer_of(move) == 0) {
    const Place place = place_of(from.world, blueprint, task);
    text.what = sentence_of(place);
    return text;
  }
  const std::uint32_t actor = from.world.schedule.task(task).group - 1;
  sim::NoTrace trace;
  const Context context =
      context_for(const_cast<World&>(from.world), {blueprint, choice_, trace}, task);
  const userspace::FreeCall call =
      userspace::allowed_free_calls(context, actor)[answer_of(move) - 1];
  text.is_call = true;
  text.actor = actor;
  text.alternative = call.alternative;
  text.what = std::string(userspace::word_of(call.verb));
  if (call.operand != sim::Symbol{}) text.what += ' ' + blueprint.names.text(call.operand);
  if (call.flags != 0) text.what += fmt::format(" with flags {:#x}", call.flags);
  return text;
}

}  // namespace luosim::world
