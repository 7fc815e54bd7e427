// SPDX-License-Identifier: Apache-2.0
//
// A handler is code of a module: once it has unregistered, the module may be gone.
#include <algorithm>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/participants.hpp"
#include "model/guarantees/wording.hpp"
#include "model/luo/v2/record.hpp"

namespace luosim::guarantees {

namespace {

using luo::v2::HandlerObject;
using luo::v2::LuoRecord::callback;
using luo::v2::LuoRecord::handler_unregistered;

constexpr sim::RecordKind kLooksAfter[] = {callback, handler_unregistered};

void look_at_callback(Look& look) {
  if ((look.record.values[0] >> 8 & luo::v2::LuoRecord::kIsHandler) == 0) return;
  bool is_known = false;
  for (const HandlerObject& object : look.view.luo.handler_objects) {
    if (object.compatible != look.record.subject) continue;
    if (object.link == luo::v2::Link::linked) return;
    is_known = true;
  }
  if (!is_known) return;
  const CallbackSeen seen = callback_of(look);
  look.say(fmt::format("{} of {} was called, but the handler is not registered",
                       luo::word_of(seen.callback), name_of(look.view, seen)));
}

std::uint64_t records_of(const Machine& machine, const std::vector<luo::v2::FileRecord>& records,
                         sim::Symbol handler) {
  const auto uses_it = [&](const luo::v2::FileRecord& record) {
    return record.handler < machine.luo.handler_objects.size() &&
           machine.luo.handler_objects[record.handler].compatible == handler;
  };
  return static_cast<std::uint64_t>(std::count_if(records.begin(), records.end(), uses_it));
}

void look_at_unregistering(Look& look) {
  const Machine& machine = look.view;
  const sim::Symbol handler = look.record.subject;
  const std::uint64_t outgoing = records_of(machine, machine.luo.outgoing, handler);
  // What is finished is called no more.
  const bool has_incoming = machine.luo.phase == luo::v2::Phase::updated;
  const std::uint64_t incoming =
      has_incoming ? records_of(machine, machine.luo.incoming, handler) : 0;
  if (outgoing + incoming == 0) return;
  look.say(fmt::format("{} unregistered, but is needed for {}", machine.names.text(handler),
                       outgoing > 0 ? count_text(outgoing, "preserved file")
                                    : count_text(incoming, "handed-over file")));
}

void look(Look& look) {
  if (look.record.kind == callback) return look_at_callback(look);
  look_at_unregistering(look);
}

}  // namespace

const Guarantee kHandlersOutliveTheirFiles{
    .id = "handlers-outlive-their-files",
    .promise =
        "A handler stays registered as long as a file needs it, and is not called after that.",
    .rule = "A module that is in use cannot go (luo-v2-bugs.md, B21).",
    .family = "lifetimes",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
