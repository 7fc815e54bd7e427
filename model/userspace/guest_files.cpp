// SPDX-License-Identifier: Apache-2.0
#include "model/userspace/guest_files.hpp"

#include "model/fd/guest_memfd.hpp"
#include "model/fd/hugetlb.hpp"
#include "model/fd/kvm.hpp"
#include "model/fd/memfd.hpp"
#include "model/kernel/errno.hpp"
#include "model/userspace/parts.hpp"

namespace luosim::userspace {

namespace {

std::optional<kernel::FileId> create_memory(Context& context, const VmPlan& plan,
                                            kernel::FileId kvm) {
  if (plan.backing == fd::MemoryKind::guest_memfd)
    return fd::create_guest_memfd(context, plan.memory_file, kvm, plan.memory_bytes, 0);
  if (plan.backing == fd::MemoryKind::hugetlb)
    return fd::create_hugetlb_memfd(context, plan.memory_file, plan.memory_bytes, kHugePageOrder);
  return fd::create_memfd(context, plan.memory_file, plan.memory_bytes, plan.folio_bytes, 0);
}

std::vector<sim::Symbol> files_of(const VmPlan& plan) {
  std::vector<sim::Symbol> files = {plan.memory_file, plan.iommu_file, plan.kvm_file};
  for (const VmDevice& device : plan.devices) files.push_back(device.file);
  std::erase(files, sim::Symbol{});
  return files;
}

}  // namespace

void give_to_agent(Context& context, sim::Symbol name, kernel::FileId file) {
  const std::uint32_t agent = process_of_actor(0);
  const std::int32_t descriptor = context.kernel.files.install(agent, file);
  hold(context.user, {agent, name, descriptor});
}

std::int64_t create_guest_memory(Context& context, std::uint32_t vm) {
  const VmPlan& plan = context.cast.vms[vm];
  kernel::FileId kvm = kernel::kNoFile;
  if (plan.kvm_file != sim::Symbol{}) {
    const auto made = fd::create_kvm(context, plan.kvm_file, vm);
    if (!made) return -kernel::kENOMEM;
    give_to_agent(context, plan.kvm_file, *made);
    kvm = *made;
  }
  const auto memory = create_memory(context, plan, kvm);
  if (!memory) return -kernel::kENOMEM;
  give_to_agent(context, plan.memory_file, *memory);
  return 0;
}

bool has_open_files(const Context& context, const VmPlan& plan) {
  const std::vector<sim::Symbol> files = files_of(plan);
  return std::any_of(files.begin(), files.end(),
                     [&](sim::Symbol name) { return file_held(context, name).has_value(); });
}

void close_guest_files(Context& context, const VmPlan& plan) {
  const std::vector<sim::Symbol> files = files_of(plan);
  std::erase_if(context.user.holdings, [&](const Holding& holding) {
    if (std::find(files.begin(), files.end(), holding.file) == files.end()) return false;
    const auto file = context.kernel.files.remove(holding.process, holding.descriptor);
    if (file) context.kernel.files.put(*file);
    return true;
  });
}

}  // namespace luosim::userspace
