// SPDX-License-Identifier: Apache-2.0
#include "model/world/device_metrics.hpp"

#include <algorithm>

#include "model/device/dma.hpp"
#include "model/device/irq/message.hpp"
#include "model/device/record.hpp"
#include "model/driver/nvme/disk.hpp"
#include "model/fd/guest_memfd.hpp"
#include "model/fd/hugetlb.hpp"
#include "model/fd/memfd.hpp"
#include "model/fd/record.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/state.hpp"
#include "model/userspace/record.hpp"

namespace luosim::world {

namespace {

using device::DmaDirection;
using device::DmaPurpose;
using device::DmaResult;
using device::irq::InterruptFate;
namespace DeviceRecord = device::DeviceRecord;
namespace KernelRecord = kernel::KernelRecord;
namespace UserRecord = userspace::UserRecord;

// Who may be written to: guests, preserved memory that nobody has taken over yet, and queues.
bool may_be_written(std::uint64_t owner) {
  static constexpr std::uint32_t kOwners[] = {
      fd::kMemfdOwner.tag().hash, fd::kHugetlbOwner.tag().hash, fd::kGuestMemfdOwner.tag().hash,
      kho::kIncomingOwner.tag().hash, driver::nvme::kQueueOwner.tag().hash};
  const auto tag = static_cast<std::uint32_t>(owner >> 32);
  const auto number = static_cast<std::uint32_t>(owner);
  const bool is_in_pool = tag == fd::kHugetlbOwner.tag().hash && number == fd::kInPool;
  return !is_in_pool && std::find(std::begin(kOwners), std::end(kOwners), tag) != std::end(kOwners);
}

// No guest and no kernel is ever told.
bool is_lost(InterruptFate fate) {
  return fate == InterruptFate::dropped || fate == InterruptFate::blocked ||
         fate == InterruptFate::refused || fate == InterruptFate::nobody_listens;
}

}  // namespace

DeviceMetrics::DeviceMetrics(const Blueprint& blueprint)
    : blueprint_(blueprint),
      owners_(blueprint.devices.pcie.functions.size(), kNobody),
      is_paused_(blueprint.cast.vms.size()) {
  for (std::uint32_t vm = 0; vm < blueprint.cast.vms.size(); ++vm) {
    for (const userspace::VmDevice& device : blueprint.cast.vms[vm].devices)
      owners_[device.function.index] = vm;
  }
}

bool DeviceMetrics::is_in_blackout(std::uint64_t function) const {
  const std::uint32_t owner = function < owners_.size() ? owners_[function] : kNobody;
  return owner == kNobody ? has_jumped_ : is_paused_[owner];
}

void DeviceMetrics::set_paused(sim::Symbol vm, bool is_paused) {
  for (std::size_t index = 0; index < is_paused_.size(); ++index)
    if (blueprint_.cast.vms[index].name == vm) is_paused_[index] = is_paused;
}

void DeviceMetrics::take_access(const sim::Record& record) {
  const std::uint64_t function = record.values[0] & 0xFFFF'FFFF;
  const auto purpose = static_cast<DmaPurpose>(record.values[0] >> 32 & 0xFF);
  const auto direction = static_cast<DmaDirection>(record.values[0] >> 40 & 0xFF);
  const auto result = static_cast<DmaResult>(record.values[0] >> 48 & 0xFF);
  if (result == DmaResult::translation_fault) ++dma_faulted_;
  if (result != DmaResult::landed || purpose == DmaPurpose::message) return;
  if (is_in_blackout(function)) ++dma_during_blackout_;
  if (direction == DmaDirection::write && !may_be_written(record.values[3]))
    ++dma_to_unowned_pages_;
}

void DeviceMetrics::take_interrupt(const sim::Record& record) {
  if (is_in_blackout(record.values[0])) ++irq_during_blackout_;
  if (is_lost(static_cast<InterruptFate>(record.values[2]))) ++irq_lost_;
}

void DeviceMetrics::take(const sim::Record& record) {
  if (owners_.empty()) return;
  if (record.kind == DeviceRecord::dma) return take_access(record);
  if (record.kind == DeviceRecord::interrupt_raised) return take_interrupt(record);
  if (record.kind == fd::ParticipantRecord::interrupt_lost) ++irq_lost_;
  if (record.kind == UserRecord::vm_paused || record.kind == UserRecord::vm_stopped_hard)
    set_paused(record.subject, true);
  if (record.kind == UserRecord::vm_resumed || record.kind == UserRecord::vm_boots)
    set_paused(record.subject, false);
  if (record.kind == KernelRecord::kexec) has_jumped_ = true;
  if (record.kind == KernelRecord::boot_done) has_jumped_ = false;
}

void DeviceMetrics::add_to(std::map<std::string, std::int64_t>& metrics, const World& end) const {
  if (owners_.empty()) return;
  metrics["dma.during_blackout"] = dma_during_blackout_;
  metrics["dma.faulted"] = dma_faulted_;
  metrics["dma.logged"] = end.hardware.devices.iommu.log.is_set;
  metrics["dma.to_unowned_pages"] = dma_to_unowned_pages_;
  metrics["irq.during_blackout"] = irq_during_blackout_;
  metrics["irq.lost"] = irq_lost_;
  using Io = userspace::Ledger::Io;
  struct Row {
    const char* name;
    std::uint64_t Io::*member;
  };
  static constexpr Row kRows[] = {
      {"io.completed", &Io::completed},
      {"io.corrupted", &Io::corrupted},
      {"io.duplicated", &Io::duplicated},
      {"io.failed", &Io::failed},
      {"io.late", &Io::late},
      {"io.lost", &Io::lost},
      {"io.submitted", &Io::submitted},
      {"io.torn", &Io::torn},
  };
  for (const Row& row : kRows) {
    std::uint64_t sum = 0;
    for (const Io& io : end.ledger.io) sum += io.*row.member;
    metrics[row.name] = static_cast<std::int64_t>(sum);
  }
}

}  // namespace luosim::world
