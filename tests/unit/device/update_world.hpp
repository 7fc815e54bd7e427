// SPDX-License-Identifier: Apache-2.0
//
// A machine with devices and a kernel, and nobody in it: files, LUO, KHO, drivers and hardware as
// they are, boots in the order of the real ones, and a test that plays user space through the calls
// that processes have. For tests of file types that depend on one another and on devices.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/device/devices.hpp"
#include "model/device/pcie/fabric.hpp"
#include "model/driver/knobs.hpp"
#include "model/fd/iommufd.hpp"
#include "model/fd/kvm.hpp"
#include "model/fd/memfd.hpp"
#include "model/fd/vfio.hpp"
#include "model/luo/v2/startup.hpp"
#include "tests/unit/device/files_world.hpp"

namespace luosim::fd {

namespace boot_steps {

using sim::Outcome;

inline constexpr std::uint64_t kMiB = 1ULL << 20;

inline Outcome take_image(Context& context) {
  context.memory.give({{0}, 256}, kho::kFirmwareOwner.tag());
  if (context.kho.incoming) return sim::done();
  context.memory.give({{512}, 16 * kMiB / memory::kPageBytes}, kernel::kKernelOwner.tag());
  return sim::done();
}
inline Outcome reserve_scratch(Context& context) {
  kho::reserve_scratch(context, {.bytes = 48 * kMiB});
  kernel::start_allocator(context, {64 * kMiB / memory::kPageBytes});
  return sim::done();
}
inline Outcome enumerate(Context& /*context*/) {
  return sim::call(driver::kEnumerate);
}
inline Outcome start_iommu(Context& /*context*/) {
  return sim::call(driver::kStartIommu);
}
inline Outcome bind_drivers(Context& /*context*/) {
  return sim::call(driver::kBindDrivers);
}

inline constexpr sim::Step kSteps[] = {
    {"find what was handed over", sim::step<kho::find_handed_over_tree>},
    {"reserve it", sim::step<kho::reserve_handed_over_memory>},
    {"give the rest to the allocator", sim::step<kho::give_the_rest_to_the_allocator>},
    {"take the image", sim::step<take_image>},
    {"reserve scratch", sim::step<reserve_scratch>},
    {"start LUO", sim::step<luo::v2::start_up>},
    {"make the outgoing page", sim::step<kho::make_outgoing_page>},
    {"enumerate", sim::step<enumerate>},
    {"start the IOMMU", sim::step<start_iommu>},
    {"bind drivers", sim::step<bind_drivers>},
};
inline constexpr sim::Program kProgram{"test.boot", "a kernel of a test boots", kSteps};

}  // namespace boot_steps

class UpdateWorld : public FilesWorld {
 public:
  static constexpr std::uint64_t kPages = 1ULL << 17;  // 512 MiB
  static constexpr std::uint64_t kMiB = boot_steps::kMiB;

  device::FunctionId port{0};
  device::FunctionId disk{1};   ///< a function with 4 vectors that vfio-pci drives
  device::FunctionId other{2};  ///< another one, on the root bus

  explicit UpdateWorld(const sim::KnobValues& knobs = {})
      : FilesWorld(kPages, sim::Programs(all_programs(), knobs)) {
    for (const std::string_view name : {driver::kPciSubsystem, driver::kIommuSubsystem})
      names.intern(name);
    port = add("port", device::pcie::FunctionKind::root_port, device::kNoFunction, 0x08, 0);
    disk = add("disk", device::pcie::FunctionKind::endpoint, port, 0, 4);
    other = add("other", device::pcie::FunctionKind::endpoint, device::kNoFunction, 0x10, 4);
    bindings = {{disk, driver::pci::Driver::vfio_pci}, {other, driver::pci::Driver::vfio_pci}};
    memory.fill({{0}, kPages}, memory::kGarbage);
    boot();
  }
  std::int64_t freeze() { return call(luo::v2::kFreeze).status; }

  /// Shuts devices down, jumps, and boots the next kernel.
  void kexec() {
    call(driver::kShutDown);
    leave_kernel();
    boot();
  }

  std::size_t records_of(sim::RecordKind kind) const {
    std::size_t found = 0;
    for (const sim::Record& record : trace.records()) found += record.kind == kind ? 1U : 0U;
    return found;
  }
  void fail(const sim::FaultSite& site, std::uint32_t skip = 0) {
    faults.add({.site = site.id(), .skip = skip, .value = site.value});
  }
  device::pcie::Function& at(device::FunctionId function) { return devices.pcie[function]; }
  driver::pci::Device& known(device::FunctionId function) {
    return *driver::pci::find(drivers.pci, function);
  }
  /// The domain that a function translates by, or kNoDomain.
  std::uint32_t domain_of(device::FunctionId function) {
    const auto* found = driver::iommu::attachment_of(drivers.iommu, known(function).bdf);
    return found == nullptr ? driver::iommu::kNoDomain : found->domain;
  }
  std::size_t live_domains() const {
    std::size_t live = 0;
    for (const driver::iommu::Domain& domain : drivers.iommu.domains)
      if (domain.id != 0) ++live;
    return live;
  }
  /// Where an access of a function lands, if it does.
  std::optional<memory::PhysicalAddress> reach(device::FunctionId function, std::uint64_t iova) {
    Context now = context();
    const device::Dma dma = device::start_dma(now, function, {iova}, 8, device::DmaDirection::write,
                                              device::DmaPurpose::data);
    return dma.landed() ? std::optional(dma.address) : std::nullopt;
  }

  kernel::FileId memfd(std::uint64_t bytes, std::uint16_t seals = kAllSizeSeals,
                       std::uint64_t hole_bytes = 0) {
    Context now = context();
    const auto file = create_memfd(now, names.intern("memory"), bytes, 2 * kMiB, hole_bytes);
    if (seals != 0) add_seals(now, *file, seals);
    return *file;
  }
  kernel::FileId iommufd() {
    Context now = context();
    return *create_iommufd(now, names.intern("space"));
  }
  kernel::FileId kvm() {
    Context now = context();
    return *create_kvm(now, names.intern("vm"), 0);
  }
  kernel::FileId vfio(device::FunctionId function) {
    Context now = context();
    kernel::FileId file = kernel::kNoFile;
    const std::int64_t error = open_vfio(now, names.intern("device"), function, file);
    sim::require(error == 0, "a test opens what can be opened");
    return file;
  }
  std::int64_t map(kernel::FileId space, std::uint64_t iova, kernel::FileId file) {
    Context now = context();
    return map_file(now, space, {iova}, file);
  }
  std::int64_t unmap(kernel::FileId space, std::uint64_t iova) {
    Context now = context();
    return unmap_file(now, space, {iova});
  }
  std::int64_t attach(kernel::FileId device, kernel::FileId space) {
    Context now = context();
    return attach_vfio(now, device, space);
  }
  std::int64_t interrupts(kernel::FileId device, std::uint32_t count, kernel::FileId vm) {
    Context now = context();
    return set_interrupts(now, device, count, vm);
  }
  Iommufd& space_of(kernel::FileId file) { return fd.iommufds[object(file)]; }
  VfioDevice& device_of(kernel::FileId file) { return fd.vfio_devices[object(file)]; }
  memory::Pfn first_page(kernel::FileId memory_file) const {
    return pieces_of_memfd(fd, object(memory_file)).front().first;
  }

 private:
  static std::vector<const sim::Program*> all_programs() {
    std::vector<const sim::Program*> all{&boot_steps::kProgram};
    for (const auto part : {device::programs(), kho::programs(), luo::v2::programs(),
                            driver::programs(), fd::programs()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }

  device::FunctionId add(std::string_view name, device::pcie::FunctionKind kind,
                         device::FunctionId parent, std::uint8_t devfn, std::uint16_t entries) {
    device::pcie::Function function;
    function.name = names.intern(name);
    function.serial = static_cast<std::uint32_t>(devices.pcie.functions.size()) + 1000;
    function.kind = kind;
    function.parent = parent;
    function.devfn = devfn;
    if (kind == device::pcie::FunctionKind::root_port) {
      function.secondary = 1;
      function.subordinate = 1;
    }
    function.msix_entries = entries;
    function.first_msix_entry = static_cast<std::uint32_t>(devices.pcie.msix.size());
    devices.pcie.msix.resize(devices.pcie.msix.size() + entries);
    devices.pcie.pending.resize(devices.pcie.msix.size());
    devices.pcie.functions.push_back(function);
    return {static_cast<std::uint32_t>(devices.pcie.functions.size() - 1)};
  }

  void boot() {
    ++core.generation;
    core.options.kho = true;
    core.options.liveupdate = true;
    call(boot_steps::kProgram.id());
    Context now = context();
    add_handler(now, Participant::memfd, names.intern("memfd-v1"), {});
    add_handler(now, Participant::iommufd, names.intern("iommufd-v1"), {});
    add_handler(now, Participant::vfio, names.intern("vfio-pci-v1"), {});
    for (std::uint32_t object = 0; object < luo.handler_objects.size(); ++object)
      call(luo::v2::kRegisterHandler, {.values = {object, 0, 0, 0}});
    register_subsystem(driver::kPciSubsystem, Participant::pci);
    register_subsystem(driver::kIommuSubsystem, Participant::iommu);
  }

  void register_subsystem(std::string_view name, Participant type) {
    Context now = context();
    const std::uint32_t object = add_subsystem(now, type, names.intern(name), {});
    call(luo::v2::kRegisterSubsystem, {.values = {object, 0, 0, 0}});
  }
};

/// The goal of the posted series: devices work on, and what was handed over can be taken back.
inline sim::KnobValues later_phases() {
  sim::KnobValues knobs;
  knobs.set(driver::kPci, driver::kPciV6plus);
  knobs.set(driver::kVfio, driver::kVfioPhase4);
  knobs.set(driver::kIommu, driver::kIommuPhase2);
  return knobs;
}

}  // namespace luosim::fd
