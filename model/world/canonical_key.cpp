// SPDX-License-Identifier: Apache-2.0
//
// The parts of a key that are not about files, and how the parts become one key.
#include <algorithm>

#include "model/guarantees/all.hpp"
#include "model/guarantees/participants.hpp"
#include "model/userspace/programs.hpp"
#include "model/world/canonical.hpp"
#include "model/world/canonical_devices.hpp"

namespace luosim::world {

namespace {

constexpr std::uint64_t kBoundary = 0xE222'E222'E222'E222ULL;
using guarantees::kPastTokens;
using guarantees::NoteKeys;

// A process that is in no call.
bool is_idle(const World& world, std::uint32_t task) {
  const std::vector<sim::Task>& tasks = world.schedule.tasks();
  if (task >= tasks.size() || tasks[task].state == sim::Task::State::unused) return true;
  if (tasks[task].frame == sim::Frame::kNone) return true;
  const sim::Frame& frame = world.schedule.frame(tasks[task].frame);
  return frame.program == userspace::kActorProgramId && frame.step == 0;
}

}  // namespace

std::optional<Canonical::NamedNote> Canonical::note_of_token(const World& world,
                                                             sim::Notes::Note note,
                                                             bool value_is_a_name) const {
  // By task, of the call that it is in.
  if (note.key >= kPastTokens) {
    if (is_idle(world, static_cast<std::uint32_t>(note.key))) return std::nullopt;
    return NamedNote{kNobody, note.key, note.value};
  }
  // These are about what the kernel before handed over.
  const bool is_over =
      world.user.is_started != 0 && world.kernel.luo.phase != luo::v2::Phase::updated;
  if (is_over) return std::nullopt;
  const std::uint32_t entity = entity_of_incoming(world, note.key);
  if (entity == kNobody) return NamedNote{kNobody, note.key, note.value};
  const bool is_its_own =
      value_is_a_name && entity_of({static_cast<std::uint32_t>(note.value)}) == entity;
  return NamedNote{entity, 0, is_its_own ? kPastTokens : note.value};
}

std::optional<Canonical::NamedNote> Canonical::note_of_file(const World& world,
                                                            sim::Notes::Note note) const {
  const std::uint32_t entity = entity_of_file(world, {static_cast<std::uint32_t>(note.key)});
  if (entity == kNobody) return NamedNote{kNobody, note.key, note.value};
  // A token that the file has no more is never looked up again.
  if (entity_of_token(world, note.value) != entity) return std::nullopt;
  return NamedNote{entity, 0, 1};
}

std::optional<Canonical::NamedNote> Canonical::note_of_either(const World& world,
                                                              sim::Notes::Note note) const {
  const bool is_of_a_call = note.key >= 1ULL << 61;
  if (is_of_a_call) return NamedNote{kNobody, note.key, note.value};
  if ((note.key & 1) == 0) {
    const auto& outgoing = world.kernel.luo.outgoing;
    const bool is_preserved =
        std::any_of(outgoing.begin(), outgoing.end(),
                    [&](const auto& record) { return record.token == note.key >> 1; });
    if (!is_preserved) return std::nullopt;
    const std::uint32_t entity = entity_of_token(world, note.key >> 1);
    if (entity == kNobody) return NamedNote{kNobody, note.key, note.value};
    const bool is_its_own =
        entity_of_file(world, {static_cast<std::uint32_t>(note.value)}) == entity;
    return NamedNote{entity, 0, is_its_own ? kPastTokens : note.value};
  }
  if (note.value == 0) return std::nullopt;
  const std::uint32_t entity = entity_of_file(world, {static_cast<std::uint32_t>(note.key >> 1)});
  return NamedNote{entity, entity == kNobody ? note.key : 1, note.value};
}

std::optional<Canonical::NamedNote> Canonical::note_of_participant(sim::Notes::Note note) const {
  if (note.value == 0) return std::nullopt;
  if ((note.key & guarantees::kHandlerBit) == 0) return NamedNote{kNobody, note.key, note.value};
  const std::uint32_t entity = entity_of({static_cast<std::uint32_t>(note.key & 0xFFFF'FFFF)});
  return NamedNote{entity, entity == kNobody ? note.key : note.key & ~0xFFFF'FFFFULL, note.value};
}

// What a guarantee remembers of a file goes with the file, whatever numbers it has.
void Canonical::describe_notes(const ExploredState& state) {
  const World& world = state.world;
  const auto all = guarantees::all();
  for (std::uint32_t index = 0; index < state.notes.of_guarantee.size(); ++index) {
    const auto& notes = state.notes.of_guarantee[index].in_order();
    if (notes.empty()) continue;
    const NoteKeys keys = all[index]->note_keys;
    named_.clear();
    for (const sim::Notes::Note& note : notes) {
      if (all[index]->only_words.has(note.key)) continue;
      std::optional<NamedNote> named = NamedNote{kNobody, note.key, note.value};
      if (keys == NoteKeys::by_token || keys == NoteKeys::by_token_named)
        named = note_of_token(world, note, keys == NoteKeys::by_token_named);
      if (keys == NoteKeys::by_file) named = note_of_file(world, note);
      if (keys == NoteKeys::by_token_and_file) named = note_of_either(world, note);
      if (keys == NoteKeys::by_participant) named = note_of_participant(note);
      if (named) named_.push_back(*named);
    }
    std::sort(named_.begin(), named_.end());
    for (const NamedNote& named : named_) {
      Words& words = words_of(named.entity);
      words.insert(words.end(), {kBoundary + 0x100 + index, named.key, named.value});
    }
  }
}

// Who stands where, without when: any task that is ready may be next.
void Canonical::describe_schedule(const World& world) {
  const sim::Schedule& schedule = world.schedule;
  const std::vector<sim::Task>& tasks = schedule.tasks();
  nameless_.clear();
  for (std::uint32_t index = 0; index < tasks.size(); ++index) {
    const sim::Task& task = tasks[index];
    if (task.state == sim::Task::State::unused) continue;
    const std::size_t begin = rest_.size();
    const bool is_nameless = is_known_to_nobody(world, index);
    rest_.insert(rest_.end(), {kBoundary, is_nameless ? kNobody : index,
                               std::uint64_t{task.name.index} << 32 | task.group,
                               static_cast<std::uint64_t>(task.state) << 8 |
                                   (task.killed ? 1U : 0U) | std::uint64_t{task.failure_row} << 32,
                               static_cast<std::uint64_t>(task.failure_status),
                               static_cast<std::uint64_t>(task.result), task.result_word});
    for (std::uint32_t number = task.frame; number != sim::Frame::kNone;
         number = schedule.frame(number).caller) {
      const sim::Frame& frame = schedule.frame(number);
      rest_.insert(rest_.end(), {kBoundary + 1, frame.program.hash, frame.step,
                                 static_cast<std::uint64_t>(frame.status),
                                 static_cast<std::uint64_t>(frame.result), frame.word});
      rest_.insert(rest_.end(), frame.values.begin(), frame.values.end());
      rest_.insert(rest_.end(), frame.local.begin(), frame.local.end());
    }
    if (!is_nameless) continue;
    const auto place = rest_.begin() + static_cast<std::ptrdiff_t>(begin);
    nameless_.emplace_back(place, rest_.end());
    rest_.erase(place, rest_.end());
  }
  std::sort(nameless_.begin(), nameless_.end());
  for (const Words& words : nameless_) rest_.insert(rest_.end(), words.begin(), words.end());
  for (const auto* claims : {&schedule.locks().holders(), &schedule.locks().waiters()}) {
    rest_.push_back(kBoundary + 2);
    for (const sim::Locks::Claim& claim : *claims)
      rest_.insert(rest_.end(), {claim.task.index, claim.request.lock.index,
                                 static_cast<std::uint64_t>(claim.request.mode)});
  }
}

void Canonical::describe_userspace(const World& world) {
  const userspace::Progress& progress = world.progress;
  for (const userspace::Progress::Actor& actor : progress.actors)
    rest_.insert(rest_.end(), {kBoundary + 3, actor.entry, actor.last_failed, actor.is_killed,
                               actor.alternative, actor.calls});
  for (const auto* numbers : {&progress.labels, &world.user.waiting}) {
    rest_.push_back(kBoundary + 4);
    rest_.insert(rest_.end(), numbers->begin(), numbers->end());
  }
  rest_.insert(rest_.end(), {progress.is_over, world.user.is_started, world.user.actors_left});
}

void Canonical::describe(const ExploredState& state) {
  for (Words& words : of_entity_) words.clear();
  rest_.clear();
  const World& world = state.world;
  describe_calls(world);
  describe_open_files(world);
  describe_records(world, world.kernel.luo.outgoing, false);
  describe_records(world, world.kernel.luo.incoming, true);
  describe_disk(world);
  describe_vms(world);
  describe_memory(world);
  describe_preserved_memory(world);
  describe_ledger(world);
  describe_notes(state);
}

void Canonical::add_key(const ExploredState& state, sim::Hasher& hasher) {
  describe(state);
  const World& world = state.world;
  describe_schedule(world);
  describe_userspace(world);
  rest_.push_back(state.faults_left);
  hasher.add_sequence(state.broken);
  world.faults.add_to(hasher, world.schedule.now());
  world.hardware.devices.add_to(hasher, world.schedule.now());
  hasher.add(world.hardware.boot_parameters);
  hasher.add(world.kernel.core.generation);
  hasher.add(world.kernel.core.options);
  hasher.add(world.kernel.core.death);
  world.kernel.kho.add_to(hasher);
  const luo::v2::State& luo = world.kernel.luo;
  hasher.add(luo.phase);
  hasher.add(luo.sysfs);
  hasher.add(luo.incoming_list_built);
  hasher.add(luo.reboots_under_way);
  hasher.add(luo.tree.value);
  hasher.add(luo.incoming_tree.value);
  hasher.add_sequence(luo.subsystem_objects);
  hasher.add_sequence(luo.handler_objects);
  hasher.add_sequence(luo.subsystems);
  hasher.add_sequence(luo.handlers);
  world.kernel.drivers.add_to(hasher);
  const fd::State& fd = world.kernel.fd;
  hasher.add_sequence(fd.test_participants);
  hasher.add_sequence(fd.test_clients);
  hasher.add_sequence(fd.self_test);
  add_guests_to_key(world, hasher);
  hasher.add_sequence(rest_);
  for (std::uint32_t entity = 0; entity < of_entity_.size(); ++entity) order_[entity] = entity;
  if (symmetry_) {
    std::sort(order_.begin(), order_.end(), [&](std::uint32_t left, std::uint32_t right) {
      const std::uint32_t one = entities_[left].interchangeable_as;
      const std::uint32_t other = entities_[right].interchangeable_as;
      return one != other ? one < other : of_entity_[left] < of_entity_[right];
    });
  }
  for (const std::uint32_t entity : order_) hasher.add_sequence(of_entity_[entity]);
}

const std::vector<std::uint32_t>& Canonical::alike(const ExploredState& state) {
  describe(state);
  for (std::uint32_t entity = 0; entity < of_entity_.size(); ++entity) {
    alike_[entity] = entity;
    for (std::uint32_t other = 0; other < entity; ++other) {
      if (entities_[other].interchangeable_as != entities_[entity].interchangeable_as ||
          of_entity_[other] != of_entity_[entity]) {
        continue;
      }
      alike_[entity] = alike_[other];
      break;
    }
  }
  return alike_;
}

}  // namespace luosim::world
