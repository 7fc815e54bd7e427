// SPDX-License-Identifier: Apache-2.0
#include "app/report/guests_told.hpp"

#include <algorithm>

namespace luosim::app {

namespace {

// A guest without devices has no file for them, and no name of one.
void add_names(const userspace::VmPlan& vm, std::vector<sim::Symbol>& names) {
  for (const sim::Symbol name : {vm.name, vm.memory_file, vm.iommu_file, vm.kvm_file})
    if (name != sim::Symbol{}) names.push_back(name);
  for (const userspace::VmDevice& device : vm.devices) names.push_back(device.file);
}

}  // namespace

GuestsTold::GuestsTold(std::span<const userspace::VmPlan> vms) : all_(vms.size()) {
  const std::size_t every = std::max<std::size_t>(1, (all_ + kMost - 1) / kMost);
  for (std::size_t vm = 0; vm < all_; ++vm) {
    if (vm % every == 0) {
      ++told_;
    } else {
      add_names(vms[vm], untold_);
    }
  }
  std::sort(untold_.begin(), untold_.end());
}

bool GuestsTold::leaves_out(const sim::Record& record) const {
  return std::binary_search(untold_.begin(), untold_.end(), record.subject) ||
         std::binary_search(untold_.begin(), untold_.end(), record.object);
}

}  // namespace luosim::app
