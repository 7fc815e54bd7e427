// SPDX-License-Identifier: Apache-2.0
//
// An actor: a process that works through a script. Each entry waits for its turn, makes one call
// for each operand, and compares the answers with what the scenario expects. One that is free has
// no script: at its turn it chooses a call, which is an entry like others.
#include "model/fd/test_participant.hpp"
#include "model/kernel/errno.hpp"
#include "model/kho/programs.hpp"
#include "model/luo/v2/programs.hpp"
#include "model/userspace/deeds.hpp"
#include "model/userspace/free_actor.hpp"
#include "model/userspace/parts.hpp"
#include "model/userspace/record.hpp"

namespace luosim::userspace {

namespace {

using sim::Outcome;

// values {actor}; frame.local[0] is the operand that comes next.
std::uint32_t actor_of(const Context& context) {
  return static_cast<std::uint32_t>(context.frame().values[0]);
}

Progress::Actor& progress_of(Context& context) {
  return context.progress.actors[actor_of(context)];
}

const Actor& plan_of(const Context& context) {
  return context.cast.actors[actor_of(context)];
}

const Entry& entry_of(Context& context) {
  return *current_entry(plan_of(context), progress_of(context));
}

sim::Symbol operand_of(Context& context) {
  const Entry& entry = entry_of(context);
  return context.frame().local[0] < entry.operands.size() ? entry.operands[context.frame().local[0]]
                                                          : sim::Symbol{};
}

std::uint32_t number_of(Context& context) {
  const Entry& entry = entry_of(context);
  return context.frame().local[0] < entry.numbers.size() ? entry.numbers[context.frame().local[0]]
                                                         : 0;
}

void leave_entry(Context& context) {
  Progress::Actor& progress = progress_of(context);
  if (plan_of(context).free) {
    leave_free_call(progress);
    // An answer that nobody looks at would tell idle processes apart.
    context.frame().result = 0;
    context.frame().word = 0;
    context.frame().local[0] = 0;
    return;
  }
  const Entry& entry = entry_of(context);
  if (entry.label) context.progress.labels[*entry.label] = 1;
  ++progress.entry;
  progress.last_ended = context.now();
  context.frame().local[0] = 0;
}

Outcome die(Context& context) {
  --context.user.actors_left;
  return sim::finish(-kernel::kEIO);
}

Outcome end_actor(Context& context) {
  context.record({.kind = UserRecord::actor_ended, .subject = plan_of(context).name});
  --context.user.actors_left;
  return sim::finish(0);
}

Outcome wait_for_its_turn(Context& context) {
  const Actor& actor = plan_of(context);
  Progress::Actor& progress = progress_of(context);
  if (progress.is_killed != 0) return die(context);
  if (has_ended(progress, actor)) return end_actor(context);
  if (context.fault(kAgentCrashSite, context.names.text(actor.name))) {
    context.record({.kind = UserRecord::actor_died, .subject = actor.name});
    progress.is_killed = 1;
    return die(context);
  }
  if (actor.free)
    return choose_free_call(context, actor_of(context)) == 0 ? end_actor(context) : sim::done();
  const Entry& entry = entry_of(context);
  if (!holds(context, actor_of(context), entry.after)) {
    context.user.waiting.push_back(context.task.index);
    return sim::park();
  }
  sim::SimTime earliest = progress.last_ended + entry.pause_before;
  if (entry.not_before && *entry.not_before > earliest) earliest = *entry.not_before;
  if (context.now() < earliest) return sim::again(earliest - context.now());
  if (!holds(context, actor_of(context), entry.when)) {
    context.record({.kind = UserRecord::entry_skipped,
                    .subject = actor.name,
                    .values = {entry.line, 0, 0, 0}});
    leave_entry(context);
    return sim::again();
  }
  return sim::done();
}

// What a verb becomes: a program of the kernel's interfaces with its arguments.
struct Call {
  sim::ProgramId program{};
  sim::Arguments arguments{};
};

Call ioctl(std::uint32_t process, std::uint32_t number, std::uint64_t first = 0,
           std::uint64_t second = 0) {
  return {uapi::kIoctl, {.values = {process, number, first, second}}};
}

// A token that was never noted is one that no kernel knows.
constexpr std::uint64_t kNoToken = ~0ULL;

Call call_for(Context& context, Verb verb, std::uint32_t process) {
  const sim::Symbol operand = operand_of(context);
  const std::uint64_t number = number_of(context);
  const std::uint64_t running = context.kernel.options.image;
  const std::uint32_t generation = context.kernel.generation;
  const std::uint64_t image = number != kNextImage                ? number
                              : running + 1 < context.cast.images ? running + 1
                                                                  : running;
  const auto with_number = [&](sim::ProgramId program) {
    return Call{program, {.values = {number, 0, 0, 0}}};
  };
  switch (verb) {
    case Verb::preserve:
      return ioctl(process, uapi::kFdPreserve,
                   uapi::pack_descriptor(descriptor_of(context.user, process, operand),
                                         entry_of(context).flags));
    case Verb::unpreserve:
      return ioctl(process, uapi::kFdUnpreserve,
                   token_on_disk(context.disk, operand, generation).value_or(kNoToken));
    case Verb::restore:
      return ioctl(process, uapi::kFdRestore, 0,
                   token_on_disk(context.disk, operand, generation - 1).value_or(kNoToken));
    case Verb::prepare:
      return ioctl(process, uapi::kEventPrepare);
    case Verb::freeze:
      return ioctl(process, uapi::kEventFreeze);
    case Verb::cancel:
      return ioctl(process, uapi::kEventCancel);
    case Verb::finish:
      return ioctl(process, uapi::kEventFinish);
    case Verb::get_state:
      return ioctl(process, uapi::kGetState);
    case Verb::read_sysfs:
      return {uapi::kReadState, {}};
    case Verb::reboot_kexec:
      return {uapi::kReboot, {.values = {image, 0, 0, 0}}};
    case Verb::reboot_without_image:
      return {uapi::kReboot, {.values = {running, 1, 0, 0}}};
    case Verb::reboot_cold:
      return {uapi::kPowerCycle, {.values = {number == kNextImage ? running : number, 0, 0, 0}}};
    case Verb::pause:
      return with_number(kPauseVm);
    case Verb::resume:
      return with_number(kResumeVm);
    case Verb::start:
      return with_number(kStartVm);
    case Verb::close: {
      const auto descriptor = static_cast<std::uint64_t>(
          static_cast<std::int64_t>(descriptor_of(context.user, process, operand)));
      return {uapi::kClose, {.values = {process, descriptor, 0, 0}}};
    }
    case Verb::kho_finalize:
      return {kho::kFinalize, {}};
    case Verb::kho_abort:
      return {kho::kAbort, {}};
    case Verb::debugfs_finalize:
      return with_number(uapi::kDebugfsFinalize);
    case Verb::register_subsystem:
      return with_number(luo::v2::kRegisterSubsystem);
    case Verb::unregister_subsystem:
      return with_number(luo::v2::kUnregisterSubsystem);
    case Verb::register_handler:
      return with_number(luo::v2::kRegisterHandler);
    case Verb::unregister_handler:
      return with_number(luo::v2::kUnregisterHandler);
    case Verb::preserve_page:
      return {fd::kPreservePage, {}};
    case Verb::bind:
      return {driver::kBind, {.values = {number, entry_of(context).numbers.back(), 0, 0}}};
    case Verb::unbind:
      return {driver::kBind,
              {.values = {number, static_cast<std::uint64_t>(driver::pci::Driver::none), 0, 0}}};
    default:
      break;
  }
  return {};
}

// Objects of modules are numbered by the running kernel; the scenario knows names.
std::optional<std::uint64_t> object_named(const Context& context, Verb verb, sim::Symbol name) {
  const luo::v2::State& luo = context.luo;
  const bool wants_handler = verb == Verb::register_handler || verb == Verb::unregister_handler;
  if (wants_handler) {
    for (std::size_t index = 0; index < luo.handler_objects.size(); ++index)
      if (luo.handler_objects[index].compatible == name) return index;
    return std::nullopt;
  }
  // The last object of a name is the one to register; those before it are its dummies.
  for (std::size_t index = luo.subsystem_objects.size(); index-- > 0;)
    if (luo.subsystem_objects[index].name == name) return index;
  return std::nullopt;
}

bool names_a_module(Verb verb) {
  return verb == Verb::register_subsystem || verb == Verb::unregister_subsystem ||
         verb == Verb::register_handler || verb == Verb::unregister_handler;
}

Outcome make_the_call(Context& context) {
  const Entry& entry = entry_of(context);
  const Actor& actor = plan_of(context);
  context.record({.kind = UserRecord::call_begins,
                  .subject = actor.name,
                  .object = operand_of(context),
                  .values = {static_cast<std::uint64_t>(entry.verb), 0, 0, 0}});
  if (entry.verb == Verb::sleep) {
    context.frame().result = 0;
    return sim::done(entry.duration);
  }
  if (is_deed(entry.verb))
    return do_deed(context, {entry.verb, operand_of(context), number_of(context)});
  Call made = call_for(context, entry.verb, process_of_actor(actor_of(context)));
  if (names_a_module(entry.verb)) {
    const auto object = object_named(context, entry.verb, operand_of(context));
    if (!object) {
      context.frame().result = -kernel::kENOENT;
      return sim::done();
    }
    made.arguments.values[0] = *object;
  }
  return sim::call(made.program, made.arguments);
}

void note_success(Context& context, const Entry& entry) {
  const sim::Symbol operand = operand_of(context);
  const std::uint32_t process = process_of_actor(actor_of(context));
  const std::uint64_t word = context.frame().word;
  if (entry.verb == Verb::preserve) {
    note_token(context.disk, operand, word, context.kernel.generation);
  }
  if (entry.verb == Verb::unpreserve)
    forget_token(context.disk, operand, context.kernel.generation);
  if (entry.verb == Verb::restore) {
    const auto descriptor = static_cast<std::int32_t>(word);
    const auto file = context.kernel.files.find(process, descriptor);
    if (!file) return;
    context.kernel.files.rename(*file, operand);
    hold(context.user, {process, operand, descriptor});
    compare_contents(context, operand, *file);
  }
  if (entry.verb == Verb::close) {
    std::erase_if(context.user.holdings, [&](const Holding& holding) {
      return holding.process == process && holding.file == operand;
    });
  }
}

bool is_as_expected(const Entry& entry, std::int64_t status) {
  if (entry.any_answer) return true;
  if (entry.any_failure) return status < 0;
  return entry.expected == 0 ? status >= 0 : status == entry.expected;
}

Outcome note_the_answer(Context& context) {
  const Entry& entry = entry_of(context);
  const Actor& actor = plan_of(context);
  const std::int64_t status = context.frame().result;
  context.record({.kind = UserRecord::call_returns,
                  .subject = actor.name,
                  .object = operand_of(context),
                  .values = {static_cast<std::uint64_t>(entry.verb),
                             static_cast<std::uint64_t>(status), context.frame().word, 0}});
  if (status >= 0) note_success(context, entry);
  if (!is_as_expected(entry, status)) {
    ++context.progress.unexpected;
    context.record(
        {.kind = UserRecord::unexpected_answer,
         .subject = actor.name,
         .object = operand_of(context),
         .values = {static_cast<std::uint64_t>(entry.verb), static_cast<std::uint64_t>(status),
                    static_cast<std::uint64_t>(entry.expected), entry.line}});
  }
  if (!actor.free) progress_of(context).last_failed = status < 0 ? 1 : 0;
  const bool is_killed = progress_of(context).is_killed != 0;
  if (!is_killed && ++context.frame().local[0] < entry.operands.size()) return sim::done();
  leave_entry(context);
  return is_killed ? die(context) : sim::end();
}

constexpr sim::Step kActorSteps[] = {
    {"wait for its turn", sim::step<wait_for_its_turn>},
    {"make the call", sim::step<make_the_call>},
    {"note the answer",
     sim::step<note_the_answer>,
     {.then = "make the call", .on_end = "wait for its turn"}},
};

}  // namespace

const sim::Program kActorProgram{"user.actor", "a process works through the script of an actor",
                                 kActorSteps};

void leave_calls_in_progress(Context& context) {
  // The row that notes the answer: who stands there is in the middle of a call.
  constexpr std::uint16_t kInCall = 2;
  const std::vector<sim::Task>& tasks = context.schedule.tasks();
  for (std::uint32_t index = 0; index < tasks.size(); ++index) {
    const sim::Task& task = tasks[index];
    if (task.state == sim::Task::State::unused || task.frame == sim::Frame::kNone) continue;
    const sim::Frame& outermost = context.schedule.outermost_frame_of({index});
    if (outermost.program != kActorProgramId) continue;
    const auto actor = static_cast<std::uint32_t>(outermost.values[0]);
    Progress::Actor& progress = context.progress.actors[actor];
    const auto& free = context.cast.actors[actor].free;
    const bool is_in_call = outermost.step == kInCall;
    if (free && !is_in_call) take_back_free_choice(progress, *free);
    if (free && is_in_call) leave_free_call(progress);
    if (free || !is_in_call) continue;
    const Entry& entry = *current_entry(context.cast.actors[actor], progress);
    if (!is_as_expected(entry, 0)) {
      ++context.progress.unexpected;
      context.record({.kind = UserRecord::unexpected_answer,
                      .subject = context.cast.actors[actor].name,
                      .values = {static_cast<std::uint64_t>(entry.verb), 0,
                                 static_cast<std::uint64_t>(entry.expected), entry.line}});
    }
    if (entry.label) context.progress.labels[*entry.label] = 1;
    ++progress.entry;
    progress.last_failed = 0;
  }
}

void start_actors(Context& context) {
  for (std::uint32_t actor = 0; actor < context.cast.actors.size(); ++actor) {
    Progress::Actor& progress = context.progress.actors[actor];
    const Actor& plan = context.cast.actors[actor];
    if (progress.is_killed != 0 || has_ended(progress, plan)) continue;
    if (plan.free) {
      take_back_free_choice(progress, *plan.free);
    } else {
      progress.last_ended = context.now();
    }
    ++context.user.actors_left;
    context.record({.kind = UserRecord::actor_started, .subject = plan.name});
    context.schedule.spawn(plan.name, process_of_actor(actor), kActorProgramId, {.values = {actor}},
                           {}, false);
  }
}

}  // namespace luosim::userspace
