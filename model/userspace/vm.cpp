// SPDX-License-Identifier: Apache-2.0
//
// VMMs and guests. A VMM keeps guest memory in a memfd; its vCPUs write to it until they are
// paused. Nobody sees a write before somebody looks at the memory, so writes are no events: they
// are made up for when the guest stops, or the machine jumps. Hundreds of guests cost nothing
// meanwhile. What a paused guest needs besides its memory, the VMM saves to disk. In the next
// kernel a VMM starts anew and can resume the guest only if it gets the memory back.
#include "model/fd/eventfd.hpp"
#include "model/fd/memfd.hpp"
#include "model/kernel/errno.hpp"
#include "model/userspace/guest_disk.hpp"
#include "model/userspace/guest_memory.hpp"
#include "model/userspace/observed_files.hpp"
#include "model/userspace/parts.hpp"
#include "model/userspace/record.hpp"
#include "model/userspace/vmm_devices.hpp"

namespace luosim::userspace {

namespace {

using sim::Outcome;

// A guest dirties its memory in so many equal parts, one after the other: enough to tell them
// apart, few enough to stay few extents.
constexpr std::uint64_t kDirtyParts = 8;

std::uint32_t vm_of(const Context& context) {
  return static_cast<std::uint32_t>(context.frame().values[0]);
}

const VmPlan& plan_of(const Context& context) {
  return context.cast.vms[vm_of(context)];
}

// How many writes all vCPUs have made `after` their start. They do not tick in step: each begins a
// little later than the one before, and then writes at equal distances. Without a distance they
// write nothing.
std::uint64_t writes_until(const VmPlan& plan, sim::Duration after) {
  if (plan.write_every.ns == 0) return 0;
  std::uint64_t writes = 0;
  for (std::uint32_t vcpu = 0; vcpu < plan.vcpus; ++vcpu) {
    const std::int64_t offset = plan.write_every.ns * vcpu / plan.vcpus;
    if (after.ns >= offset)
      writes += static_cast<std::uint64_t>((after.ns - offset) / plan.write_every.ns) + 1;
  }
  return writes;
}

const Disk::SavedVm* find_saved(const Disk& disk, std::uint32_t vm) {
  const auto saved = std::find_if(disk.saved_vms.begin(), disk.saved_vms.end(),
                                  [vm](const Disk::SavedVm& each) { return each.vm == vm; });
  return saved == disk.saved_vms.end() ? nullptr : &*saved;
}

void forget_saved(Disk& disk, std::uint32_t vm) {
  std::erase_if(disk.saved_vms, [vm](const Disk::SavedVm& each) { return each.vm == vm; });
}

// frame.local[0] is which interrupts had come and were not served.
Outcome stop_the_vcpus(Context& context) {
  const std::uint32_t vm = vm_of(context);
  if (context.user.vms[vm].state != Vm::State::running) return sim::finish(-kernel::kEINVAL);
  show_guest_writes(context, vm);
  note_commands_of_stopped(context, vm);
  context.frame().local[0] = stop_guest(context, vm);
  // The guest feels its blackout from here on, not from when the VMM is done with it.
  context.user.vms[vm].state = Vm::State::paused;
  context.record({.kind = UserRecord::vm_paused,
                  .subject = plan_of(context).name,
                  .values = {context.user.vms[vm].writes, 0, 0, 0}});
  return sim::done(context.timing.of(timing::Cost::vm_pause));
}

Outcome save_vcpu_state(Context& context) {
  const std::uint32_t vm = vm_of(context);
  forget_saved(context.disk, vm);
  context.disk.saved_vms.push_back({.vm = vm,
                                    .is_booting = context.user.vms[vm].is_booting,
                                    .pending = context.frame().local[0]});
  ++context.progress.pauses[vm];
  return sim::done();
}

constexpr sim::Step kPauseSteps[] = {
    {"stop the vCPUs", sim::step<stop_the_vcpus>},
    {"save their state to disk", sim::step<save_vcpu_state>},
};

// frame.local[0] is what the guest was before. From here on nobody else can resume it.
Outcome claim_the_guest(Context& context) {
  Vm& guest = context.user.vms[vm_of(context)];
  if (guest.state == Vm::State::running || guest.state == Vm::State::resuming)
    return sim::finish(-kernel::kEINVAL);
  context.frame().local[0] = static_cast<std::uint64_t>(guest.state);
  guest.state = Vm::State::resuming;
  return sim::done();
}

Outcome give_up(Context& context, std::int64_t status) {
  context.user.vms[vm_of(context)].state = static_cast<Vm::State>(context.frame().local[0]);
  return sim::finish(status);
}

// frame.local[1] is 1 for a VMM that has to build everything again. Only a new kernel has no VMM
// process for the guest.
Outcome start_a_vmm(Context& context) {
  const VmPlan& plan = plan_of(context);
  if (static_cast<Vm::State>(context.frame().local[0]) == Vm::State::paused) return sim::end();
  context.frame().local[1] = 1;
  if (vmm_crashes(context, plan)) return give_up(context, -kernel::kEIO);
  return sim::done(context.timing.of(timing::Cost::vmm_start));
}

// Without the saved vCPU state, or without its memory, there is no guest to go on. What came back
// under the name of its memory may be a file of any type: the handler of the token decides.
Outcome find_its_memory(Context& context) {
  const std::uint32_t vm = vm_of(context);
  const auto file = file_held(context, plan_of(context).memory_file);
  if (!file || context.kernel.files[*file].type != kMemfdFileType ||
      find_saved(context.disk, vm) == nullptr) {
    return give_up(context, -kernel::kENOENT);
  }
  context.user.vms[vm].memfd = context.kernel.files[*file].object;
  return sim::done();
}

Outcome connect_its_devices(Context& context) {
  const bool is_needed = has_devices(plan_of(context)) && context.frame().local[1] != 0;
  context.frame().result = 0;
  return is_needed ? sim::call(kReconnect, {.values = {vm_of(context), 0, 0, 0}}) : sim::done();
}

Outcome check_that_they_work(Context& context) {
  const std::int64_t result = context.frame().result;
  return result < 0 ? give_up(context, result) : sim::done();
}

Outcome resume_the_vcpus(Context& context) {
  const std::uint32_t vm = vm_of(context);
  const Disk::SavedVm* saved = find_saved(context.disk, vm);
  if (saved != nullptr) context.user.vms[vm].is_booting = saved->is_booting;
  continue_guest(context, vm, saved != nullptr ? saved->pending : 0);
  forget_saved(context.disk, vm);
  ++context.progress.resumes[vm];
  start_vcpus(context, vm);
  context.record({.kind = UserRecord::vm_resumed, .subject = plan_of(context).name});
  return sim::done(context.timing.of(timing::Cost::vm_resume));
}

constexpr sim::Step kResumeSteps[] = {
    {"claim the guest", sim::step<claim_the_guest>},
    {"start a VMM if there is none", sim::step<start_a_vmm>, {.on_end = "resume the vCPUs"}},
    {"find its memory and saved state", sim::step<find_its_memory>},
    {"connect its devices", sim::step<connect_its_devices>},
    {"check that they work", sim::step<check_that_they_work>},
    {"resume the vCPUs", sim::step<resume_the_vcpus>},
};

// What devices do to memory while it is handed over is for the guest to judge: its drivers' pages
// are left out.
sim::Digest128 contents_beside_drivers(const Context& context, sim::Symbol name,
                                       kernel::FileId file) {
  std::uint64_t first = 0;
  for (const VmPlan& plan : context.cast.vms)
    if (plan.memory_file == name) first = driver_pages(plan);
  return fd::contents_of(context.memory, context.fd, context.kernel.files[file].object, first);
}

// Of files that hold something.
std::optional<sim::Digest128> contents_of_file(const Context& context, sim::Symbol name,
                                               kernel::FileId file) {
  const kernel::File& held = context.kernel.files[file];
  switch (static_cast<fd::FileType>(held.type)) {
    case fd::FileType::memfd:
      return contents_beside_drivers(context, name, file);
    case fd::FileType::eventfd:
      return fd::contents_of_eventfd(context.fd, held.object);
    default:
      return std::nullopt;
  }
}

}  // namespace

const sim::Program kPauseVmProgram{"user.pause_vm", "a VMM stops the vCPUs of its guest",
                                   kPauseSteps};
const sim::Program kResumeVmProgram{
    "user.resume_vm", "a VMM lets its guest go on, from disk if it has to", kResumeSteps};

void start_vcpus(Context& context, std::uint32_t vm) {
  Vm& guest = context.user.vms[vm];
  guest.state = Vm::State::running;
  guest.since = context.now();
  guest.shown = 0;
}

bool vmm_crashes(Context& context, const VmPlan& plan) {
  if (!context.fault(kVmmCrashSite, context.names.text(plan.name))) return false;
  context.record({.kind = UserRecord::vmm_died, .subject = plan.name});
  return true;
}

void show_guest_writes(Context& context, std::uint32_t vm) {
  Vm& guest = context.user.vms[vm];
  if (guest.state != Vm::State::running) return;
  const VmPlan& plan = context.cast.vms[vm];
  const std::uint64_t due = writes_until(plan, context.now() - guest.since);
  const std::uint64_t added = due - guest.shown;
  guest.shown = due;
  // Of the writes to one part only the last is left to be seen.
  const std::uint64_t hidden = added > kDirtyParts ? added - kDirtyParts : 0;
  guest.writes += hidden;
  for (std::uint64_t write = hidden; write < added; ++write) {
    const std::uint64_t part = guest.writes % kDirtyParts;
    ++guest.writes;
    const memory::Content content{(std::uint64_t{vm} + 1) << 40 | guest.writes};
    fd::write_memfd(context, guest.memfd, part, kDirtyParts, content, driver_pages(plan));
  }
}

void start_first_vms(Context& context) {
  for (std::uint32_t vm = 0; vm < context.cast.vms.size(); ++vm) {
    const VmPlan& plan = context.cast.vms[vm];
    const auto file = file_held(context, plan.memory_file);
    if (!file) continue;
    context.user.vms[vm].memfd = context.kernel.files[*file].object;
    context.record({.kind = UserRecord::vm_started, .subject = plan.name});
    connect_first_devices(context, vm);
    start_vcpus(context, vm);
    continue_guest(context, vm, 0);
  }
}

void stop_guests_hard(Context& context) {
  for (std::uint32_t vm = 0; vm < context.user.vms.size(); ++vm) {
    if (context.user.vms[vm].state != Vm::State::running) continue;
    show_guest_writes(context, vm);
    note_commands_of_stopped(context, vm);
    context.record({.kind = UserRecord::vm_stopped_hard, .subject = context.cast.vms[vm].name});
  }
}

void note_contents_at_jump(Context& context) {
  stop_guests_hard(context);
  for (const ObservedFile& file :
       observed_files(context.kernel.files, context.user.holdings, context.luo.outgoing)) {
    const auto held = contents_of_file(context, file.name, file.id);
    if (!held) continue;
    Ledger::Contents& contents = ledger_entry(context.ledger, file.name);
    contents.before = *held;
    contents.is_known = 1;
    contents.verdict = 0;
  }
}

void compare_contents(Context& context, sim::Symbol file, kernel::FileId id) {
  const auto held = contents_of_file(context, file, id);
  if (!held) return;
  Ledger::Contents& contents = ledger_entry(context.ledger, file);
  if (contents.is_known == 0) return;
  const bool intact = *held == contents.before;
  contents.verdict = intact ? 1 : 2;
  context.record(
      {.kind = intact ? UserRecord::contents_intact : UserRecord::contents_lost, .object = file});
}

}  // namespace luosim::userspace
