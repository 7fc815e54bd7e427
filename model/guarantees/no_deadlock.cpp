// SPDX-License-Identifier: Apache-2.0
//
// The engine notices when a task waits, directly or through others, for what it holds itself.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/calls.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {
    sim::EngineRecord::deadlock, userspace::UserRecord::call_begins,
    userspace::UserRecord::call_returns, kernel::KernelRecord::boot_begins};

void look(Look& look) {
  if (note_call(look)) return;
  const sim::Record& record = look.record;
  if (record.kind == userspace::UserRecord::call_returns) {
    take_call(look);
    return;
  }
  const sim::LockId lock{static_cast<std::uint32_t>(record.values[0])};
  const auto mode = static_cast<sim::LockMode>(record.values[1]);
  look.say(fmt::format("{} waits for ever to {} {} in {}", look.view.names.text(record.subject),
                       lock_mode_text(mode), lock_text(lock), deed_of(look)));
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
