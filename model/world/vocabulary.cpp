// SPDX-License-Identifier: Apache-2.0
#include "model/world/vocabulary.hpp"

#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "model/device/devices.hpp"
#include "model/driver/iommu/domain.hpp"
#include "model/driver/iommu/programs.hpp"
#include "model/driver/irq/vector.hpp"
#include "model/driver/nvme/disk.hpp"
#include "model/driver/pci/subsystem.hpp"
#include "model/driver/state.hpp"
#include "model/fd/eventfd.hpp"
#include "model/fd/guest_memfd.hpp"
#include "model/fd/hugetlb.hpp"
#include "model/fd/iommufd.hpp"
#include "model/fd/kvm.hpp"
#include "model/fd/memfd.hpp"
#include "model/fd/memfd_mistakes.hpp"
#include "model/fd/self_test.hpp"
#include "model/fd/test_participant.hpp"
#include "model/fd/vfio.hpp"
#include "model/kernel/allocator.hpp"
#include "model/kho/boot.hpp"
#include "model/kho/damage.hpp"
#include "model/kho/state.hpp"
#include "model/luo/fault_sites.hpp"
#include "model/luo/v2/startup.hpp"
#include "model/luo/v2/state.hpp"
#include "model/uapi/uapi.hpp"
#include "model/userspace/programs.hpp"
#include "model/userspace/vmm_devices.hpp"
#include "model/world/boot.hpp"

namespace luosim::world {

namespace {

constexpr std::string_view kUnknown = "unknown";

constexpr memory::OwnerName kOwners[] = {
    kernel::kKernelOwner,       kernel::kScratchOwner,
    kho::kFirmwareOwner,        kho::kRootOwner,
    kho::kScratchListOwner,     kho::kBitmapOwner,
    kho::kChunkOwner,           kho::kIncomingOwner,
    luo::v2::kTreeOwner,        fd::kTestPageOwner,
    fd::kSelfTestPageOwner,     fd::kMemfdOwner,
    fd::kMemfdRecordOwner,      fd::kHugetlbOwner,
    fd::kHugetlbRecordOwner,    fd::kHugetlbPoolRecordOwner,
    fd::kGuestMemfdOwner,       fd::kGuestMemfdRecordOwner,
    fd::kIommufdRecordOwner,    fd::kAnonymousOwner,
    fd::kVfioRecordOwner,       fd::kKvmRecordOwner,
    driver::iommu::kRootOwner,  driver::iommu::kContextOwner,
    driver::iommu::kTableOwner, driver::iommu::kRecordOwner,
    driver::irq::kTableOwner,   driver::irq::kDescriptorOwner,
    driver::nvme::kQueueOwner,  driver::pci::kRecordOwner,
    fd::kEventfdRecordOwner,
};

constexpr sim::FaultSite kSites[] = {
    kernel::kAllocationSite,
    kernel::kStoreSite,
    fd::kClientFinalizeSite,
    fd::kClientAbortSite,
    luo::kSubsystemPrepareSite,
    luo::kSubsystemFreezeSite,
    luo::kFileCanPreserveSite,
    luo::kFilePrepareSite,
    luo::kFileFreezeSite,
    luo::kFileRetrieveSite,
    luo::v2::kKilledWaitSite,
    luo::v2::kDescriptorSite,
    luo::v2::kStoreReorderSite,
    uapi::kCopyFromUserSite,
    uapi::kCopyToUserSite,
    userspace::kAgentCrashSite,
    userspace::kVmmCrashSite,
    kBootPanicSite,
    kho::kBitFlipSite,
    kho::kTruncateSite,
    kho::kOtherBootSite,
    fd::kSkipsChecksSite,
    fd::kFinishWhileAttachedSite,
    fd::kCountsTwiceSite,
    fd::kFreesOnFailureSite,
    fd::kForgetsFolioSite,
    fd::kPreservesPageTooSite,
    fd::kStaysInScratchSite,
    fd::kMovesWhenPreservedSite,
    fd::kReclaimedAsCleanSite,
    kho::kEarlyMemorySite,
    userspace::kMapsLessSite,
    userspace::kMapsOtherSite,
    fd::kLeavesPinSite,
    userspace::kForgetsVectorSite,
    userspace::kInjectsEarlySite,
};

}  // namespace

std::vector<sim::SiteFaults> site_faults(std::span<const sim::FaultSite> faults) {
  std::map<std::uint32_t, std::vector<std::int32_t>> values;
  for (const sim::FaultSite& fault : faults) values[fault.id().hash].push_back(fault.value);
  std::vector<sim::SiteFaults> sites;
  sites.reserve(values.size());
  for (auto& [site, of_site] : values) sites.push_back({site, std::move(of_site)});
  return sites;
}

std::span<const sim::FaultSite> fault_sites() {
  static const std::vector<sim::FaultSite> kAll = [] {
    std::vector<sim::FaultSite> all(std::begin(kSites), std::end(kSites));
    for (const auto sites : {driver::fault_sites(), device::fault_sites()})
      all.insert(all.end(), sites.begin(), sites.end());
    return all;
  }();
  return kAll;
}

std::span<const std::string_view> allocating_functions() {
  static constexpr std::string_view kFunctions[] = {
      kho::kBitmapOwner.name,
      kho::kChunkOwner.name,
      luo::v2::kTreeOwner.name,
      "luo_register_file",
      "__kho_debugfs_fdt_add",
      fd::kTestObject,
      fd::kTestPageOwner.name,
      fd::kSelfTestPageOwner.name,
      fd::kMemfdOwner.name,
      fd::kMemfdRecordOwner.name,
      fd::kHugetlbOwner.name,
      fd::kHugetlbRecordOwner.name,
      fd::kHugetlbPoolRecordOwner.name,
      fd::kHugetlbCharge,
      fd::kGuestMemfdRecordOwner.name,
      fd::kKvmObject,
      fd::kKvmRecordOwner.name,
      fd::kIommufdRecordOwner.name,
      fd::kVfioRecordOwner.name,
      driver::iommu::kRootOwner.name,
      driver::iommu::kContextOwner.name,
      driver::iommu::kTableOwner.name,
      "iommu_domain_alloc",
      driver::iommu::kRecordOwner.name,
      driver::irq::kTableOwner.name,
      driver::irq::kDescriptorOwner.name,
      driver::nvme::kQueueOwner.name,
      driver::pci::kRecordOwner.name,
      fd::kEventfdObject,
      fd::kEventfdRecordOwner.name,
  };
  return kFunctions;
}

std::vector<std::string_view> fault_instances() {
  const auto functions = allocating_functions();
  std::vector<std::string_view> all(functions.begin(), functions.end());
  all.insert(all.end(), {kho::kLuoTreePiece, kho::kMapPiece, kho::kRootPiece});
  return all;
}

std::span<const kernel::PanicReason> panic_reasons() {
  static const std::vector<kernel::PanicReason> kReasons = [] {
    const auto of_luo = luo::v2::panic_reasons();
    std::vector<kernel::PanicReason> all(of_luo.begin(), of_luo.end());
    const auto of_iommu = driver::iommu::panic_reasons();
    all.insert(all.end(), of_iommu.begin(), of_iommu.end());
    all.push_back(kho::kScratchExhausted);
    all.push_back(kernel::kInjectedPanic);
    return all;
  }();
  return kReasons;
}

std::string_view panic_reason_named(std::uint32_t hash) {
  for (const kernel::PanicReason& reason : panic_reasons())
    if (reason.hash() == hash) return reason.name;
  return kUnknown;
}

std::span<const memory::OwnerName> owners() {
  return kOwners;
}

std::string_view owner_named(std::uint32_t hash) {
  for (const memory::OwnerName& owner : kOwners)
    if (owner.tag().hash == hash) return owner.name;
  return kUnknown;
}

}  // namespace luosim::world
