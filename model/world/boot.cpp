// SPDX-License-Identifier: Apache-2.0
//
// The jump replaces kernel and user space and leaves hardware alone; the boot that follows knows
// only what its parameters and memory tell it. The order of the steps is that of the real initcalls
// (luo-v2.md, section 8).
#include "model/world/boot.hpp"

#include <algorithm>

#include "model/device/devices.hpp"
#include "model/fd/eventfd.hpp"
#include "model/fd/hugetlb.hpp"
#include "model/fd/memfd.hpp"
#include "model/fd/test_participant.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/boot.hpp"
#include "model/kho/client.hpp"
#include "model/kho/damage.hpp"
#include "model/kho/record.hpp"
#include "model/luo/v2/programs.hpp"
#include "model/luo/v2/startup.hpp"
#include "model/uapi/uapi.hpp"
#include "model/userspace/guest_files.hpp"
#include "model/userspace/programs.hpp"
#include "model/world/world.hpp"

namespace luosim::world {

namespace {

using sim::Outcome;

// The first megabyte belongs to firmware.
constexpr memory::PageRange kFirmware{{0}, 256};
// Text, data and early allocations of a kernel that was not kexec'ed into scratch.
constexpr std::uint64_t kKernelPages = (64ULL << 20) / memory::kPageBytes;
constexpr std::uint64_t kKernelAlignment = 512;

void start_boot(World& world, const Surroundings& surroundings, std::uint32_t image, bool cold) {
  const std::uint32_t generation = world.kernel.core.generation + 1;
  // Devices go on; a power cycle has stopped them before.
  world.schedule.drop_all_without(device::kHardwareBit);
  world.kernel = {};
  world.user = {};
  world.kernel.core.generation = generation;
  world.kernel.core.options = surroundings.blueprint.images[image].options;
  const sim::TaskId task = world.schedule.spawn(surroundings.blueprint.images[image].name, 0, kBoot,
                                                {.values = {image, cold ? 1U : 0U}}, {}, false);
  context_for(world, surroundings, task)
      .record({.kind = kernel::KernelRecord::boot_begins,
               .subject = surroundings.blueprint.images[image].name,
               .values = {generation, cold ? 0U : 1U, 0, 0}});
}

bool is_cold(Context& context) {
  return context.frame().values[1] != 0;
}

Outcome wait_for_firmware(Context& context) {
  if (!is_cold(context)) {
    return sim::done(context.timing.of(timing::Cost::boot_base) +
                     context.timing.of_each(timing::Cost::boot_per_cpu, context.blueprint.cpus));
  }
  // The first boot is not part of the story: the clock starts when the machine is up.
  return sim::done(context.kernel.generation == 1 ? sim::Duration{}
                                                  : context.timing.of(timing::Cost::boot_cold));
}

Outcome may_panic(Context& context) {
  const ImagePlan& image = context.blueprint.images[context.frame().values[0]];
  if (context.fault(kBootPanicSite, context.names.text(image.name)))
    return kernel::panic(context, kernel::kInjectedPanic);
  return sim::done();
}

Outcome take_firmware_and_image(Context& context) {
  memory::PhysicalMemory& memory = context.memory;
  memory.give(kFirmware, kho::kFirmwareOwner.tag());
  if (context.kho.incoming) return sim::done();  // this kernel lives in scratch
  const auto image = memory.find_free(kKernelPages, kKernelAlignment, {0}, {{0}, memory.pages()});
  if (image) {
    memory.give(*image, kernel::kKernelOwner.tag());
    memory.fill(*image, memory::kGarbage);
  }
  return sim::done();
}

Outcome reserve_scratch(Context& context) {
  kho::reserve_scratch(context, context.blueprint.scratch);
  return sim::done();
}

// A kernel that was kexec'ed into scratch has all the rest of memory before it.
Outcome start_the_allocator(Context& context) {
  memory::Pfn early_end{0};
  if (!context.kho.incoming) {
    for (const memory::Extent& extent : context.memory.extents())
      if (extent.owner != memory::kFree) early_end = extent.range().past_the_end();
  }
  kernel::start_allocator(context, early_end);
  if (context.kernel.generation == 1) return sim::done();
  kernel::Core& core = context.kernel;
  core.next_page = std::max(core.next_page, context.blueprint.allocate_pages_from);
  core.next_block = std::max(core.next_block, context.blueprint.allocate_blocks_from);
  return sim::done();
}

Outcome register_clients(Context& context) {
  if (!context.kho.enabled) return sim::done();
  for (const ClientPlan& client : context.blueprint.clients) {
    context.fd.test_clients.push_back({client.name, client.subtrees});
    kho::register_client(
        context, {.name = client.name,
                  .priority = client.priority,
                  .notify = fd::kTestClientNotify,
                  .argument = static_cast<std::uint32_t>(context.fd.test_clients.size() - 1)});
  }
  return sim::done();
}

// The object of a module, in the running kernel.
std::uint32_t add_object(Context& context, const ModulePlan& module) {
  if (module.type == fd::Participant::test) {
    return module.is_subsystem
               ? fd::add_test_subsystem(context, module.participant, module.callbacks)
               : fd::add_test_handler(context, module.participant, module.callbacks);
  }
  return module.is_subsystem
             ? fd::add_subsystem(context, module.type, module.name, module.callbacks)
             : fd::add_handler(context, module.type, module.name, module.callbacks);
}

// frame.local[0] is the next module.
Outcome register_next_module(Context& context) {
  const ImagePlan& image = context.blueprint.images[context.frame().values[0]];
  if (context.frame().local[0] == image.modules.size()) return sim::end();
  const ModulePlan& module = context.blueprint.modules[image.modules[context.frame().local[0]++]];
  const std::uint32_t object = add_object(context, module);
  return sim::call(module.is_subsystem ? luo::v2::kRegisterSubsystem : luo::v2::kRegisterHandler,
                   {.values = {object}});
}

// Modules that this kernel has and does not load by itself: a person may.
Outcome add_modules_that_are_not_loaded(Context& context) {
  const ImagePlan& image = context.blueprint.images[context.frame().values[0]];
  for (std::uint32_t module = 0; module < context.blueprint.modules.size(); ++module) {
    if (std::find(image.modules.begin(), image.modules.end(), module) == image.modules.end())
      add_object(context, context.blueprint.modules[module]);
  }
  return sim::done();
}

Outcome finish_boot(Context& context) {
  context.record({.kind = kernel::KernelRecord::boot_done,
                  .subject = context.blueprint.images[context.frame().values[0]].name,
                  .values = {context.kernel.generation, 0, 0, 0}});
  return sim::done(context.kernel.generation == 1 ? sim::Duration{}
                                                  : context.timing.of(timing::Cost::user_start));
}

bool has_devices(const Context& context) {
  return !context.devices.pcie.functions.empty();
}

Outcome enumerate(Context& context) {
  return has_devices(context) ? sim::call(driver::kEnumerate) : sim::done();
}

Outcome start_iommu(Context& context) {
  return has_devices(context) ? sim::call(driver::kStartIommu) : sim::done();
}

Outcome bind_drivers(Context& context) {
  return has_devices(context) ? sim::call(driver::kBindDrivers) : sim::done();
}

// The host has its virtual functions from the first boot on; registers keep them over a kexec.
Outcome enable_virtual_functions(Context& context) {
  if (!is_cold(context)) return sim::done();
  for (const VirtualFunctions& virtual_functions : context.blueprint.virtual_functions)
    device::pcie::enable_virtual_functions(context, virtual_functions.physical,
                                           virtual_functions.count);
  return sim::done();
}

Outcome set_huge_pages_aside(Context& context) {
  if (context.blueprint.hugepages > 0)
    fd::reserve_hugetlb_pool(context, userspace::kHugePageOrder, context.blueprint.hugepages);
  return sim::done();
}

std::optional<kernel::FileId> create_first_file(Context& context, const FilePlan& plan) {
  if (plan.type == fd::FileType::test)
    return context.kernel.files.open(plan.name, static_cast<std::uint32_t>(plan.type),
                                     plan.test_type.index);
  if (plan.type == fd::FileType::eventfd) return fd::create_eventfd(context, plan.name);
  return fd::create_memfd(context, plan.name, plan.bytes, plan.folio_bytes, plan.hole_bytes);
}

// What the agent and the VMMs had when the story begins; in later kernels they have nothing.
void open_first_files(Context& context) {
  for (const FilePlan& plan : context.blueprint.files) {
    const auto file = create_first_file(context, plan);
    if (file) userspace::give_to_agent(context, plan.name, *file);
  }
  for (std::uint32_t vm = 0; vm < context.cast.vms.size(); ++vm)
    userspace::create_guest_memory(context, vm);
}

Outcome start_user_space(Context& context) {
  context.user.vms.resize(context.cast.vms.size());
  if (context.kernel.generation == 1) {
    open_first_files(context);
    userspace::start_first_vms(context);
  }
  context.user.is_started = 1;
  userspace::start_actors(context);
  return sim::done();
}

constexpr sim::Step kBootSteps[] = {
    {"wait for firmware and early boot", sim::step<wait_for_firmware>},
    {"panic if the scenario says so", sim::step<may_panic>},
    {"KHO: look at the tree that was passed", sim::step<kho::find_handed_over_tree>},
    {"KHO: reserve what was preserved", sim::step<kho::reserve_handed_over_memory>},
    {"give the rest to the allocator", sim::step<kho::give_the_rest_to_the_allocator>},
    {"take firmware and image", sim::step<take_firmware_and_image>},
    {"KHO: reserve scratch", sim::step<reserve_scratch>},
    {"start the allocator", sim::step<start_the_allocator>},
    {"LUO: start up", sim::step<luo::v2::start_up>},
    {"KHO: register its other clients", sim::step<register_clients>},
    {"LUO: create the sysfs file", sim::step<luo::v2::create_sysfs>},
    {"KHO: make the outgoing page", sim::step<kho::make_outgoing_page>},
    {"set huge pages aside", sim::step<set_huge_pages_aside>},
    {"enable virtual functions", sim::step<enable_virtual_functions>},
    {"PCI: enumerate", sim::step<enumerate>},
    {"IOMMU: start", sim::step<start_iommu>},
    {"register the next module",
     sim::step<register_next_module>,
     {.then = "register the next module", .on_end = "keep the other modules ready"}},
    {"keep the other modules ready", sim::step<add_modules_that_are_not_loaded>},
    {"bind drivers", sim::step<bind_drivers>},
    {"finish the boot", sim::step<finish_boot>},
    {"start user space", sim::step<start_user_space>},
};
constexpr sim::Program kBootProgram{
    "kernel.boot", "a kernel boots, with or without something handed over", kBootSteps};

// values {image}
Outcome jump(Context& context) {
  const auto image = static_cast<std::uint32_t>(context.frame().values[0]);
  const Surroundings surroundings{context.blueprint, context.choice, context.trace};
  context.record(
      {.kind = kernel::KernelRecord::kexec, .subject = context.blueprint.images[image].name});
  userspace::note_contents_at_jump(context);
  context.devices.processors.listens = 0;
  userspace::leave_calls_in_progress(context);
  context.boot_parameters = kho::boot_parameters_for_kexec(context);
  kho::damage_what_is_handed_over(context);
  // The new image and its early memory go into scratch, over whatever is there.
  for (const memory::PageRange& area : context.kho.scratch)
    context.memory.fill(area, memory::kGarbage);
  start_boot(context.world, surroundings, image, /*cold=*/false);
  return sim::halt();
}

constexpr sim::Step kJumpSteps[] = {{"replace kernel and user space", sim::step<jump>}};
constexpr sim::Program kJumpProgram{"kernel.jump", "the jump of a kexec", kJumpSteps};

// values {image}
Outcome cut_the_power(Context& context) {
  const auto image = static_cast<std::uint32_t>(context.frame().values[0]);
  userspace::stop_guests_hard(context);
  context.record({.kind = kernel::KernelRecord::power_cycle});
  userspace::leave_calls_in_progress(context);
  power_on(context.world, {context.blueprint, context.choice, context.trace}, image);
  return sim::halt();
}

constexpr sim::Step kPowerCycleSteps[] = {{"cut the power", sim::step<cut_the_power>}};
constexpr sim::Program kPowerCycleProgram{"machine.power_cycle", "off and on again",
                                          kPowerCycleSteps};

}  // namespace

std::span<const sim::Program* const> boot_programs() {
  static constexpr const sim::Program* kPrograms[] = {&kBootProgram, &kJumpProgram,
                                                      &kPowerCycleProgram};
  return kPrograms;
}

void power_on(World& world, const Surroundings& surroundings, std::uint32_t image) {
  const memory::PageRange all{{0}, world.hardware.memory.pages()};
  world.hardware.memory = memory::PhysicalMemory(all.count);
  world.hardware.memory.fill(all, memory::kGarbage);
  world.hardware.boot_parameters = {};
  world.schedule.drop_all();
  Context context = context_for(world, surroundings, {});
  device::power_cycle(context);
  for (const FirmwareBuses& buses : surroundings.blueprint.firmware)
    device::pcie::write_bus_numbers(context, buses.bridge, buses.primary, buses.secondary,
                                    buses.subordinate);
  device::nic::start_traffic(context);
  start_boot(world, surroundings, image, /*cold=*/true);
}

}  // namespace luosim::world
