// SPDX-License-Identifier: Apache-2.0
//
// Follows what each call stores as the phase, so that calls which run at the same time are not
// taken for each other.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/errno.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/programs.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using luo::v2::Phase;
using luo::v2::LuoRecord::phase_stored;
using userspace::Verb;
using userspace::UserRecord::call_begins;

constexpr sim::RecordKind kLooksAfter[] = {call_begins, phase_stored,
                                           userspace::UserRecord::call_returns,
                                           kernel::KernelRecord::boot_begins};

// Notes, by task: the phase before its call stored the first, and the one that it stored last.
constexpr std::uint64_t kLast = 1ULL << 40;

// A freeze that fails takes the whole update back; a reboot that finds no image comes after a
// freeze that succeeded, and the machine stays frozen (luo-v2.md, section 2).
bool is_documented(Verb verb, std::int64_t status, Phase before, Phase after) {
  const bool reboots = verb == Verb::reboot_kexec || verb == Verb::reboot_without_image;
  if (before != Phase::prepared || (!reboots && verb != Verb::freeze)) return false;
  return after == Phase::normal ||
         (reboots && after == Phase::frozen && status == -kernel::kEINVAL);
}

void look_after_return(Look& look) {
  const std::uint64_t task = look.record.task.index;
  const auto first = look.notes.find(task);
  if (!first) return;
  const auto before = static_cast<Phase>(*first);
  const auto after = static_cast<Phase>(look.notes.value_of(kLast | task));
  const std::int64_t status = status_of(look.record);
  const Verb verb = verb_of(look.record);
  if (status >= 0 || before == after || is_documented(verb, status, before, after)) return;
  look.say(fmt::format("{} = {}, but it went from {} to {}", userspace::word_of(verb),
                       error_text(status), luo::v2::word_of(before), luo::v2::word_of(after)));
}

void look(Look& look) {
  const sim::Record& record = look.record;
  const std::uint64_t task = record.task.index;
  if (record.kind == kernel::KernelRecord::boot_begins) {
    look.notes.clear();
  } else if (record.kind == call_begins) {
    look.notes.erase(task);
  } else if (record.kind == phase_stored) {
    if (!look.notes.find(task)) look.notes.set(task, record.values[0]);
    look.notes.set(kLast | task, record.values[1]);
  } else {
    look_after_return(look);
    look.notes.erase(task);
    look.notes.erase(kLast | task);
  }
}

}  // namespace

const Guarantee kAnErrorMeansNotDone{
    .id = "an-error-means-not-done",
    .promise = "A transition that answers with an error has not taken place.",
    .rule = "A caller that is told of a failure tries again or gives up (luo-v2-bugs.md, B11).",
    .family = "abort-leaves-no-trace",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
