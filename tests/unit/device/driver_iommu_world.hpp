// SPDX-License-Identifier: Apache-2.0
//
// A machine with an IOMMU, three endpoints behind two ports, and a kernel of which only KHO, LUO
// and the IOMMU and interrupt drivers run: for tests of the latter two. A test plays the file types
// that ask for domains; preparing and jumping go the real way, through KHO's and LUO's programs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/device/irq/message.hpp"
#include "model/driver/iommu/programs.hpp"
#include "model/driver/iommu/record.hpp"
#include "model/driver/iommu/subsystem.hpp"
#include "model/driver/irq/programs.hpp"
#include "model/driver/irq/record.hpp"
#include "model/driver/knobs.hpp"
#include "model/driver/state.hpp"
#include "model/kernel/errno.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/boot.hpp"
#include "model/kho/programs.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/fault_sites.hpp"
#include "model/luo/v2/programs.hpp"
#include "model/luo/v2/startup.hpp"
#include "sim/choice/choice.hpp"
#include "sim/core/engine.hpp"

namespace luosim::driver {

/// A handler of interrupts that leaves a record with its arguments.
inline constexpr sim::RecordKind kHandled{0x9000};
inline sim::Outcome note_that_it_was_handled(Context& context) {
  context.record(
      {.kind = kHandled, .values = {context.frame().values[0], context.frame().values[1], 0, 0}});
  return sim::done();
}
inline constexpr sim::Step kHandlerSteps[] = {{"note it", sim::step<note_that_it_was_handled>}};
inline constexpr sim::Program kHandlerProgram{"test.handler", "notes an interrupt", kHandlerSteps};

class IommuWorld {
 public:
  static constexpr std::uint64_t kPages = 1ULL << 16;  // 256 MiB
  static constexpr device::Bdf kNvme = device::bdf_of(1, 0);
  static constexpr device::Bdf kNic = device::bdf_of(1, 8);
  static constexpr device::Bdf kOther = device::bdf_of(2, 0);
  static constexpr device::FunctionId kNvmeFunction{2};
  static constexpr device::FunctionId kNicFunction{3};
  static constexpr device::FunctionId kOtherFunction{4};

  sim::Schedule schedule;
  sim::Faults faults;
  sim::Names names;
  memory::PhysicalMemory memory;
  device::State devices;
  timing::Durations timing;
  sim::RecordedTrace trace;
  sim::ScriptedChoice choice;
  kernel::Core kernel;
  kho::State kho;
  kho::BootParameters boot_parameters;
  luo::v2::State luo;
  State drivers;
  sim::Programs programs;

  explicit IommuWorld(sim::KnobValues knobs = {}, std::uint64_t pages = kPages)
      : memory(pages), programs(all_programs(), std::move(knobs)) {
    names.intern(kIommuSubsystem);
    memory.fill({{0}, pages}, memory::kGarbage);
    memory.give({{0}, 256}, kho::kFirmwareOwner.tag());
    add_functions();
  }
  IommuWorld(const IommuWorld&) = delete;
  IommuWorld& operator=(const IommuWorld&) = delete;

  Context context(sim::TaskId task = {}) {
    const sim::Context engine{schedule, programs, names, choice, faults, trace, task};
    const device::Context hardware{engine, memory, devices, timing};
    const kernel::Context core{hardware, kernel};
    const kho::Context handover{core, kho, boot_parameters};
    const luo::v2::Context orchestrator{handover, luo, participants(), {}};
    return {orchestrator, drivers, {}};
  }

  /// Runs a program to its end; nothing if the kernel has ended before.
  std::optional<std::int64_t> run(sim::ProgramId program, const sim::Arguments& arguments = {}) {
    const sim::TaskId task = schedule.spawn({}, 0, program, arguments, {}, /*keep_result=*/true);
    run_until_idle();
    if (is_dead() || !schedule.has_ended(task)) return std::nullopt;
    return schedule.collect(task);
  }
  void run_until_idle() {
    while (!schedule.is_idle()) {
      Context step = context(schedule.take_next());
      sim::Engine::run_step(step);
    }
  }

  /// Boots a kernel, up to and with iommu.start.
  void boot(bool with_kho = true) {
    const std::uint32_t generation = kernel.generation + 1;
    schedule.drop_all_without(device::kHardwareBit);
    devices.processors.listens = 0;
    kernel = {};
    kho = {};
    luo = {};
    drivers = {};
    kernel.generation = generation;
    kernel.options.kho = kernel.options.liveupdate = with_kho;
    Context context = this->context();
    kho::find_handed_over_tree(context);
    kho::reserve_handed_over_memory(context);
    kho::give_the_rest_to_the_allocator(context);
    kho::reserve_scratch(context, {.bytes = 6ULL << 20, .numa_nodes = 1});
    kernel::start_allocator(context, {});
    luo::v2::start_up(context);
    kho::make_outgoing_page(context);
    register_subsystem();
    for (std::uint32_t function = 0; function < devices.pcie.functions.size(); ++function)
      drivers.pci.devices.push_back({.function = {function}, .bdf = kAddresses[function]});
    start_result = run(kStartIommu);
  }
  /// As the reboot hook and LUO's prepare do: 0, or the first error.
  std::int64_t prepare_and_freeze() {
    const std::int64_t error = run(kho::kFinalize).value_or(-1);
    return error != 0 ? error : run(luo::v2::kFreeze).value_or(-1);
  }
  std::int64_t shut_down() { return run(iommu::kShutDown).value_or(-1); }
  /// Another kernel takes over, with what there is for it by now.
  void jump() {
    Context context = this->context();
    boot_parameters = kho::boot_parameters_for_kexec(context);
    for (const memory::PageRange& area : kho.scratch) memory.fill(area, memory::kGarbage);
    boot();
  }
  /// A whole live update, up to the boot of the next kernel.
  std::int64_t update() {
    std::int64_t error = prepare_and_freeze();
    if (error == 0) error = shut_down();
    jump();
    return error;
  }
  /// A plain kexec: nobody prepared anything.
  void kexec() {
    shut_down();
    boot_parameters = {};
    boot();
  }

  bool is_dead() const { return kernel.death.ending != kernel::Ending::running; }
  bool panicked(const kernel::PanicReason& reason) const {
    return kernel.death.ending == kernel::Ending::panic && kernel.death.cause == reason.hash();
  }
  std::uint64_t owned(memory::OwnerName owner) const { return memory.count_owned(owner.tag()); }
  const iommu::State& state() const { return drivers.iommu; }
  const iommu::Domain& domain(std::uint32_t index) const { return drivers.iommu.domains[index]; }

  /// The next call of the site fires.
  void fail(const sim::FaultSite& site, std::string_view instance = {}, std::uint32_t skip = 0) {
    faults.add({.site = site.id(),
                .instance = instance.empty() ? 0 : sim::name_hash(instance),
                .skip = skip,
                .value = site.value});
  }

  std::vector<sim::Record> records(sim::RecordKind kind) const {
    std::vector<sim::Record> found;
    for (const sim::Record& record : trace.records())
      if (record.kind == kind) found.push_back(record);
    return found;
  }

  /// What an access of a device comes to, as the tables are.
  device::iommu::Translation walk(device::Bdf bdf, std::uint64_t iova, bool is_write = true) const {
    return device::iommu::walk(devices.iommu, memory, bdf, {iova}, is_write);
  }
  /// As the hardware does it, through its cache.
  device::iommu::Translation translate(device::Bdf bdf, std::uint64_t iova) {
    return device::iommu::translate(devices.iommu, memory, bdf, {iova}, true);
  }

  /// A domain with `range` mapped at `iova`, and a device in it.
  std::uint32_t attached_domain(device::Bdf bdf, std::uint64_t iova, memory::PageRange range,
                                std::uint64_t token = 0) {
    Context context = this->context();
    const std::uint32_t domain = iommu::create_domain(context, token);
    iommu::map(context, domain, {iova}, range, 9, true);
    iommu::attach(context, bdf, domain);
    return domain;
  }
  /// As iommufd and vfio do it when they are prepared.
  std::int64_t preserve(device::Bdf bdf, std::uint64_t token) {
    Context context = this->context();
    const std::uint32_t domain = iommu::attachment_of(drivers.iommu, bdf)->domain;
    const std::int64_t error = iommu::preserve_domain(context, domain, token);
    return error != 0 ? error : iommu::preserve_device(context, bdf);
  }
  /// Memory of a guest: preserved by somebody else, so that it is not looked at.
  static constexpr memory::PageRange kGuest{{0xC000}, 1024};

  std::optional<std::int64_t> start_result;

 private:
  static constexpr device::Bdf kAddresses[] = {device::bdf_of(0, 0), device::bdf_of(0, 8), kNvme,
                                               kNic, kOther};

  static std::vector<const sim::Program*> all_programs() {
    std::vector<const sim::Program*> all{&kHandlerProgram};
    for (const auto part :
         {kho::programs(), luo::v2::programs(), iommu::programs(), irq::programs()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }
  static std::span<const luo::ParticipantType> participants() {
    static const luo::ParticipantType kTypes[] = {iommu::kIommuSubsystemType};
    return kTypes;
  }

  void register_subsystem() {
    luo.subsystem_objects.push_back({.name = names.find(kIommuSubsystem)});
    run(luo::v2::kRegisterSubsystem, {.values = {0, 0, 0, 0}});
  }

  void add_function(std::string_view name, device::pcie::FunctionKind kind,
                    device::FunctionId parent, std::uint8_t devfn, std::uint8_t secondary) {
    device::pcie::Function function;
    function.name = names.intern(name);
    function.kind = kind;
    function.parent = parent;
    function.devfn = devfn;
    function.secondary = function.subordinate = secondary;
    function.command = device::pcie::kMemoryEnable | device::pcie::kBusMaster;
    function.msix_entries = secondary == 0 ? 4 : 0;
    function.first_msix_entry = static_cast<std::uint32_t>(devices.pcie.msix.size());
    function.msix_enabled = 1;
    function.page_requests_enabled = 1;
    devices.pcie.msix.resize(devices.pcie.msix.size() + function.msix_entries);
    devices.pcie.pending.resize(devices.pcie.msix.size());
    devices.pcie.functions.push_back(function);
  }
  void add_functions() {
    using device::pcie::FunctionKind;
    add_function("port0", FunctionKind::root_port, device::kNoFunction, 0, 1);
    add_function("port1", FunctionKind::root_port, device::kNoFunction, 8, 2);
    add_function("nvme0", FunctionKind::endpoint, {0}, 0, 0);
    add_function("nic0", FunctionKind::endpoint, {0}, 8, 0);
    add_function("other0", FunctionKind::endpoint, {1}, 0, 0);
  }
};

}  // namespace luosim::driver
