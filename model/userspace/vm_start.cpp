// SPDX-License-Identifier: Apache-2.0
//
// A guest that is started anew. What it was before is lost: after a plain kexec or a loss of power
// nobody has its memory, and only its disks are what they were. Its VMM does what it did when the
// story began, in the time that this takes, and the guest boots.
#include "model/fd/vfio.hpp"
#include "model/kernel/errno.hpp"
#include "model/userspace/guest_disk.hpp"
#include "model/userspace/guest_files.hpp"
#include "model/userspace/guest_save.hpp"
#include "model/userspace/parts.hpp"
#include "model/userspace/record.hpp"
#include "model/userspace/vmm_devices.hpp"

namespace luosim::userspace {

namespace {

using sim::Outcome;

// How often the VMM asks whether a reset device answers again.
constexpr sim::Duration kPollEvery = sim::milliseconds(1);

// values {VM}; frame.local[0] is the device that comes next.
std::uint32_t vm_of(const Context& context) {
  return static_cast<std::uint32_t>(context.frame().values[0]);
}

const VmPlan& plan_of(const Context& context) {
  return context.cast.vms[vm_of(context)];
}

std::uint32_t device_of(const Context& context) {
  return static_cast<std::uint32_t>(context.frame().local[0]);
}

sim::Duration of_its_pages(const Context& context, timing::Cost cost) {
  return context.timing.of_thousands(cost, plan_of(context).memory_bytes / memory::kPageBytes);
}

// A process that ends leaves no files behind.
Outcome give_up(Context& context, std::int64_t error) {
  close_guest_files(context, plan_of(context));
  context.user.vms[vm_of(context)].state = Vm::State::absent;
  return sim::finish(error);
}

Outcome give_up_or_go_on(Context& context, std::int64_t error, sim::Duration took) {
  return error == 0 ? sim::done(took) : give_up(context, error);
}

Outcome claim_the_guest(Context& context) {
  Vm& guest = context.user.vms[vm_of(context)];
  if (guest.state != Vm::State::absent) return sim::finish(-kernel::kEINVAL);
  // Two of one name would be one guest with two memories.
  if (has_open_files(context, plan_of(context))) return sim::finish(-kernel::kEBUSY);
  guest.state = Vm::State::resuming;
  return sim::done();
}

Outcome start_a_vmm(Context& context) {
  if (vmm_crashes(context, plan_of(context))) return give_up(context, -kernel::kEIO);
  return sim::done(context.timing.of(timing::Cost::vmm_start));
}

// The kernel clears the pages before it gives them to a process.
Outcome create_its_memory(Context& context) {
  const std::uint32_t vm = vm_of(context);
  const std::int64_t error = create_guest_memory(context, vm);
  if (error != 0) return give_up(context, error);
  const auto memory = file_held(context, plan_of(context).memory_file);
  context.user.vms[vm].memfd = context.kernel.files[*memory].object;
  ++context.progress.starts[vm];
  context.record({.kind = UserRecord::vm_started, .subject = plan_of(context).name});
  return sim::done(of_its_pages(context, timing::Cost::memory_clear_thousand_pages));
}

Outcome map_it_for_devices(Context& context) {
  if (!has_devices(plan_of(context))) return sim::end();
  start_guest_fresh(context, vm_of(context));
  return give_up_or_go_on(context, make_address_space(context, vm_of(context)),
                          of_its_pages(context, timing::Cost::iommufd_map_thousand_pages));
}

// Whoever had the device left it as it was.
Outcome open_and_reset_the_next_device(Context& context) {
  const VmPlan& plan = plan_of(context);
  if (device_of(context) == plan.devices.size()) return sim::end();
  std::int64_t error = open_device(context, vm_of(context), device_of(context));
  if (error == 0)
    error = fd::reset_vfio(context, *file_held(context, plan.devices[device_of(context)].file));
  return give_up_or_go_on(context, error, context.timing.of(timing::Cost::device_reset));
}

Outcome wait_until_it_answers(Context& context) {
  const auto file = file_held(context, plan_of(context).devices[device_of(context)].file);
  // Somebody may have closed it.
  if (!file) return give_up(context, -kernel::kEBADF);
  const fd::VfioDevice& device = context.fd.vfio_devices[context.kernel.files[*file].object];
  return device.is_resetting != 0 ? sim::again(kPollEvery) : sim::done();
}

Outcome connect_it(Context& context) {
  const std::int64_t error = connect_device(context, vm_of(context), device_of(context));
  ++context.frame().local[0];
  return give_up_or_go_on(context, error, context.timing.of(timing::Cost::vfio_call));
}

Outcome boot(Context& context) {
  const std::uint32_t vm = vm_of(context);
  const std::uint64_t lost = begin_anew(context, vm);
  context.user.vms[vm].is_booting = has_devices(plan_of(context)) ? 1 : 0;
  context.record({.kind = UserRecord::vm_boots,
                  .subject = plan_of(context).name,
                  .values = {context.progress.starts[vm], lost, 0, 0}});
  start_vcpus(context, vm);
  continue_guest(context, vm, 0);
  return sim::finish(0, context.timing.of(timing::Cost::vm_resume));
}

constexpr std::string_view kNextDevice = "open and reset the next device";
constexpr std::string_view kBoot = "let it boot";

constexpr sim::Step kStartSteps[] = {
    {"claim the guest", sim::step<claim_the_guest>},
    {"start a VMM", sim::step<start_a_vmm>},
    {"create its memory", sim::step<create_its_memory>},
    {"map it for devices", sim::step<map_it_for_devices>, {.on_end = kBoot}},
    {kNextDevice, sim::step<open_and_reset_the_next_device>, {.on_end = kBoot}},
    {"wait until it answers", sim::step<wait_until_it_answers>},
    {"connect it", sim::step<connect_it>, {.then = kNextDevice}},
    {kBoot, sim::step<boot>},
};

}  // namespace

const sim::Program kStartVmProgram{"user.start_vm", "a VMM creates its guest anew and starts it",
                                   kStartSteps};

}  // namespace luosim::userspace
