// SPDX-License-Identifier: Apache-2.0
//
// Judged by the command line alone. Modules may register with a kernel that does nothing with them.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/programs.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using userspace::Verb;

constexpr sim::RecordKind kLooksAfter[] = {userspace::UserRecord::call_returns,
                                           kernel::KernelRecord::boot_done};

void look(Look& look) {
  const Machine& machine = look.view;
  const kernel::BootOptions& options = machine.kernel.options;
  if (options.kho && options.liveupdate) return;
  const std::string_view off = options.kho ? "liveupdate=off" : "kho=off";
  if (machine.luo.phase != luo::v2::Phase::normal && is_at_rest(machine)) {
    return look.say(fmt::format("kernel {} was booted with {}, but its phase is {}",
                                machine.kernel.generation, off,
                                luo::v2::word_of(machine.luo.phase)));
  }
  if (look.record.kind != userspace::UserRecord::call_returns || status_of(look.record) < 0) return;
  const Verb verb = verb_of(look.record);
  if (verb != Verb::preserve && verb != Verb::prepare) return;
  look.say(fmt::format("kernel {} was booted with {}, but {} succeeds", machine.kernel.generation,
                       off, userspace::word_of(verb)));
}

}  // namespace

const Guarantee kSwitchedOffStaysOff{
    .id = "switched-off-stays-off",
    .promise =
        "A kernel that was booted with kho=off or liveupdate=off preserves nothing and takes "
        "nothing over.",
    .rule = "A command line decides and does not only report (luo-v2-bugs.md, B22 and B23).",
    .family = "interface",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
