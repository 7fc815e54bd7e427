// SPDX-License-Identifier: Apache-2.0
//
// The types of devices as a scenario writes them, and what may be behind what.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "model/world/scenario.hpp"

namespace luosim::app {

/// Devices that one VM can have.
inline constexpr std::uint64_t kMostDevicesOfVm = 32;

struct DeviceTypeRow {
  world::DeviceSpec::Type type;
  std::string_view word;
  std::string_view one;  ///< with its article
  bool is_port;
  bool takes_endpoints;  ///< endpoints and the upper ends of switches can be behind it
};

inline constexpr std::array kDeviceTypes{
    DeviceTypeRow{world::DeviceSpec::Type::nvme, "nvme", "an nvme", false, false},
    DeviceTypeRow{world::DeviceSpec::Type::nic, "nic", "a nic", false, false},
    DeviceTypeRow{world::DeviceSpec::Type::root_port, "root-port", "a root-port", true, true},
    DeviceTypeRow{world::DeviceSpec::Type::switch_upstream, "switch-upstream", "a switch-upstream",
                  true, false},
    DeviceTypeRow{world::DeviceSpec::Type::switch_downstream, "switch-downstream",
                  "a switch-downstream", true, true},
};
inline constexpr std::array<std::string_view, kDeviceTypes.size()> kDeviceTypeWords{
    kDeviceTypes[0].word, kDeviceTypes[1].word, kDeviceTypes[2].word, kDeviceTypes[3].word,
    kDeviceTypes[4].word};

constexpr const DeviceTypeRow& row_of(world::DeviceSpec::Type type) {
  for (const DeviceTypeRow& row : kDeviceTypes)
    if (row.type == type) return row;
  return kDeviceTypes[0];
}
constexpr std::string_view word_of(world::DeviceSpec::Type type) {
  return row_of(type).word;
}
constexpr bool is_port(world::DeviceSpec::Type type) {
  return row_of(type).is_port;
}

}  // namespace luosim::app
