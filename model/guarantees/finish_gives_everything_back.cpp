// SPDX-License-Identifier: Apache-2.0
//
// LUO itself has the handed-over tree and a record of each file. The rest belongs to participants:
// it is expected back only if everybody who took part in the old kernel could finish in this one,
// for nobody else knows what a word of theirs means; and if everybody could cancel, for else
// something may be left of an update before.
#include <algorithm>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/outside_damage.hpp"
#include "model/guarantees/participants.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using luo::v2::Phase;

constexpr sim::RecordKind kLooksAfter[] = {
    kernel::KernelRecord::kexec,       luo::v2::LuoRecord::incoming_found,
    luo::v2::LuoRecord::phase_stored,  userspace::UserRecord::call_returns,
    kernel::KernelRecord::power_cycle, sim::EngineRecord::fault_fired};

// Notes: the tree that was handed over; 1 if everybody could finish; and who took part, by symbol:
// a subsystem, or a handler.
constexpr std::uint64_t kTree = 0;
constexpr std::uint64_t kEverybodyFinished = 1;
constexpr std::uint64_t kTookPart = 1ULL << 32;
constexpr std::uint64_t kHandler = 1ULL << 33;
constexpr std::uint64_t kPastNotes = 1ULL << 34;

void note_who_takes_part(Look& look) {
  look.notes.erase_range(kTree, kPastNotes);
  const luo::v2::State& luo = look.view.luo;
  if (luo.phase != Phase::frozen || !everybody_has(look.view, luo::Callback::cancel)) return;
  for (const std::uint32_t index : luo.subsystems)
    look.notes.set(kTookPart | luo.subsystem_objects[index].name.index, 1);
  for (const luo::v2::FileRecord& record : luo.outgoing)
    look.notes.set(kTookPart | kHandler | luo.handler_objects[record.handler].compatible.index, 1);
}

bool can_finish(const luo::v2::State& luo, std::uint64_t participant) {
  const auto symbol = static_cast<std::uint32_t>(participant);
  const auto finishes = [](const auto& object) {
    return object.callbacks.has(luo::Callback::finish);
  };
  if ((participant & kHandler) != 0) {
    return std::any_of(luo.handlers.begin(), luo.handlers.end(), [&](std::uint32_t index) {
      const luo::v2::HandlerObject& object = luo.handler_objects[index];
      return object.compatible.index == symbol && finishes(object);
    });
  }
  return std::any_of(luo.subsystems.begin(), luo.subsystems.end(), [&](std::uint32_t index) {
    const luo::v2::SubsystemObject& object = luo.subsystem_objects[index];
    return object.name.index == symbol && finishes(object);
  });
}

bool everybody_can_finish(const Look& look) {
  bool any = false;
  for (const sim::Notes::Note& note : look.notes.in_order()) {
    if (note.key < kTookPart || note.key >= kPastNotes) continue;
    any = true;
    if (!can_finish(look.view.luo, note.key)) return false;
  }
  return any;
}

// The pages of the tree that are still reserved, and all pages that are.
struct Reserved {
  std::uint64_t of_tree = 0;
  std::uint64_t all = 0;
};

Reserved reserved_pages(const Machine& machine, std::uint64_t tree) {
  const memory::PageRange range{memory::page_of({tree}), luo::v2::kTreePages};
  Reserved reserved;
  for (const memory::Extent& extent : machine.memory.extents()) {
    if (extent.owner != kho::kIncomingOwner.tag()) continue;
    reserved.all += extent.count;
    const memory::Pfn begin = std::max(range.first, extent.first);
    const memory::Pfn end = std::min(range.past_the_end(), extent.range().past_the_end());
    if (tree != 0 && begin < end) reserved.of_tree += end.value - begin.value;
  }
  return reserved;
}

void look_after_finish(Look& look) {
  const Machine& machine = look.view;
  if (machine.luo.phase != Phase::normal || !is_at_rest(machine)) return;
  std::vector<std::string> left;
  if (!machine.luo.incoming.empty())
    left.push_back(count_text(machine.luo.incoming.size(), "record") + " of files");
  const Reserved reserved = reserved_pages(machine, look.notes.value_of(kTree));
  if (reserved.of_tree > 0)
    left.push_back(count_text(reserved.of_tree, "page") + " of the handed-over tree");
  else if (machine.luo.incoming_tree.value != 0)
    left.push_back(fmt::format("a pointer to the tree at {:#x}", machine.luo.incoming_tree.value));
  const std::uint64_t of_participants = reserved.all - reserved.of_tree;
  if (of_participants > 0 && look.notes.value_of(kEverybodyFinished) != 0)
    left.push_back(count_text(of_participants, "page") + " that participants had preserved");
  if (!left.empty()) look.say(fmt::format("after EVENT_FINISH there are still {}", listed(left)));
}

void look(Look& look) {
  const sim::Record& record = look.record;
  if (note_outside_damage(look)) return;
  if (record.kind == kernel::KernelRecord::kexec) return note_who_takes_part(look);
  if (record.kind == kernel::KernelRecord::power_cycle)
    return look.notes.erase_range(kTree, kPastNotes);
  if (record.kind == luo::v2::LuoRecord::incoming_found)
    return look.notes.set(kTree, record.values[0]);
  // Nobody can register or unregister while the phase is stored.
  if (record.kind == luo::v2::LuoRecord::phase_stored)
    return look.notes.set(kEverybodyFinished, everybody_can_finish(look) ? 1 : 0);
  const bool finished = verb_of(record) == userspace::Verb::finish && status_of(record) == 0;
  if (finished && !was_damaged_outside(look)) look_after_finish(look);
}

// Only in phase updated can anything be finished.
void forget(const Machine& machine, sim::Notes& notes) {
  if (machine.luo.phase != Phase::updated) notes.erase_range(kTree, kPastNotes);
}

}  // namespace

const Guarantee kFinishGivesEverythingBack{
    .id = "finish-gives-everything-back",
    .promise = "After finish nothing that was handed over is still reserved or remembered.",
    .rule = "A finished update leaves no memory behind (luo-v2-bugs.md, B30).",
    .family = "inverse",
    .looks_after = kLooksAfter,
    .look = look,
    .forget = forget};

}  // namespace luosim::guarantees
