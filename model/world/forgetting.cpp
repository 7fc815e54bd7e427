// SPDX-License-Identifier: Apache-2.0
#include "model/world/forgetting.hpp"

#include <algorithm>
#include <optional>

#include "model/guarantees/all.hpp"
#include "model/guarantees/machine.hpp"
#include "model/userspace/footprint.hpp"
#include "model/userspace/free_actor.hpp"
#include "model/userspace/programs.hpp"
#include "model/world/checks.hpp"

namespace luosim::world {

namespace {

using luo::v2::Phase;

sim::Notes& notes_of(ExploredState& state, const guarantees::Guarantee& guarantee) {
  return state.notes.of_guarantee[guarantees::index_of(guarantee)];
}

// Whether the free actor of this frame is in a call that does.
bool touches_nothing(const World& world, const Blueprint& blueprint, const sim::Frame& frame) {
  const auto actor = static_cast<std::uint32_t>(frame.values[0]);
  const userspace::Actor& plan = blueprint.cast.actors[actor];
  const userspace::Entry* entry = userspace::current_entry(plan, world.progress.actors[actor]);
  return plan.free && entry != nullptr &&
         footprint_of(entry->verb) == userspace::Footprint::nothing;
}

// Tokens are compared, and callbacks go by their order; so the first may as well be the lowest.
// Nobody but the kernel, who got them, and two guarantees know them as long as no tree was made.
void number_tokens_anew(ExploredState& state) {
  luo::v2::State& luo = state.world.kernel.luo;
  sim::Notes& noted_references = notes_of(state, guarantees::kFileReferencesBalance);
  sim::Notes& noted_tokens = notes_of(state, guarantees::kOneTokenAFile);
  const auto rank = [&](std::uint64_t token) -> std::optional<std::uint64_t> {
    for (std::size_t place = 0; place < luo.outgoing.size(); ++place)
      if (luo.outgoing[place].token == token) return place;
    return std::nullopt;
  };
  sim::Notes references;
  for (const sim::Notes::Note& note : noted_references.in_order()) {
    const bool is_by_token = (note.key & 1) == 0 && note.key < 1ULL << 61;
    if (!is_by_token) {
      references.set(note.key, note.value);
    } else if (const auto place = rank(note.key >> 1)) {
      references.set(*place << 1, note.value);
    }
  }
  sim::Notes tokens;
  for (const sim::Notes::Note& note : noted_tokens.in_order())
    if (const auto place = rank(note.value)) tokens.set(note.key, *place);
  noted_references = std::move(references);
  noted_tokens = std::move(tokens);
  for (userspace::Disk::Token& note : state.world.hardware.disk.tokens) {
    const auto place = rank(note.token);
    if (note.generation == state.world.kernel.core.generation && place) note.token = *place;
  }
  for (std::size_t place = 0; place < luo.outgoing.size(); ++place)
    luo.outgoing[place].token = place;
  luo.next_token = luo.outgoing.size();
}

// Finalizing writes the root page from its beginning, and until then no kernel is given it.
void forget_root_page(World& world) {
  kho::State& kho = world.kernel.kho;
  const bool is_given_away = kho.finalized || !world.kernel.core.options.kho_only_if_finalized;
  if (is_given_away || !kho.blobs.empty() || kho.root.value == 0) return;
  world.hardware.memory.bytes().erase({memory::page_of(kho.root), 1});
  kho.map_offset = 0;
}

// The boot has read the parameters, and has found by them what LUO keeps until its finish.
void forget_boot(World& world) {
  world.hardware.boot_parameters = {};
  const luo::v2::State& luo = world.kernel.luo;
  if (luo.phase == Phase::updated || luo.incoming_tree.value != 0) return;
  world.kernel.luo.incoming_list_built = false;
  // A fault could still give the root of this boot to the next kernel.
  const bool may_be_damaged = !world.faults.is_empty();
  if (may_be_damaged) return;
  world.kernel.kho.incoming = false;
  world.kernel.kho.incoming_root = {};
}

}  // namespace

bool nobody_is_in_a_call(const World& world, const Blueprint& blueprint) {
  const std::vector<sim::Task>& tasks = world.schedule.tasks();
  return std::all_of(tasks.begin(), tasks.end(), [&](const sim::Task& task) {
    if (task.state == sim::Task::State::unused || task.frame == sim::Frame::kNone) return true;
    const sim::Frame& frame = world.schedule.frame(task.frame);
    if (frame.program != userspace::kActorProgramId) return false;
    return frame.step == 0 || touches_nothing(world, blueprint, frame);
  });
}

void forget_history(ExploredState& state, const Blueprint& blueprint) {
  World& world = state.world;
  kernel::Core& core = world.kernel.core;
  if (world.user.is_started == 0) return;
  core.next_page = blueprint.allocate_pages_from;
  core.next_block = blueprint.allocate_blocks_from;
  const luo::v2::State& luo = world.kernel.luo;
  // Nobody asks for tokens of a kernel before the last one, nor for those of the last one once the
  // phase has left updated.
  const bool is_settled = luo.phase != Phase::updated;
  std::erase_if(world.hardware.disk.tokens, [&](const userspace::Disk::Token& note) {
    return note.generation + 1 < core.generation ||
           (is_settled && note.generation + 1 == core.generation);
  });
  // Which time it is that somebody prepares shows in the words of test participants.
  for (fd::TestParticipant& participant : world.kernel.fd.test_participants)
    participant.prepares = 0;
  if (luo.tree.value == 0 && nobody_is_in_a_call(world, blueprint)) number_tokens_anew(state);
}

void forget_dead_values(ExploredState& state, const Blueprint& blueprint) {
  World& world = state.world;
  if (world.user.is_started == 0 || !nobody_is_in_a_call(world, blueprint)) return;
  forget_root_page(world);
  forget_boot(world);
  const auto all = guarantees::all();
  const guarantees::Machine machine = machine_of(world, blueprint);
  for (std::size_t index = 0; index < all.size(); ++index) {
    if (all[index]->forget != nullptr && !state.notes.of_guarantee[index].is_empty())
      all[index]->forget(machine, state.notes.of_guarantee[index]);
  }
}

}  // namespace luosim::world
