// SPDX-License-Identifier: Apache-2.0
//
// Subsystems and handlers come and go only in normal and updated: those that were prepared are the
// ones to be told what follows. A call that says it was done has done it, unless another one has
// had the same name in hand meanwhile.
#include <algorithm>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/calls.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using luo::v2::Phase;
using userspace::Verb;
namespace LuoRecord = luo::v2::LuoRecord;

constexpr sim::RecordKind kLooksAfter[] = {
    LuoRecord::subsystem_registered,    LuoRecord::subsystem_unregistered,
    LuoRecord::handler_registered,      LuoRecord::handler_unregistered,
    userspace::UserRecord::call_begins, userspace::UserRecord::call_returns,
    kernel::KernelRecord::boot_begins};

constexpr Verbs kRegistrations = verbs(Verb::register_subsystem, Verb::unregister_subsystem,
                                       Verb::register_handler, Verb::unregister_handler);

bool is_member(const luo::v2::State& luo, Verb verb, sim::Symbol name) {
  if (verb == Verb::register_subsystem || verb == Verb::unregister_subsystem) {
    return std::any_of(luo.subsystems.begin(), luo.subsystems.end(), [&](std::uint32_t index) {
      return luo.subsystem_objects[index].name == name;
    });
  }
  return std::any_of(luo.handlers.begin(), luo.handlers.end(), [&](std::uint32_t index) {
    return luo.handler_objects[index].compatible == name;
  });
}

void look_after_return(Look& look) {
  const auto call = take_call(look);
  const bool was_alone = call && (call->met.bits & kRegistrations.bits) == 0;
  if (!was_alone || !kRegistrations.contain(call->verb) || status_of(look.record) != 0) return;
  const bool registers =
      call->verb == Verb::register_subsystem || call->verb == Verb::register_handler;
  if (is_member(look.view.luo, call->verb, call->operand) == registers) return;
  look.say(fmt::format("{} = 0, and {} is {} registered", text_of(look.view, *call),
                       look.view.names.text(call->operand), registers ? "not" : "still"));
}

void look(Look& look) {
  if (note_call(look)) return;
  if (look.record.kind == userspace::UserRecord::call_returns) return look_after_return(look);
  const Phase phase = look.view.luo.phase;
  if (phase == Phase::normal || phase == Phase::updated) return;
  const bool registers = look.record.kind == LuoRecord::subsystem_registered ||
                         look.record.kind == LuoRecord::handler_registered;
  look.say(fmt::format("{} is {} in phase {}", look.view.names.text(look.record.subject),
                       registers ? "registered" : "unregistered", luo::v2::word_of(phase)));
}

}  // namespace

const Guarantee kRegistrationFollowsThePhase{
    .id = "registration-follows-the-phase",
    .promise =
        "Subsystems and handlers come and go in normal and updated alone, and do when a call says "
        "so.",
    .rule = "Registration is -EBUSY in prepared and frozen (luo-v2.md, section 2).",
    .family = "interface",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
