// SPDX-License-Identifier: Apache-2.0
//
// A kernel that jumps while it is frozen hands over a number of files. Each is settled when it came
// back, or when its handler was told to finish it unclaimed and so to give it up. They are counted:
// which token a handler finishes, its callback does not say. Nobody but a handler can give a file
// up, so files of one that cannot finish are not counted on.
#include <algorithm>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/outside_damage.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/programs.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using luo::v2::Phase;
namespace KernelRecord = kernel::KernelRecord;
namespace LuoRecord = luo::v2::LuoRecord;

constexpr sim::RecordKind kLooksAfter[] = {
    KernelRecord::kexec,           KernelRecord::boot_done,  KernelRecord::power_cycle,
    LuoRecord::callback,           LuoRecord::file_restored, userspace::UserRecord::call_returns,
    sim::EngineRecord::fault_fired};

// Notes: files that were handed over, and those of them that came back or were given up.
constexpr std::uint64_t kHandedOver = 0;
constexpr std::uint64_t kSettled = 1;

void forget_the_update(Look& look) {
  look.notes.erase_range(kHandedOver, kSettled + 1);
}

void look_at_jump(Look& look) {
  forget_the_update(look);
  const luo::v2::State& luo = look.view.luo;
  if (luo.phase != Phase::frozen || !is_at_rest(look.view) || luo.outgoing.empty()) return;
  const bool all_can_finish =
      std::all_of(luo.outgoing.begin(), luo.outgoing.end(), [&](const luo::v2::FileRecord& record) {
        return luo.handler_objects[record.handler].callbacks.has(luo::Callback::finish);
      });
  if (all_can_finish) look.notes.set(kHandedOver, luo.outgoing.size());
}

bool gives_a_file_up(const sim::Record& record) {
  const auto callback = static_cast<luo::Callback>(record.values[0] & 0xFF);
  const std::uint64_t flags = record.values[0] >> 8;
  return callback == luo::Callback::finish && (flags & LuoRecord::kIsHandler) != 0 &&
         (flags & LuoRecord::kReclaimed) == 0;
}

// Whose restore was overtaken by a finish is about to say that the file is back.
bool somebody_is_in_a_call(const sim::Schedule& schedule) {
  for (std::uint32_t index = 0; index < schedule.tasks().size(); ++index) {
    const sim::Task& task = schedule.tasks()[index];
    if (task.state == sim::Task::State::unused || task.frame == sim::Frame::kNone) continue;
    const sim::Frame& outermost = schedule.outermost_frame_of({index});
    const bool is_in_it = &outermost != &schedule.frame(task.frame);
    if (is_in_it && outermost.program == userspace::kActorProgramId) return true;
  }
  return false;
}

void look_after_return(Look& look) {
  const Machine& machine = look.view;
  const std::uint64_t handed_over = look.notes.value_of(kHandedOver);
  if (handed_over == 0 || machine.luo.phase != Phase::normal) return;
  if (!is_at_rest(machine) || somebody_is_in_a_call(machine.schedule)) return;
  const std::uint64_t settled = look.notes.value_of(kSettled);
  forget_the_update(look);
  if (settled >= handed_over || was_damaged_outside(look)) return;
  look.say(
      fmt::format("the update has ended, and of {} that kernel {} was handed {} neither came "
                  "back nor {} given up",
                  count_text(handed_over, "file"), machine.kernel.generation, handed_over - settled,
                  handed_over - settled == 1 ? "was" : "were"));
}

void look(Look& look) {
  const sim::Record& record = look.record;
  if (note_outside_damage(look)) return;
  if (record.kind == KernelRecord::kexec) return look_at_jump(look);
  if (record.kind == userspace::UserRecord::call_returns) return look_after_return(look);
  if (record.kind == KernelRecord::power_cycle) return forget_the_update(look);
  // Of an update that nobody took over, acknowledged-is-retrievable speaks.
  if (record.kind == KernelRecord::boot_done)
    return look.view.luo.phase == Phase::updated ? void() : forget_the_update(look);
  if (look.notes.value_of(kHandedOver) == 0) return;
  if (record.kind == LuoRecord::file_restored || gives_a_file_up(record))
    look.notes.set(kSettled, look.notes.value_of(kSettled) + 1);
}

}  // namespace

const Guarantee kEachTokenIsSettled{
    .id = "each-token-is-settled",
    .promise =
        "When an update has ended in normal, each file that it handed over came back or was given "
        "up.",
    .rule =
        "Finish is the last that a kernel hears of a token: what it does not settle is lost for "
        "good (luo-v2.md, section 5).",
    .family = "exactly-once",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
