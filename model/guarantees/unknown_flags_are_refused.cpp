// SPDX-License-Identifier: Apache-2.0
//
// A flag that is ignored today cannot be given a meaning tomorrow.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/calls.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using luo::v2::LuoRecord::flags_ignored;
using userspace::UserRecord::call_begins;
using userspace::UserRecord::call_returns;

constexpr sim::RecordKind kLooksAfter[] = {call_begins, call_returns, flags_ignored,
                                           kernel::KernelRecord::boot_begins};

void look(Look& look) {
  if (note_call(look)) return;
  if (look.record.kind == flags_ignored)
    return mark_call(look, look.record.task, static_cast<std::uint32_t>(look.record.values[0]));
  const auto call = take_call(look);
  if (!call || call->marks == 0 || status_of(look.record) < 0) return;
  look.say(fmt::format("{} with the flags {:#x} succeeds, and they mean nothing",
                       text_of(look.view, *call), call->marks));
}

}  // namespace

const Guarantee kUnknownFlagsAreRefused{
    .id = "unknown-flags-are-refused",
    .promise = "A call with flags that the kernel does not know is refused.",
    .rule = "liveupdate_fd.flags must be 0 (luo-v2-bugs.md, B32).",
    .family = "interface",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
