// SPDX-License-Identifier: Apache-2.0
//
// What a free actor may do now follows from its plan, its count of calls and the number of kernels
// that have run; nothing else is remembered.
#include "model/userspace/free_actor.hpp"

#include "model/userspace/programs.hpp"

namespace luosim::userspace {

namespace {

// The first kernel has generation 1, and each reboot makes one more.
std::uint32_t reboots_made(const Context& context) {
  return context.kernel.generation - 1;
}

bool may_call(const FreePlan& plan, const Progress::Actor& progress) {
  return !plan.max || progress.calls < *plan.max;
}

bool is_allowed(const Context& context, const FreePlan& plan, const Entry& alternative) {
  return !plan.reboots || !is_reboot(alternative.verb) || reboots_made(context) < *plan.reboots;
}

// The numbers of the alternatives, from 1.
std::vector<std::uint32_t> allowed_alternatives(const Context& context, std::uint32_t actor) {
  const FreePlan& plan = *context.cast.actors[actor].free;
  std::vector<std::uint32_t> allowed;
  if (!may_call(plan, context.progress.actors[actor])) return allowed;
  for (std::uint32_t index = 0; index < plan.alternatives.size(); ++index)
    if (is_allowed(context, plan, plan.alternatives[index])) allowed.push_back(index + 1);
  return allowed;
}

}  // namespace

bool stands_at_free_choice(const Context& context, std::uint32_t actor) {
  if (!context.cast.actors[actor].free || context.progress.actors[actor].is_killed != 0)
    return false;
  for (const sim::Task& task : context.schedule.tasks()) {
    const bool is_its_process =
        task.state == sim::Task::State::ready && task.group == process_of_actor(actor);
    if (!is_its_process) continue;
    const sim::Frame& frame = context.schedule.frame(task.frame);
    if (frame.program == kActorProgramId && frame.step == 0) return true;
  }
  return false;
}

std::vector<FreeCall> allowed_free_calls(const Context& context, std::uint32_t actor) {
  const FreePlan& plan = *context.cast.actors[actor].free;
  std::vector<FreeCall> calls;
  for (const std::uint32_t alternative : allowed_alternatives(context, actor)) {
    const Entry& entry = plan.alternatives[alternative - 1];
    calls.push_back({.alternative = alternative,
                     .verb = entry.verb,
                     .operand = entry.operands.empty() ? sim::Symbol{} : entry.operands[0],
                     .number = entry.numbers.empty() ? 0 : entry.numbers[0],
                     .flags = entry.flags});
  }
  return calls;
}

std::uint32_t choose_free_call(Context& context, std::uint32_t actor) {
  const Actor& plan = context.cast.actors[actor];
  Progress::Actor& progress = context.progress.actors[actor];
  const std::vector<std::uint32_t> allowed = allowed_alternatives(context, actor);
  const std::uint32_t chosen =
      context.choice.choose(static_cast<std::uint32_t>(allowed.size()) + 1,
                            label_of_free_choice(context.names.text(plan.name)));
  if (chosen == 0) {
    progress.entry = 1;
    return 0;
  }
  progress.alternative = allowed[chosen - 1];
  if (plan.free->max) ++progress.calls;
  return progress.alternative;
}

void leave_free_call(Progress::Actor& progress) {
  progress.alternative = 0;
}

void take_back_free_choice(Progress::Actor& progress, const FreePlan& plan) {
  if (progress.alternative == 0) return;
  progress.alternative = 0;
  if (plan.max) --progress.calls;
}

const Entry* current_entry(const Actor& plan, const Progress::Actor& progress) {
  if (plan.free) {
    return progress.alternative == 0 ? nullptr : &plan.free->alternatives[progress.alternative - 1];
  }
  return progress.entry < plan.script.size() ? &plan.script[progress.entry] : nullptr;
}

bool is_reboot(Verb verb) {
  return verb == Verb::reboot_kexec || verb == Verb::reboot_cold;
}

bool has_ended(const Progress::Actor& progress, const Actor& plan) {
  return progress.entry == (plan.free ? 1 : plan.script.size());
}

}  // namespace luosim::userspace
