// SPDX-License-Identifier: Apache-2.0
#include "app/report/report_vcpus.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "model/fd/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::app {

namespace {

namespace ParticipantRecord = fd::ParticipantRecord;
namespace UserRecord = userspace::UserRecord;

enum class GuestIs : std::uint8_t {
  subject,  ///< of a record about a device; without a device the VMM has written it
  number,   ///< of the virtual machine, in values[3]
};

struct GuestRow {
  sim::RecordKind kind;
  GuestIs guest;
  GuestPart part;
};
// That a guest crashed its VMM finds out, before a vCPU runs.
constexpr GuestRow kRows[] = {
    {UserRecord::io_completed, GuestIs::subject, GuestPart::vcpu},
    {UserRecord::io_mismatch, GuestIs::subject, GuestPart::vcpu},
    {UserRecord::io_phantom, GuestIs::subject, GuestPart::vcpu},
    {UserRecord::io_failed, GuestIs::subject, GuestPart::vcpu},
    {UserRecord::io_late, GuestIs::subject, GuestPart::vcpu},
    {UserRecord::io_lost, GuestIs::subject, GuestPart::vcpu},
    {UserRecord::io_found, GuestIs::subject, GuestPart::vcpu},
    {UserRecord::driver_ready, GuestIs::subject, GuestPart::vcpu},
    {UserRecord::driver_failed, GuestIs::subject, GuestPart::vcpu},
    {ParticipantRecord::interrupt_delivered, GuestIs::number, GuestPart::vcpu},
    {ParticipantRecord::interrupt_pending, GuestIs::number, GuestPart::host},
    {ParticipantRecord::interrupt_lost, GuestIs::number, GuestPart::host},
};

std::optional<std::size_t> guest_of(const sim::Record& record, GuestIs guest,
                                    std::span<const userspace::VmPlan> vms) {
  if (guest == GuestIs::number) {
    if (record.values[3] >= vms.size()) return std::nullopt;
    return record.values[3];
  }
  if (record.object == sim::Symbol{}) return std::nullopt;
  const auto vm = std::find_if(vms.begin(), vms.end(), [&](const userspace::VmPlan& each) {
    return each.name == record.subject;
  });
  if (vm == vms.end()) return std::nullopt;
  return static_cast<std::size_t>(vm - vms.begin());
}

std::uint32_t lane_count(const userspace::VmPlan& vm) {
  return std::min(vm.vcpus, kMostVcpuLanesOfGuest);
}

std::vector<VcpuLane> lanes_of(const userspace::VmPlan& vm, std::string_view name) {
  const bool all_have_one = vm.vcpus == lane_count(vm);
  const std::uint32_t alone = all_have_one ? vm.vcpus : kMostVcpuLanesOfGuest - 1;
  std::vector<VcpuLane> lanes;
  for (std::uint32_t vcpu = 0; vcpu < alone; ++vcpu)
    lanes.push_back({fmt::format("{} vCPU {}", name, vcpu), 1});
  if (!all_have_one)
    lanes.push_back({fmt::format("{} vCPUs {}-{}", name, alone, vm.vcpus - 1), vm.vcpus - alone});
  return lanes;
}

}  // namespace

std::vector<std::vector<VcpuLane>> vcpu_lanes(std::span<const userspace::VmPlan> vms,
                                              const RecordWords& words) {
  std::uint32_t all = 0;
  for (const userspace::VmPlan& vm : vms) all += lane_count(vm);
  std::vector<std::vector<VcpuLane>> lanes;
  for (const userspace::VmPlan& vm : vms) {
    const std::string_view name = words.name(vm.name);
    lanes.push_back(all > kMostVcpuLanes
                        ? std::vector{VcpuLane{fmt::format("{} vCPUs", name), vm.vcpus}}
                        : lanes_of(vm, name));
  }
  return lanes;
}

std::optional<GuestPlace> guest_place(const sim::Record& record,
                                      std::span<const userspace::VmPlan> vms) {
  for (const GuestRow& row : kRows) {
    if (row.kind != record.kind) continue;
    const auto vm = guest_of(record, row.guest, vms);
    if (vm) return GuestPlace{*vm, row.part};
  }
  return std::nullopt;
}

}  // namespace luosim::app
