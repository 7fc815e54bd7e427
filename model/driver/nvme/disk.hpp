// SPDX-License-Identifier: Apache-2.0
//
// The host's own nvme driver, as far as an update meets it: it resets a controller when it binds,
// sets up queues in memory of the kernel, and shuts the controller down before a jump
// (devices.md, F.7). Bound to a function that a guest's queues are on, it destroys them.
#pragma once

#include <cstdint>

#include "model/device/address.hpp"
#include "model/memory/page.hpp"

namespace luosim::driver::nvme {

inline constexpr memory::OwnerName kQueueOwner{"nvme_queue"};  ///< number: function

struct Disk {
  device::FunctionId function{};
  std::uint32_t is_ready = 0;
  std::uint32_t domain = 0xFFFF'FFFF;  ///< that it made for its queues, iommu::kNoDomain if none
  std::uint32_t reserved = 0;
  memory::PageRange queues{};  ///< admin submission and completion queue, a page each
  friend bool operator==(const Disk&, const Disk&) = default;
};

}  // namespace luosim::driver::nvme
