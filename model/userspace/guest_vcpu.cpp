// SPDX-License-Identifier: Apache-2.0
#include "model/userspace/guest_vcpu.hpp"

#include <algorithm>

#include "model/fd/kvm.hpp"
#include "model/userspace/guest_disk.hpp"
#include "model/userspace/guest_port.hpp"
#include "model/userspace/record.hpp"

namespace luosim::userspace {

namespace {

using sim::Outcome;

// How often a guest that does not wait for interrupts looks.
constexpr sim::Duration kPollEvery = sim::microseconds(10);
// After the story is over a guest waits this many timeouts for what is still in flight.
constexpr std::uint64_t kLastTimeouts = 2;

std::uint32_t vm_of(const Context& context) {
  return static_cast<std::uint32_t>(context.frame().values[0]);
}

bool is_at_rest(Context& context, std::uint32_t vm) {
  const auto disks = disks_of(context.user, vm);
  return std::none_of(disks.begin(), disks.end(),
                      [](const GuestDisk& disk) { return disk.registers.outstanding > 0; });
}

bool is_done(Context& context, std::uint32_t vm) {
  return context.progress.is_over != 0 && is_at_rest(context, vm);
}

// Nothing is left to look for: the story must not wait for a timer.
void stop_the_watchdog(Context& context, std::uint32_t vm) {
  const std::vector<sim::Task>& tasks = context.schedule.tasks();
  for (std::uint32_t index = 0; index < tasks.size(); ++index) {
    const bool is_its_guests = tasks[index].state != sim::Task::State::unused &&
                               tasks[index].group == group_of_guest(context.cast, vm);
    if (is_its_guests && context.schedule.frame(tasks[index].frame).program == kGuestWatchdog)
      context.schedule.drop({index});
  }
}

Outcome wait_for_an_interrupt(Context& context) {
  const std::uint32_t vm = vm_of(context);
  if (is_done(context, vm)) {
    stop_the_watchdog(context, vm);
    return sim::finish(0);
  }
  if (!context.cast.vms[vm].workload.waits_for_interrupts) return sim::done(kPollEvery);
  const bool waits = fd::wait_for_interrupt(context, context.user.vms[vm].kvm, context.task);
  return waits ? sim::park() : sim::done();
}

Outcome serve_the_devices(Context& context) {
  const std::uint32_t vm = vm_of(context);
  const std::uint64_t pending = fd::take_pending(context, context.user.vms[vm].kvm);
  const bool polls = !context.cast.vms[vm].workload.waits_for_interrupts;
  const auto is_told = [&](std::uint32_t device, std::uint32_t entry) {
    return polls || (pending >> guest_vector(device, entry) & 1) != 0;
  };
  for (GuestDisk& disk : disks_of(context.user, vm)) {
    if (disk.registers.is_set_up == 0 || !is_told(disk.registers.device, kIoVector)) continue;
    take_completions(context, disk);
    submit_commands(context, disk);
  }
  for (GuestPort& port : context.user.ports)
    if (port.vm == vm && port.is_set_up != 0 && is_told(port.device, 0)) take_frames(context, port);
  return sim::done();
}

constexpr sim::Step kVcpuSteps[] = {
    {"wait for an interrupt", sim::step<wait_for_an_interrupt>},
    {"serve the devices", sim::step<serve_the_devices>, {.then = "wait for an interrupt"}},
};

// frame.local[0] counts timeouts since the story was over.
Outcome let_a_timeout_pass(Context& context) {
  const std::uint32_t vm = vm_of(context);
  if (is_done(context, vm)) return sim::finish(0);
  if (context.progress.is_over != 0 && context.frame().local[0]++ >= kLastTimeouts)
    return sim::finish(0);
  return sim::done(context.cast.vms[vm].workload.timeout);
}

// Linux looks into the queue before it gives a command up, so that a lost interrupt costs one
// timeout and no more (devices.md, E.5).
Outcome look_for_late_commands(Context& context) {
  const std::uint32_t vm = vm_of(context);
  const sim::Duration timeout = context.cast.vms[vm].workload.timeout;
  for (GuestDisk& disk : disks_of(context.user, vm)) {
    if (disk.registers.is_set_up == 0 || disk.registers.outstanding == 0) continue;
    bool is_late = false;
    for (const GuestCommand& command : disk.commands) {
      is_late = is_late || (command.state != GuestCommand::State::free &&
                            command.state != GuestCommand::State::lost &&
                            context.now() - command.submitted >= timeout);
    }
    if (!is_late) continue;
    const std::uint32_t found = take_completions(context, disk);
    if (found > 0) {
      context.ledger.io[vm].late += found;
      context.record({.kind = UserRecord::io_late,
                      .subject = context.cast.vms[vm].name,
                      .object = context.cast.vms[vm].devices[disk.registers.device].file,
                      .values = {found, 0, 0, 0}});
    }
    give_up_late_commands(context, disk, timeout);
    submit_commands(context, disk);
  }
  return sim::done();
}

constexpr sim::Step kWatchdogSteps[] = {
    {"let a timeout pass", sim::step<let_a_timeout_pass>},
    {"look for late commands", sim::step<look_for_late_commands>, {.then = "let a timeout pass"}},
};

void spawn_in_guest(Context& context, std::uint32_t vm, sim::ProgramId program,
                    std::uint64_t device = 0) {
  context.schedule.spawn(context.cast.vms[vm].name, group_of_guest(context.cast, vm), program,
                         {.values = {vm, device, 0, 0}}, {}, false);
}

void start_driver_tasks(Context& context, std::uint32_t vm) {
  for (const GuestDisk& disk : disks_of(context.user, vm)) {
    const bool begins = disk.registers.is_set_up == 0 && disk.registers.has_failed == 0;
    if (begins) spawn_in_guest(context, vm, kGuestDisk, disk.registers.device);
  }
  for (GuestPort& port : context.user.ports)
    if (port.vm == vm && port.is_set_up == 0) set_port_up(context, port);
  spawn_in_guest(context, vm, kGuestVcpu);
  if (context.cast.vms[vm].workload.timeout.ns > 0) spawn_in_guest(context, vm, kGuestWatchdog);
}

Outcome boot(Context& context) {
  return sim::done(context.timing.of(timing::Cost::guest_boot));
}

Outcome start_the_drivers(Context& context) {
  context.user.vms[vm_of(context)].is_booting = 0;
  start_driver_tasks(context, vm_of(context));
  return sim::finish(0);
}

constexpr sim::Step kBootSteps[] = {
    {"boot", sim::step<boot>},
    {"start the drivers", sim::step<start_the_drivers>},
};

}  // namespace

const sim::Program kGuestBootProgram{"guest.boot", "a guest that was started anew boots",
                                     kBootSteps};
const sim::Program kGuestVcpuProgram{"guest.vcpu", "a guest serves the interrupts of its devices",
                                     kVcpuSteps};
const sim::Program kGuestWatchdogProgram{
    "guest.watchdog", "a guest looks for commands that take too long", kWatchdogSteps};

std::uint32_t group_of_guest(const Cast& cast, std::uint32_t vm) {
  return sim::kBackgroundGroup | process_of_vmm(cast, vm);
}

void start_guest_tasks(Context& context, std::uint32_t vm) {
  if (context.user.vms[vm].is_booting == 0) return start_driver_tasks(context, vm);
  spawn_in_guest(context, vm, kGuestBoot);
}

void tell_guests_that_it_is_over(Context& context) {
  context.progress.is_over = 1;
  for (std::uint32_t kvm = 0; kvm < context.fd.kvms.size(); ++kvm) fd::wake_who_waits(context, kvm);
}

}  // namespace luosim::userspace
