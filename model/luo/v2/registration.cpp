// SPDX-License-Identifier: Apache-2.0
//
// Registering subsystems and file handlers (luo-v2.md, sections 2 and 3). All of it takes the phase
// lock to read, which a callback of prepare, freeze, cancel or finish can never get (bug B37).
#include <algorithm>

#include "model/kernel/errno.hpp"
#include "model/luo/v2/knobs.hpp"
#include "model/luo/v2/parts.hpp"
#include "model/luo/v2/record.hpp"
#include "model/luo/v2/state.hpp"
#include "model/luo/v2/tree.hpp"

namespace luosim::luo::v2 {

namespace {

using sim::Outcome;

// values[0] is the object.
std::uint32_t object_of(Context& context) {
  return static_cast<std::uint32_t>(context.frame().values[0]);
}

Outcome check_phase(Context& context) {
  const Phase phase = context.luo.phase;
  return phase == Phase::normal || phase == Phase::updated ? sim::done()
                                                           : sim::fail(-kernel::kEBUSY);
}

Outcome lock_subsystem_list(Context& /*context*/) {
  return sim::acquire(kSubsystemListLock, sim::LockMode::write);
}

Outcome release_subsystem_list(Context& context) {
  context.release(kSubsystemListLock);
  return sim::done();
}

Outcome lock_handler_list(Context& /*context*/) {
  return sim::acquire(kHandlerListLock, sim::LockMode::write);
}

Outcome release_handler_list(Context& context) {
  context.release(kHandlerListLock);
  return sim::done();
}

bool is_listed(const std::vector<std::uint32_t>& list, std::uint32_t object) {
  return std::find(list.begin(), list.end(), object) != list.end();
}

void record_registration(Context& context, sim::RecordKind kind, sim::Symbol name) {
  context.record({.kind = kind, .subject = name});
}

Outcome link_subsystem(Context& context) {
  State& luo = context.luo;
  const std::uint32_t object = object_of(context);
  const sim::Symbol name = luo.subsystem_objects[object].name;
  const bool exists =
      std::any_of(luo.subsystems.begin(), luo.subsystems.end(), [&](std::uint32_t other) {
        return other == object || luo.subsystem_objects[other].name == name;
      });
  if (exists) return sim::fail(-kernel::kEEXIST);
  luo.subsystems.push_back(object);
  record_registration(context, LuoRecord::subsystem_registered, name);
  return sim::done();
}

Outcome unlink_subsystem(Context& context) {
  State& luo = context.luo;
  const std::uint32_t object = object_of(context);
  if (!is_listed(luo.subsystems, object)) return sim::fail(-kernel::kENOENT);
  std::erase(luo.subsystems, object);
  record_registration(context, LuoRecord::subsystem_unregistered,
                      luo.subsystem_objects[object].name);
  return sim::done();
}

Outcome link_handler(Context& context) {
  State& luo = context.luo;
  const std::uint32_t object = object_of(context);
  HandlerObject& handler = luo.handler_objects[object];
  const bool exists =
      std::any_of(luo.handlers.begin(), luo.handlers.end(), [&](std::uint32_t other) {
        return other == object || luo.handler_objects[other].compatible == handler.compatible;
      });
  if (exists) return sim::fail(-kernel::kEEXIST);
  luo.handlers.push_back(object);
  handler.link = Link::linked;
  record_registration(context, LuoRecord::handler_registered, handler.compatible);
  return sim::done();
}

Outcome check_the_name(Context& context) {
  const SubsystemObject& object = context.luo.subsystem_objects[object_of(context)];
  return context.names.text(object.name) == kCompatible ? sim::fail(-kernel::kEINVAL) : sim::done();
}

// The lock that a transition holds to write while it calls back: waiting for it would never end.
Outcome check_that_no_callback_calls(Context& context) {
  const auto& holders = context.schedule.locks().holders();
  const bool in_transition =
      std::any_of(holders.begin(), holders.end(), [&](const sim::Locks::Claim& claim) {
        return claim.task == context.task && claim.request.lock == kPhaseLock &&
               claim.request.mode == sim::LockMode::write;
      });
  return in_transition ? sim::fail(-kernel::kEDEADLK) : sim::done();
}

Outcome check_that_it_is_a_member(Context& context) {
  return is_listed(context.luo.handlers, object_of(context)) ? sim::done()
                                                             : sim::fail(-kernel::kENOENT);
}

Outcome check_that_no_file_uses_it(Context& context) {
  const State& luo = context.luo;
  const std::uint32_t object = object_of(context);
  const auto uses_it = [&](const FileRecord& record) { return record.handler == object; };
  const bool is_used = std::any_of(luo.outgoing.begin(), luo.outgoing.end(), uses_it) ||
                       (luo.phase == Phase::updated &&
                        std::any_of(luo.incoming.begin(), luo.incoming.end(), uses_it));
  // Files that were handed over and not looked at yet may need it as well.
  const bool may_be_needed = luo.phase == Phase::updated && !luo.incoming_list_built;
  return is_used || may_be_needed ? sim::fail(-kernel::kEBUSY) : sim::done();
}

// Whether the object is a member is not asked: twice succeeds, never is an oops (bug B20), and
// files that use the handler keep calling it (bug B21).
Outcome unlink_handler(Context& context) {
  State& luo = context.luo;
  const std::uint32_t object = object_of(context);
  HandlerObject& handler = luo.handler_objects[object];
  if (handler.link == Link::never) return kernel::oops(context);
  std::erase(luo.handlers, object);
  handler.link = Link::unlinked;
  record_registration(context, LuoRecord::handler_unregistered, handler.compatible);
  return sim::done();
}

constexpr std::string_view kReleaseList = "release the list";
constexpr std::string_view kRelease = "release the phase lock";
constexpr std::string_view kNoCallback = "check that no callback of a transition calls";
constexpr std::string_view kCheck = "check that the phase is normal or updated";

constexpr sim::Step kRegisterSubsystemSteps[] = {
    {kNoCallback,
     sim::step<check_that_no_callback_calls>,
     {},
     sim::only_if(kCallbacksMayNotRegister)},
    {"read-lock the phase", sim::step<read_phase_lock>},
    {kCheck, sim::step<check_phase>, {.on_failure = kRelease}},
    {"lock the list", sim::step<lock_subsystem_list>},
    {"check the name",
     sim::step<check_the_name>,
     {.on_failure = kReleaseList},
     sim::only_if(kReservedNamesAreRefused)},
    {"add the subsystem", sim::step<link_subsystem>, {.on_failure = kReleaseList}},
    {kReleaseList, sim::step<release_subsystem_list>},
    {kRelease, sim::step<release_phase_lock>},
};

constexpr sim::Step kUnregisterSubsystemSteps[] = {
    {kNoCallback,
     sim::step<check_that_no_callback_calls>,
     {},
     sim::only_if(kCallbacksMayNotRegister)},
    {"read-lock the phase", sim::step<read_phase_lock>},
    {kCheck, sim::step<check_phase>, {.on_failure = kRelease}},
    {"lock the list", sim::step<lock_subsystem_list>},
    {"remove the subsystem", sim::step<unlink_subsystem>, {.on_failure = kReleaseList}},
    {kReleaseList, sim::step<release_subsystem_list>},
    {kRelease, sim::step<release_phase_lock>},
};

constexpr sim::Step kRegisterHandlerSteps[] = {
    {kNoCallback,
     sim::step<check_that_no_callback_calls>,
     {},
     sim::only_if(kCallbacksMayNotRegister)},
    {"read-lock the phase", sim::step<read_phase_lock>},
    {kCheck, sim::step<check_phase>, {.on_failure = kRelease}},
    {"lock the list", sim::step<lock_handler_list>},
    {"add the handler", sim::step<link_handler>, {.on_failure = kReleaseList}},
    {kReleaseList, sim::step<release_handler_list>},
    {kRelease, sim::step<release_phase_lock>},
};

constexpr sim::Step kUnregisterHandlerSteps[] = {
    {kNoCallback,
     sim::step<check_that_no_callback_calls>,
     {},
     sim::only_if(kCallbacksMayNotRegister)},
    {"read-lock the phase", sim::step<read_phase_lock>},
    {kCheck, sim::step<check_phase>, {.on_failure = kRelease}},
    {"lock the list", sim::step<lock_handler_list>},
    {"check that it is a member",
     sim::step<check_that_it_is_a_member>,
     {.on_failure = kReleaseList},
     sim::only_if(kUnregisterChecksMembership)},
    {"check that no file uses it",
     sim::step<check_that_no_file_uses_it>,
     {.on_failure = kReleaseList},
     sim::only_if(kHandlersInUseStay)},
    {"remove the handler", sim::step<unlink_handler>, {.on_failure = kReleaseList}},
    {kReleaseList, sim::step<release_handler_list>},
    {kRelease, sim::step<release_phase_lock>},
};

}  // namespace

const sim::Program kRegisterSubsystemProgram{
    "luo.register_subsystem", "adds a subsystem at the end of the list", kRegisterSubsystemSteps};
const sim::Program kUnregisterSubsystemProgram{
    "luo.unregister_subsystem", "takes a subsystem off the list", kUnregisterSubsystemSteps};
const sim::Program kRegisterHandlerProgram{
    "luo.register_handler", "adds a file handler at the end of the list", kRegisterHandlerSteps};
const sim::Program kUnregisterHandlerProgram{"luo.unregister_handler",
                                             "takes a file handler off the list, used or not",
                                             kUnregisterHandlerSteps};

}  // namespace luosim::luo::v2
