// SPDX-License-Identifier: Apache-2.0
//
// Who does something: actors, tasks, locks; and the faults that wait for one of them.
#include <fmt/format.h>

#include "app/view/view_parts.hpp"
#include "model/world/place.hpp"
#include "model/world/vocabulary.hpp"

namespace luosim::app::view {

namespace {

using sim::Task;

const char* state_word(Task::State state) {
  switch (state) {
    case Task::State::unused:
      return "unused";
    case Task::State::ready:
      return "ready";
    case Task::State::blocked:
      return "blocked";
    case Task::State::ended:
      return "ended";
  }
  return "";
}

// The call that an entry of a script, or an alternative of a free actor, is.
std::string call_text(const Viewed& viewed, const userspace::Entry& entry) {
  std::string call(userspace::word_of(entry.verb));
  for (const sim::Symbol operand : entry.operands) call += ' ' + text(viewed, operand);
  return call;
}

std::string next_call(const Viewed& viewed, const userspace::Actor& plan,
                      const userspace::Progress::Actor& progress) {
  if (plan.free) {
    if (progress.alternative == 0) return progress.entry != 0 ? "none" : "any that it may choose";
    return call_text(viewed, plan.free->alternatives[progress.alternative - 1]);
  }
  return progress.entry < plan.script.size() ? call_text(viewed, plan.script[progress.entry])
                                             : "none";
}

// The task of an actor's process; a process that has ended has none.
std::optional<sim::TaskId> task_of(const Viewed& viewed, std::uint32_t actor) {
  const auto& tasks = viewed.world.schedule.tasks();
  for (std::uint32_t index = 0; index < tasks.size(); ++index) {
    const bool is_its = tasks[index].state != Task::State::unused &&
                        tasks[index].group == userspace::process_of_actor(actor);
    if (is_its) return sim::TaskId{index};
  }
  return std::nullopt;
}

std::string where(const Viewed& viewed, std::optional<sim::TaskId> task) {
  if (!task) return "nowhere";
  const world::Place place = world::place_of(viewed.world, viewed.blueprint, *task);
  return place.program.empty() ? "nowhere" : world::sentence_of(place);
}

std::string wait_text(const Viewed& viewed, sim::TaskId task) {
  const auto request = viewed.world.schedule.locks().waits_for(task);
  if (!request) return "nothing";
  return fmt::format("{} to {}", word(ValueForm::lock, request->lock.index),
                     word(ValueForm::lock_mode, static_cast<std::uint64_t>(request->mode)));
}

// When each task is due, by number; those without an event wait for somebody. A copy is played to
// its end, for a schedule says no more than what is next.
std::vector<std::int64_t> due_times(sim::Schedule schedule) {
  std::vector<std::int64_t> due(schedule.tasks().size(), -1);
  while (!schedule.is_idle()) {
    const sim::TaskId task = schedule.take_next();
    due[task.index] = schedule.now().ns;
  }
  return due;
}

// The calls of a task from the outermost program in: each waits for the one behind it.
Json frames_of(const Viewed& viewed, const Task& task) {
  const sim::Schedule& schedule = viewed.world.schedule;
  Json frames = Json::array();
  for (std::uint32_t index = task.frame; index != sim::Frame::kNone;
       index = schedule.frame(index).caller) {
    const sim::Frame& frame = schedule.frame(index);
    Json values = Json::array();
    for (const std::uint64_t value : frame.values) values.push_back(hex(value));
    Json local = Json::array();
    for (const std::uint64_t value : frame.local) local.push_back(hex(value));
    frames.insert(
        frames.begin(),
        Json{{"program", program_name(viewed, frame.program)},
             {"row", frame.step},
             {"status", word(ValueForm::status, static_cast<std::uint64_t>(frame.status))},
             {"result", word(ValueForm::status, static_cast<std::uint64_t>(frame.result))},
             {"word", hex(frame.word)},
             {"values", values},
             {"local", local}});
  }
  return frames;
}

Json claims_of(const Viewed& viewed, const std::vector<sim::Locks::Claim>& claims,
               std::uint32_t lock) {
  Json list = Json::array();
  for (const sim::Locks::Claim& claim : claims)
    if (claim.request.lock.index == lock)
      list.push_back(
          {{"task", task_name(viewed, claim.task)},
           {"to", word(ValueForm::lock_mode, static_cast<std::uint64_t>(claim.request.mode))},
           {"killable", claim.request.killable}});
  return list;
}

std::string instance_text(const Viewed& viewed, std::uint32_t hash) {
  if (hash == 0) return "any";
  for (const std::string_view name : world::fault_instances())
    if (sim::name_hash(name) == hash) return std::string(name);
  for (std::uint32_t index = 1; index < viewed.blueprint.names.size(); ++index)
    if (sim::name_hash(text(viewed, {index})) == hash) return text(viewed, {index});
  return hex(hash);
}

}  // namespace

Json actors_view(const Viewed& viewed) {
  const auto& actors = viewed.blueprint.cast.actors;
  const userspace::Progress& progress = viewed.world.progress;
  Json list = Json::array();
  for (std::uint32_t actor = 0; actor < actors.size() && actor < progress.actors.size(); ++actor) {
    const userspace::Progress::Actor& own = progress.actors[actor];
    list.push_back({{"name", text(viewed, actors[actor].name)},
                    {"call", next_call(viewed, actors[actor], own)},
                    {"stands", where(viewed, task_of(viewed, actor))},
                    {"free", actors[actor].free.has_value()},
                    {"entry", own.entry},
                    {"calls", own.calls},
                    {"last_failed", own.last_failed != 0},
                    {"last_ended_ns", own.last_ended.ns},
                    {"killed", own.is_killed != 0}});
  }
  Json labels = Json::array();
  for (const std::uint32_t label : progress.labels) labels.push_back(label != 0);
  return {
      {"scripts", list}, {"labels_reached", labels}, {"unexpected_answers", progress.unexpected}};
}

Json tasks_view(const Viewed& viewed) {
  const sim::Schedule& schedule = viewed.world.schedule;
  const std::vector<std::int64_t> due = due_times(schedule);
  Json list = Json::array();
  for (std::uint32_t index = 0; index < schedule.tasks().size(); ++index) {
    const Task& task = schedule.tasks()[index];
    if (task.state == Task::State::unused) continue;
    list.push_back({{"number", index},
                    {"name", text(viewed, task.name)},
                    {"state", state_word(task.state)},
                    {"stands", where(viewed, sim::TaskId{index})},
                    {"due_ns", due[index] < 0 ? Json("none") : Json(due[index])},
                    {"waits_for", wait_text(viewed, {index})},
                    {"group", hex(task.group)},
                    {"killed", task.killed},
                    {"keeps_result", task.keep_result},
                    {"result", task.result},
                    {"frames", frames_of(viewed, task)}});
  }
  Json waiting = Json::array();
  for (const std::uint32_t task : viewed.world.user.waiting)
    waiting.push_back(task_name(viewed, {task}));
  return {{"list", list}, {"wait_for_something_to_happen", waiting}};
}

Json locks_view(const Viewed& viewed) {
  constexpr std::uint32_t kLocks = 4;  // KHO's and LUO's
  const sim::Locks& locks = viewed.world.schedule.locks();
  Json list = Json::array();
  for (std::uint32_t lock = 0; lock < kLocks; ++lock)
    list.push_back({{"name", word(ValueForm::lock, lock)},
                    {"holders", claims_of(viewed, locks.holders(), lock)},
                    {"waiters", claims_of(viewed, locks.waiters(), lock)}});
  return list;
}

Json faults_view(const Viewed& viewed) {
  Json list = Json::array();
  for (const sim::FaultRule& rule : viewed.world.faults.rules()) {
    if (rule.is_spent()) continue;
    list.push_back(
        {{"site", word(ValueForm::fault_site, rule.site.hash)},
         {"instance", instance_text(viewed, rule.instance)},
         {"skip", rule.skip},
         {"times", rule.times == sim::FaultRule::kForever ? Json("for ever") : Json(rule.times)},
         {"fired", rule.fired},
         {"value", word(ValueForm::status, static_cast<std::uint64_t>(std::int64_t{rule.value}))},
         {"per_million", rule.per_million},
         {"from_ns", rule.from.ns},
         {"until_ns", rule.until.ns == INT64_MAX ? Json("for ever") : Json(rule.until.ns)}});
  }
  return list;
}

}  // namespace luosim::app::view
