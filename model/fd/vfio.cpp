// SPDX-License-Identifier: Apache-2.0
#include "model/fd/vfio.hpp"

#include "model/device/irq/message.hpp"
#include "model/device/nic/port.hpp"
#include "model/device/nvme/controller.hpp"
#include "model/device/pcie/fabric.hpp"
#include "model/fd/handler_call.hpp"
#include "model/fd/kvm.hpp"
#include "model/fd/vfio_reset.hpp"
#include "model/kernel/errno.hpp"

namespace luosim::fd {

namespace {

namespace pcie = device::pcie;
using sim::Outcome;

// A guest's vectors are the bits of a word (model/fd/kvm.hpp).
constexpr std::uint32_t kGuestVectors = 64;
constexpr std::uint8_t kD3hot = 3;

// What every call about a device begins with: the device, or an error.
std::int64_t find_device(Context& context, kernel::FileId vfio, std::uint32_t& object) {
  if (!is_of_type(context, vfio, FileType::vfio)) return -kernel::kEINVAL;
  object = context.kernel.files[vfio].object;
  if (context.fd.vfio_devices[object].is_live == 0) return -kernel::kENODEV;
  return context.fd.vfio_devices[object].is_frozen != 0 ? -kernel::kEIO : 0;
}

// Who closed it last is done with it only when its reset is over.
bool is_busy(const Context& context, device::FunctionId function) {
  for (const VfioDevice& device : context.fd.vfio_devices) {
    const bool is_used = device.is_live != 0 || device.is_resetting != 0;
    if (is_used && device.function == function) return true;
  }
  return context.devices.pcie[function].is_in_reset != 0;
}

// Makes `held` refer to another file, or to none.
void hold(Context& context, kernel::FileId& held, kernel::FileId file) {
  const kernel::FileId before = held;
  if (file != kernel::kNoFile) context.kernel.files.get(file);
  held = file;
  if (before != kernel::kNoFile) context.kernel.files.put(before);
}

void count_user(Context& context, device::Bdf bdf, int change) {
  driver::pci::Device* found = driver::pci::find(context.drivers.pci, bdf);
  if (found != nullptr) found->users = static_cast<std::uint16_t>(found->users + change);
}

// While it is in reset, registers can be written only later.
void let_it_send(Context& context, std::uint32_t object) {
  VfioDevice& device = context.fd.vfio_devices[object];
  driver::pci::enable(context, device.function);
  driver::pci::set_bus_master(context, device.function, true);
  device.saved_command |= pcie::kMemoryEnable | pcie::kBusMaster;
}

void switch_interrupts_off(Context& context, std::uint32_t object) {
  VfioDevice& device = context.fd.vfio_devices[object];
  device::irq::enable_msix(context, device.function, false);
  driver::irq::free_all(context, device.function);
  device.interrupts = 0;
}

std::int64_t request_vector(Context& context, const VfioDevice& device, std::uint16_t entry) {
  const std::uint32_t guest = context.kernel.files[device.kvm].object;
  const std::uint32_t vector = std::uint32_t{device.first_vector} + entry;
  if (device.is_posted == 0)
    return driver::irq::request(context, device.function, entry, kInject, guest, vector);
  return driver::irq::request_posted(context, device.function, entry, context.fd.kvms[guest].vm,
                                     static_cast<std::uint8_t>(vector));
}

// Nobody has a handler for its pin (devices.md, E.6 and G.4 row 77).
void disable_pin(Context& context, device::FunctionId function) {
  if (context.fault(kLeavesPinSite, context.names.text(context.name_of(function)))) return;
  const int command = context.devices.pcie[function].command | pcie::kIntxDisable;
  pcie::write_command(context, function, static_cast<std::uint16_t>(command));
}

// vfio-pci loses its function while files use it: they are as good as closed (devices.md, C.4).
Outcome cut_off_its_files(Context& context) {
  const device::FunctionId function{static_cast<std::uint32_t>(context.frame().values[0])};
  for (std::uint32_t object = 0; object < context.fd.vfio_devices.size(); ++object)
    if (context.fd.vfio_devices[object].function == function) release_vfio(context, object);
  return sim::finish(0, context.timing.of(timing::Cost::vfio_call));
}

constexpr sim::Step kRemoveSteps[] = {
    {"cut off the files that use it", sim::step<cut_off_its_files>}};

}  // namespace

const sim::Program kVfioRemoveProgram{"vfio.remove", "vfio-pci lets a function go, whoever uses it",
                                      kRemoveSteps};

std::int64_t set_up_vectors(Context& context, std::uint32_t object, std::uint16_t count) {
  const VfioDevice device = context.fd.vfio_devices[object];
  for (std::uint16_t entry = 0; entry < count; ++entry)
    if (const std::int64_t error = request_vector(context, device, entry)) return error;
  // What was posted while nobody was told.
  if (device.is_posted != 0) sync_posted(context, context.kernel.files[device.kvm].object);
  // Only now that somebody listens: what waited for a vector is sent at once.
  device::irq::mask_function(context, device.function, false);
  device::irq::enable_msix(context, device.function, true);
  return 0;
}

std::int64_t add_vfio_device(Context& context, sim::Symbol name, device::FunctionId function,
                             bool is_incoming, kernel::FileId& opened) {
  const driver::pci::Device* found = driver::pci::find(context.drivers.pci, function);
  if (found == nullptr || found->driver != driver::pci::Driver::vfio_pci ||
      context.devices.pcie[function].is_present == 0) {
    return -kernel::kENODEV;
  }
  if (is_busy(context, function)) return -kernel::kEBUSY;
  if (!is_incoming && found->incoming != 0) return -kernel::kEBUSY;
  disable_pin(context, function);
  const auto object = static_cast<std::uint32_t>(context.fd.vfio_devices.size());
  context.fd.vfio_devices.push_back(
      {.function = function, .bdf = found->bdf, .is_incoming = is_incoming ? 1U : 0U});
  count_user(context, found->bdf, 1);
  opened = context.kernel.files.open(name, static_cast<std::uint32_t>(FileType::vfio), object);
  return 0;
}

std::int64_t open_vfio(Context& context, sim::Symbol name, device::FunctionId function,
                       kernel::FileId& opened) {
  return add_vfio_device(context, name, function, /*is_incoming=*/false, opened);
}

std::int64_t attach_vfio(Context& context, kernel::FileId vfio, kernel::FileId iommufd) {
  std::uint32_t object = 0;
  const std::int64_t refused = find_device(context, vfio, object);
  if (refused != 0) return refused;
  if (!is_of_type(context, iommufd, FileType::iommufd)) return -kernel::kEINVAL;
  const Iommufd& space = context.fd.iommufds[context.kernel.files[iommufd].object];
  VfioDevice& device = context.fd.vfio_devices[object];
  const std::int64_t error = driver::iommu::attach(context, device.bdf, space.domain);
  if (error != 0) return error;
  hold(context, device.iommufd, iommufd);
  let_it_send(context, object);
  return 0;
}

std::int64_t set_interrupts(Context& context, kernel::FileId vfio, std::uint32_t count,
                            kernel::FileId kvm, std::uint32_t first_vector, bool is_posted) {
  std::uint32_t object = 0;
  const std::int64_t refused = find_device(context, vfio, object);
  if (refused != 0) return refused;
  VfioDevice& device = context.fd.vfio_devices[object];
  const std::uint32_t entries = context.devices.pcie[device.function].msix_entries;
  if (count > entries || first_vector > kGuestVectors || count > kGuestVectors - first_vector)
    return -kernel::kEINVAL;
  if (count > 0 && !is_of_type(context, kvm, FileType::kvm)) return -kernel::kEINVAL;
  // A function that was just restored may have vectors of the kernel before, which are taken over.
  if (device.interrupts != 0 || count == 0) switch_interrupts_off(context, object);
  hold(context, device.kvm, count > 0 ? kvm : kernel::kNoFile);
  if (count == 0) return 0;
  // The table of vectors lies behind a BAR.
  driver::pci::enable(context, device.function);
  device.first_vector = static_cast<std::uint8_t>(first_vector);
  device.is_posted = is_posted ? 1 : 0;
  const std::int64_t error = set_up_vectors(context, object, static_cast<std::uint16_t>(count));
  if (error == 0) {
    device.interrupts = static_cast<std::uint16_t>(count);
    return 0;
  }
  switch_interrupts_off(context, object);
  hold(context, device.kvm, kernel::kNoFile);
  return error;
}

std::int64_t reset_vfio(Context& context, kernel::FileId vfio) {
  std::uint32_t object = 0;
  const std::int64_t refused = find_device(context, vfio, object);
  if (refused != 0) return refused;
  const VfioDevice& device = context.fd.vfio_devices[object];
  if (device.is_resetting != 0 || context.devices.pcie[device.function].is_in_reset != 0)
    return -kernel::kEAGAIN;
  begin_reset(context, object, context.devices.pcie[device.function].command);
  restore_later(context, object);
  return 0;
}

std::int64_t suspend_vfio(Context& context, kernel::FileId vfio) {
  std::uint32_t object = 0;
  const std::int64_t refused = find_device(context, vfio, object);
  if (refused != 0) return refused;
  pcie::write_power_state(context, context.fd.vfio_devices[object].function, kD3hot);
  return 0;
}

void release_vfio(Context& context, std::uint32_t object) {
  VfioDevice& device = context.fd.vfio_devices[object];
  if (device.is_live == 0) return;
  device.is_live = 0;
  switch_interrupts_off(context, object);
  quiesce(context, object);
  // Only somebody who forgot to cancel closes what is still prepared.
  driver::pci::unpreserve(context, device.bdf);
  driver::iommu::unpreserve_device(context, device.bdf);
  driver::iommu::detach(context, device.bdf);
  count_user(context, device.bdf, -1);
  hold(context, device.iommufd, kernel::kNoFile);
  hold(context, device.kvm, kernel::kNoFile);
}

std::uint64_t read_bar(Context& context, std::uint32_t object, std::uint64_t offset) {
  // Of a guest that goes on where nobody has opened its device.
  if (object >= context.fd.vfio_devices.size()) return ~0ULL;
  const VfioDevice& device = context.fd.vfio_devices[object];
  if (device.is_frozen != 0 || device.is_live == 0) return ~0ULL;
  if (device::controller_of(context.devices, device.function) != nullptr)
    return device::nvme::read_register(context, device.function, offset);
  if (device::port_of(context.devices, device.function) != nullptr)
    return device::nic::read_register(context, device.function, offset);
  return ~0ULL;
}

void write_bar(Context& context, std::uint32_t object, std::uint64_t offset, std::uint64_t value) {
  if (object >= context.fd.vfio_devices.size()) return;
  const VfioDevice& device = context.fd.vfio_devices[object];
  if (device.is_frozen != 0 || device.is_live == 0) return;
  if (device::controller_of(context.devices, device.function) != nullptr) {
    device::nvme::write_register(context, device.function, offset, value);
  } else if (device::port_of(context.devices, device.function) != nullptr) {
    device::nic::write_register(context, device.function, offset, value);
  }
}

}  // namespace luosim::fd
