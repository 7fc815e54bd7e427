// SPDX-License-Identifier: Apache-2.0
//
// Hardware with a kernel that has KHO, LUO and the driver layer, and nothing else: no files and no
// user space. A test boots it, calls what a file's driver would call, prepares and jumps; the next
// kernel knows only what memory and registers tell it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/driver/iommu/subsystem.hpp"
#include "model/driver/knobs.hpp"
#include "model/driver/pci/subsystem.hpp"
#include "model/driver/record.hpp"
#include "model/driver/state.hpp"
#include "model/kho/boot.hpp"
#include "model/kho/programs.hpp"
#include "model/luo/v2/programs.hpp"
#include "model/luo/v2/startup.hpp"
#include "sim/core/assert.hpp"
#include "tests/unit/device/device_world.hpp"

namespace luosim::driver {

/// Knobs for a test: the posted protocol but for those named.
struct KnobSetting {
  const sim::Knob& knob;
  std::uint8_t value;
};

class DriverWorld : public device::DeviceWorld {
 public:
  kernel::Core kernel;
  kho::State kho;
  kho::BootParameters boot_parameters;
  luo::v2::State luo;
  State drivers;
  std::vector<Binding> bindings;
  bool has_pci_subsystem = true;
  bool has_iommu = false;  ///< the IOMMU is started at boot, and is a subsystem

  explicit DriverWorld(const std::vector<KnobSetting>& settings = {}) {
    sim::KnobValues knobs;
    knobs.set(kPci, kPciV6plus);
    for (const KnobSetting& setting : settings) knobs.set(setting.knob, setting.value);
    programs = sim::Programs(all_programs(), knobs);
    types_ = {pci::kPciSubsystemType, iommu::kIommuSubsystemType};
    names.intern(kPciSubsystem);
    names.intern(kIommuSubsystem);
  }

  Context context(sim::TaskId task = {}) {
    const kernel::Context core{DeviceWorld::context(task), kernel};
    const kho::Context handover{core, kho, boot_parameters};
    const luo::v2::Context orchestrator{handover, luo, types_, {}};
    return {orchestrator, drivers, bindings};
  }

  /// Runs the next step. False if nothing is pending.
  bool step() {
    if (schedule.is_idle()) return false;
    Context next = context(schedule.take_next());
    sim::Engine::run_step(next);
    return true;
  }
  /// Runs what is pending until nothing is, or until `limit` has passed.
  void run(sim::Duration limit = sim::seconds(100)) {
    const sim::SimTime end = schedule.now() + limit;
    while (!schedule.is_idle() && schedule.next_time() <= end) step();
  }

  sim::TaskId spawn(sim::ProgramId program, const sim::Arguments& arguments = {}) {
    return schedule.spawn({}, kKernelGroup, program, arguments, {}, /*keep_result=*/true);
  }
  /// Runs a program to its end, and whatever happens meanwhile; what it returned. A kernel that
  /// dies of it returns kDied.
  static constexpr std::int64_t kDied = INT64_MIN;
  std::int64_t call(sim::ProgramId program, const sim::Arguments& arguments = {}) {
    const sim::TaskId task = spawn(program, arguments);
    while (!is_dead() && !schedule.has_ended(task)) sim::require(step(), "a program ends");
    return is_dead() ? kDied : schedule.collect(task);
  }
  bool is_dead() const { return kernel.death.ending != kernel::Ending::running; }

  /// A machine that was off: memory is lost, registers are as after a reset.
  void boot_cold() {
    schedule.drop_all();
    memory = memory::PhysicalMemory(kPages);
    boot_parameters = {};
    Context now = context();
    device::power_cycle(now);
    boot();
  }
  /// Boots the first kernel, or one that knows of no other; hardware is as it is.
  void boot() {
    start_kernel();
    start_devices();
  }
  /// What a kernel does before it looks for devices.
  void start_kernel() {
    const std::uint32_t generation = kernel.generation + 1;
    kernel = {};
    kho = {};
    luo = {};
    drivers = {};
    kernel.generation = generation;
    kernel.options = {.kho = true, .liveupdate = true};
    Context now = context();
    kho::find_handed_over_tree(now);
    kho::reserve_handed_over_memory(now);
    kho::give_the_rest_to_the_allocator(now);
    memory.give({{0}, 256}, kho::kFirmwareOwner.tag());
    kho::reserve_scratch(now, {.bytes = 48ULL << 20, .numa_nodes = 1});
    kernel::start_allocator(now, {256});
    luo::v2::start_up(now);
    kho::make_outgoing_page(now);
    if (has_pci_subsystem) add_subsystem(kPciSubsystem, 0);
    if (has_iommu) add_subsystem(kIommuSubsystem, 1);
  }
  void start_devices() {
    call(kEnumerate);
    if (has_iommu) call(kStartIommu);
    call(kBindDrivers);
  }

  std::int64_t prepare() { return call(kho::kFinalize); }
  std::int64_t cancel() { return call(kho::kAbort); }
  std::int64_t freeze() { return call(luo::v2::kReboot); }
  std::int64_t finish() { return call(luo::v2::kFinish); }
  void shut_down() { call(kShutDown); }
  /// Everything of the kernel is gone; devices and memory are not. Nobody has booted yet.
  void jump() {
    Context now = context();
    boot_parameters = kho::boot_parameters_for_kexec(now);
    schedule.drop_all_without(device::kHardwareBit);
    for (const memory::PageRange& area : kho.scratch) memory.fill(area, memory::kGarbage);
    devices.processors.listens = 0;
  }
  /// From one kernel to the next, as far as it goes; what stopped it, or 0.
  std::int64_t update() {
    if (const std::int64_t error = prepare(); error != 0) return error;
    if (const std::int64_t error = freeze(); error != 0) return error;
    shut_down();
    jump();
    boot();
    return 0;
  }

  /// The next call of a site for an instance does what the site says; every one if `forever`.
  void fail(const sim::FaultSite& site, std::string_view instance = {}, std::uint32_t skip = 0) {
    fail_with(site, site.value, instance, skip);
  }
  void fail_with(const sim::FaultSite& site, std::int32_t value, std::string_view instance = {},
                 std::uint32_t skip = 0) {
    faults.add({.site = site.id(),
                .instance = instance.empty() ? 0 : sim::name_hash(instance),
                .skip = skip,
                .value = value});
  }

  pci::Device* device(device::FunctionId function) { return pci::find(drivers.pci, function); }
  device::Bdf bdf(device::FunctionId function) {
    sim::require(device(function) != nullptr, "a test asks for a device that was found");
    return device(function)->bdf;
  }
  device::pcie::Function& registers(device::FunctionId function) { return devices.pcie[function]; }
  bool may_send(device::FunctionId function) {
    return (registers(function).command & device::pcie::kBusMaster) != 0;
  }
  std::int64_t preserve(device::FunctionId function) {
    Context now = context();
    return pci::preserve(now, bdf(function));
  }
  std::int64_t unpreserve(device::FunctionId function) {
    Context now = context();
    return pci::unpreserve(now, bdf(function));
  }
  std::int64_t finish(device::FunctionId function) {
    Context now = context();
    return pci::finish(now, bdf(function));
  }
  std::int64_t bind(device::FunctionId function, pci::Driver driver) {
    return call(kBind, {.values = {function.index, static_cast<std::uint64_t>(driver), 0, 0}});
  }
  std::uint64_t owned(memory::OwnerName owner) const { return memory.count_owned(owner.tag()); }

 private:
  static constexpr std::uint32_t kKernelGroup = 1;

  static std::vector<const sim::Program*> all_programs() {
    std::vector<const sim::Program*> all;
    for (const auto part :
         {device::programs(), kho::programs(), luo::v2::programs(), driver::programs()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }

  void add_subsystem(std::string_view name, std::uint32_t type) {
    luo.subsystem_objects.push_back({.name = names.find(name), .type = type});
    luo.subsystems.push_back(static_cast<std::uint32_t>(luo.subsystem_objects.size() - 1));
  }

  std::vector<luo::ParticipantType> types_;
};

}  // namespace luosim::driver
