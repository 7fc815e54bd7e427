// SPDX-License-Identifier: Apache-2.0
//
// The engine notices when a task waits, directly or through others, for what it holds itself.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/calls.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {
    sim::EngineRecord::deadlock, userspace::UserRecord::call_begins,
    userspace::UserRecord::call_returns, kernel::KernelRecord::boot_begins};

std::string_view lock_named(std::uint64_t lock) {
  if (lock == kho::kKhoLock.index) return "KHO's lock";
  if (lock == luo::v2::kPhaseLock.index) return "the phase lock";
  if (lock == luo::v2::kSubsystemListLock.index) return "the list of subsystems";
  if (lock == luo::v2::kHandlerListLock.index) return "the list of handlers";
  return "a lock";
}

void look(Look& look) {
  if (note_call(look)) return;
  const sim::Record& record = look.record;
  if (record.kind == userspace::UserRecord::call_returns) {
    take_call(look);
    return;
  }
  const bool wants_to_write = record.values[1] == static_cast<std::uint64_t>(sim::LockMode::write);
  look.say(fmt::format("{} waits for ever to {} {} in {}", look.view.names.text(record.subject),
                       wants_to_write ? "write-lock" : "read-lock", lock_named(record.values[0]),
                       deed_of(look)));
}

}  // namespace

const Guarantee kNoDeadlock{
    .id = "no-deadlock",
    .promise = "Nobody waits for a lock that can never be given up.",
    .rule = "Callbacks run under the phase lock, so they may not need it (luo-v2-bugs.md, B37).",
    .family = "liveness",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
