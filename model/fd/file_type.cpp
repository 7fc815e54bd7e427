// SPDX-License-Identifier: Apache-2.0
#include "model/fd/file_type.hpp"

#include <array>
#include <vector>

#include "model/driver/iommu/subsystem.hpp"
#include "model/driver/pci/subsystem.hpp"
#include "model/fd/eventfd.hpp"
#include "model/fd/guest_memfd.hpp"
#include "model/fd/hugetlb.hpp"
#include "model/fd/iommufd.hpp"
#include "model/fd/kvm.hpp"
#include "model/fd/memfd.hpp"
#include "model/fd/self_test.hpp"
#include "model/fd/test_participant.hpp"
#include "model/fd/vfio.hpp"

namespace luosim::fd {

std::uint32_t add_handler(Context& context, Participant type, sim::Symbol compatible,
                          luo::CallbackMask callbacks) {
  std::vector<luo::v2::HandlerObject>& objects = context.luo.handler_objects;
  objects.push_back({.compatible = compatible,
                     .type = static_cast<std::uint32_t>(type),
                     .argument = compatible.index,
                     .callbacks = callbacks});
  return static_cast<std::uint32_t>(objects.size() - 1);
}

std::uint32_t add_subsystem(Context& context, Participant type, sim::Symbol name,
                            luo::CallbackMask callbacks) {
  std::vector<luo::v2::SubsystemObject>& objects = context.luo.subsystem_objects;
  objects.push_back({.name = name,
                     .type = static_cast<std::uint32_t>(type),
                     .argument = name.index,
                     .callbacks = callbacks});
  return static_cast<std::uint32_t>(objects.size() - 1);
}

std::span<const luo::ParticipantType> participant_types() {
  static const std::array kTypes = {kTestParticipantType,
                                    kSelfTestType,
                                    kMemfdType,
                                    kIommufdType,
                                    kVfioType,
                                    kKvmType,
                                    kGuestMemfdType,
                                    kHugetlbType,
                                    kHugetlbPoolType,
                                    driver::pci::kPciSubsystemType,
                                    driver::iommu::kIommuSubsystemType,
                                    kEventfdType};
  return kTypes;
}

std::span<const sim::Program* const> programs() {
  static const std::vector<const sim::Program*> kAll = [] {
    std::vector<const sim::Program*> all;
    for (const auto part :
         {test_participant_programs(), self_test_programs(), memfd_programs(), iommufd_programs(),
          vfio_programs(), kvm_programs(), guest_memfd_programs(), hugetlb_programs(),
          hugetlb_pool_programs(), eventfd_programs()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return kAll;
}

}  // namespace luosim::fd
