// SPDX-License-Identifier: Apache-2.0
#include "model/userspace/vmm_devices.hpp"

#include <algorithm>

#include "model/fd/guest_memfd.hpp"
#include "model/fd/iommufd.hpp"
#include "model/fd/kvm.hpp"
#include "model/fd/memfd.hpp"
#include "model/fd/vfio.hpp"
#include "model/kernel/errno.hpp"
#include "model/userspace/guest_disk.hpp"
#include "model/userspace/guest_files.hpp"
#include "model/userspace/guest_memory.hpp"
#include "model/userspace/guest_save.hpp"
#include "model/userspace/guest_vcpu.hpp"
#include "model/userspace/parts.hpp"
#include "model/userspace/programs.hpp"
#include "model/userspace/record.hpp"

namespace luosim::userspace {

namespace {

using sim::Outcome;

// Pages that `map` adds behind guest memory.
constexpr std::uint64_t kMorePages = 512;

constexpr std::uint32_t entries_of(const VmDevice& device) {
  return device.kind == VmDevice::Kind::disk ? 2 : 1;
}

std::uint32_t object_of(const Context& context, kernel::FileId file) {
  return context.kernel.files[file].object;
}

void set_vfio(Context& context, std::uint32_t vm, std::uint32_t device, std::uint32_t vfio) {
  if (GuestDisk* disk = find_disk(context.user, vm, device)) disk->vfio = vfio;
  for (GuestPort& port : context.user.ports)
    if (port.vm == vm && port.device == device) port.vfio = vfio;
}

bool is_open_as(const Context& context, sim::Symbol name, fd::FileType type) {
  const auto file = file_held(context, name);
  return file && context.kernel.files[*file].type == static_cast<std::uint32_t>(type);
}

std::int64_t connect(Context& context, std::uint32_t vm) {
  if (const std::int64_t error = make_address_space(context, vm)) return error;
  for (std::uint32_t device = 0; device < context.cast.vms[vm].devices.size(); ++device) {
    std::int64_t error = open_device(context, vm, device);
    if (error == 0) error = connect_device(context, vm, device);
    if (error != 0) return error;
  }
  return 0;
}

// Reconnecting, one file at a time. frame.local[0] is the device that comes next.

std::uint32_t vm_of(const Context& context) {
  return static_cast<std::uint32_t>(context.frame().values[0]);
}

const VmPlan& plan_of(const Context& context) {
  return context.cast.vms[vm_of(context)];
}

Outcome find_its_files(Context& context) {
  const VmPlan& plan = plan_of(context);
  bool all_are_here = is_open_as(context, plan.iommu_file, fd::FileType::iommufd);
  for (const VmDevice& device : plan.devices)
    all_are_here = all_are_here && is_open_as(context, device.file, fd::FileType::vfio);
  return all_are_here ? sim::done() : sim::finish(-kernel::kENOENT);
}

// A kvm file that came back is used; else the VMM makes a new virtual machine.
Outcome make_a_virtual_machine(Context& context) {
  const VmPlan& plan = plan_of(context);
  if (!is_open_as(context, plan.kvm_file, fd::FileType::kvm)) {
    const auto kvm = fd::create_kvm(context, plan.kvm_file, vm_of(context));
    if (!kvm) return sim::finish(-kernel::kENOMEM);
    give_to_agent(context, plan.kvm_file, *kvm);
  }
  context.user.vms[vm_of(context)].kvm = object_of(context, *file_held(context, plan.kvm_file));
  return sim::done(context.timing.of(timing::Cost::system_call));
}

// How many pages a mistake of the VMM skips; 0 without one.
std::uint64_t skipped_pages(const Context& context, const sim::FaultSite& site) {
  const VmPlan& plan = plan_of(context);
  const auto fault = context.fault(site, context.names.text(plan.name));
  if (!fault || *fault < 1) return 0;
  return static_cast<std::uint64_t>(*fault) * (plan.folio_bytes / memory::kPageBytes);
}

// All of it at address 0, unless the VMM makes a mistake.
std::int64_t map_guest_memory(Context& context, kernel::FileId iommufd, kernel::FileId memory) {
  const std::uint64_t left_out = skipped_pages(context, kMapsLessSite);
  const std::uint64_t first = left_out + skipped_pages(context, kMapsOtherSite);
  const std::uint64_t pages = context.fd.memfds[object_of(context, memory)].pages;
  return fd::map_file(context, iommufd, {left_out * memory::kPageBytes}, memory,
                      {first, pages - std::min(pages, first)});
}

Outcome map_its_memory(Context& context) {
  const VmPlan& plan = plan_of(context);
  const auto memory = file_held(context, plan.memory_file);
  if (!memory) return sim::finish(-kernel::kENOENT);
  if (plan.seals) fd::add_seals(context, *memory, fd::kAllSizeSeals);
  const std::int64_t error =
      map_guest_memory(context, *file_held(context, plan.iommu_file), *memory);
  if (error != 0) return sim::finish(error);
  return sim::done(context.timing.of_thousands(timing::Cost::iommufd_map_thousand_pages,
                                               plan.memory_bytes / memory::kPageBytes));
}

Outcome load_its_drivers(Context& context) {
  if (load_guest(context, vm_of(context))) return sim::done();
  context.record({.kind = UserRecord::guest_crashed, .subject = plan_of(context).name});
  return sim::finish(-kernel::kEIO);
}

// Its own domain replaces the one that was handed over while the device works.
Outcome attach_the_next_device(Context& context) {
  const VmPlan& plan = plan_of(context);
  const auto device = static_cast<std::uint32_t>(context.frame().local[0]);
  if (device == plan.devices.size()) return sim::end();
  ++context.frame().local[0];
  const kernel::FileId vfio = *file_held(context, plan.devices[device].file);
  const std::int64_t error = fd::attach_vfio(context, vfio, *file_held(context, plan.iommu_file));
  if (error != 0) return sim::finish(error);
  set_vfio(context, vm_of(context), device, object_of(context, vfio));
  return sim::done(context.timing.of(timing::Cost::vfio_call));
}

Outcome begin_with_the_first_device(Context& context) {
  context.frame().local[0] = 0;
  return sim::done();
}

// Routes before interrupts, interrupts before what is injected, that before the vCPUs: any other
// order has a gap in which an event is lost (devices.md, E.6).
Outcome let_the_next_device_interrupt(Context& context) {
  const VmPlan& plan = plan_of(context);
  const auto device = static_cast<std::uint32_t>(context.frame().local[0]);
  if (device == plan.devices.size()) return sim::end();
  ++context.frame().local[0];
  const kernel::FileId vfio = *file_held(context, plan.devices[device].file);
  const std::int64_t error = fd::set_interrupts(context, vfio, entries_of(plan.devices[device]),
                                                *file_held(context, plan.kvm_file),
                                                guest_vector(device, 0), plan.posts_interrupts);
  if (error != 0) return sim::finish(error);
  return sim::done(context.timing.of(timing::Cost::vfio_call));
}

// What the VMM triggers goes the way that the device's interrupts go: a vector that vfio has not
// set up leads nowhere.
bool has_a_way(const Context& context, const VmDevice& device, std::uint32_t entry) {
  const auto vfio = file_held(context, device.file);
  return vfio && entry < context.fd.vfio_devices[object_of(context, *vfio)].interrupts;
}

void inject_every_vector(Context& context) {
  const VmPlan& plan = plan_of(context);
  const std::uint32_t kvm = context.user.vms[vm_of(context)].kvm;
  std::uint64_t all = fd::pending_vectors(context, kvm);
  for (std::uint32_t device = 0; device < plan.devices.size(); ++device) {
    const VmDevice& injected = plan.devices[device];
    for (std::uint32_t entry = 0; entry < entries_of(injected); ++entry) {
      if (context.fault(kForgetsVectorSite, context.names.text(injected.file))) continue;
      if (has_a_way(context, injected, entry)) all |= 1ULL << guest_vector(device, entry);
    }
  }
  fd::set_pending_vectors(context, kvm, all);
}

// frame.local[1] is 1 once the vectors were injected.
Outcome inject_too_early(Context& context) {
  const VmPlan& plan = plan_of(context);
  const bool is_early = plan.injects_interrupts &&
                        context.fault(kInjectsEarlySite, context.names.text(plan.name)).has_value();
  context.frame().local[1] = is_early ? 1 : 0;
  if (is_early) inject_every_vector(context);
  return sim::done();
}

Outcome inject_in_time(Context& context) {
  if (plan_of(context).injects_interrupts && context.frame().local[1] == 0)
    inject_every_vector(context);
  return sim::finish(0);
}

constexpr sim::Step kReconnectSteps[] = {
    {"find the files that came back", sim::step<find_its_files>},
    {"make a virtual machine", sim::step<make_a_virtual_machine>},
    {"map its memory", sim::step<map_its_memory>},
    {"load its drivers", sim::step<load_its_drivers>},
    {"inject every vector, too early", sim::step<inject_too_early>},
    {"attach the next device",
     sim::step<attach_the_next_device>,
     {.then = "attach the next device", .on_end = "begin with the first"}},
    {"begin with the first", sim::step<begin_with_the_first_device>},
    {"let the next device interrupt",
     sim::step<let_the_next_device_interrupt>,
     {.then = "let the next device interrupt", .on_end = "inject every vector"}},
    {"inject every vector", sim::step<inject_in_time>},
};

}  // namespace

const sim::Program kReconnectProgram{
    "vmm.reconnect", "a VMM connects its restored guest to restored devices", kReconnectSteps};

std::int64_t make_address_space(Context& context, std::uint32_t vm) {
  const VmPlan& plan = context.cast.vms[vm];
  const auto memory = file_held(context, plan.memory_file);
  const auto kvm = file_held(context, plan.kvm_file);
  const auto iommufd = fd::create_iommufd(context, plan.iommu_file);
  if (!memory || !kvm || !iommufd) return -kernel::kENOMEM;
  context.user.vms[vm].kvm = object_of(context, *kvm);
  give_to_agent(context, plan.iommu_file, *iommufd);
  if (plan.seals) fd::add_seals(context, *memory, fd::kAllSizeSeals);
  return fd::map_file(context, *iommufd, {0}, *memory);
}

std::int64_t open_device(Context& context, std::uint32_t vm, std::uint32_t device) {
  const VmDevice& plan = context.cast.vms[vm].devices[device];
  kernel::FileId file = kernel::kNoFile;
  if (const std::int64_t error = fd::open_vfio(context, plan.file, plan.function, file))
    return error;
  give_to_agent(context, plan.file, file);
  return 0;
}

std::int64_t connect_device(Context& context, std::uint32_t vm, std::uint32_t device) {
  const VmPlan& guest = context.cast.vms[vm];
  const VmDevice& plan = guest.devices[device];
  const kernel::FileId file = *file_held(context, plan.file);
  const std::int64_t error = fd::attach_vfio(context, file, *file_held(context, guest.iommu_file));
  if (error != 0) return error;
  set_vfio(context, vm, device, object_of(context, file));
  return fd::set_interrupts(context, file, entries_of(plan), *file_held(context, guest.kvm_file),
                            guest_vector(device, 0), guest.posts_interrupts);
}

void connect_first_devices(Context& context, std::uint32_t vm) {
  const VmPlan& plan = context.cast.vms[vm];
  if (!has_devices(plan)) return;
  start_guest_fresh(context, vm);
  const std::int64_t error = connect(context, vm);
  if (error == 0) return;
  context.record({.kind = UserRecord::driver_failed,
                  .subject = plan.name,
                  .values = {static_cast<std::uint64_t>(error), 0, 0, 0}});
}

std::uint64_t stop_guest(Context& context, std::uint32_t vm) {
  if (!has_devices(context.cast.vms[vm])) return 0;
  const std::uint32_t kvm = context.user.vms[vm].kvm;
  context.schedule.drop_group(group_of_guest(context.cast, vm));
  fd::set_running(context, kvm, false);
  save_guest(context, vm);
  return fd::pending_vectors(context, kvm);
}

bool continue_guest(Context& context, std::uint32_t vm, std::uint64_t pending) {
  if (!has_devices(context.cast.vms[vm])) return true;
  const std::uint32_t kvm = context.user.vms[vm].kvm;
  fd::set_pending_vectors(context, kvm, fd::pending_vectors(context, kvm) | pending);
  fd::set_running(context, kvm, true);
  start_guest_tasks(context, vm);
  return true;
}

std::int64_t map_more(Context& context, std::uint32_t vm) {
  const VmPlan& plan = context.cast.vms[vm];
  const auto iommufd = file_held(context, plan.iommu_file);
  if (!iommufd) return -kernel::kEBADF;
  return fd::map_anonymous(context, *iommufd, {plan.memory_bytes}, kMorePages);
}

std::int64_t unmap_more(Context& context, std::uint32_t vm) {
  const VmPlan& plan = context.cast.vms[vm];
  const auto iommufd = file_held(context, plan.iommu_file);
  if (!iommufd) return -kernel::kEBADF;
  return fd::unmap_file(context, *iommufd, {plan.memory_bytes});
}

std::int64_t turn_interrupts_off(Context& context, std::uint32_t vm) {
  const VmPlan& plan = context.cast.vms[vm];
  const auto kvm = file_held(context, plan.kvm_file);
  for (const VmDevice& device : plan.devices) {
    const auto vfio = file_held(context, device.file);
    if (!vfio || !kvm) return -kernel::kEBADF;
    if (const std::int64_t error = fd::set_interrupts(context, *vfio, 0, *kvm, 0)) return error;
  }
  return 0;
}

}  // namespace luosim::userspace
