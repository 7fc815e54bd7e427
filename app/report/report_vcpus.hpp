// SPDX-License-Identifier: Apache-2.0
//
// The processors of guests in a report: how many lanes a guest gets for them, and which records and
// rows are a guest's own, KVM's, or of neither.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/report/record_words.hpp"
#include "model/userspace/cast.hpp"

namespace luosim::app {

/// Of a guest with more, the last of so many lanes is for all that are left.
inline constexpr std::uint32_t kMostVcpuLanesOfGuest = 8;
/// With more in a whole report, each guest has one lane for all its vCPUs.
inline constexpr std::uint32_t kMostVcpuLanes = 64;

struct VcpuLane {
  std::string name;
  std::uint32_t vcpus = 1;  ///< how many it stands for
  friend bool operator==(const VcpuLane&, const VcpuLane&) = default;
};

/// By place of the VM; each has at least one lane.
std::vector<std::vector<VcpuLane>> vcpu_lanes(std::span<const userspace::VmPlan> vms,
                                              const RecordWords& words);

enum class GuestPart : std::uint8_t {
  vcpu,  ///< the one that serves devices
  host,  ///< its VMM, and KVM
};
struct GuestPlace {
  std::size_t vm = 0;
  GuestPart part = GuestPart::host;
  friend bool operator==(const GuestPlace&, const GuestPlace&) = default;
};
/// Of what a guest writes, and of its interrupts; nothing for all the rest, whoever it is about.
std::optional<GuestPlace> guest_place(const sim::Record& record,
                                      std::span<const userspace::VmPlan> vms);

}  // namespace luosim::app
