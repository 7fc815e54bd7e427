// SPDX-License-Identifier: Apache-2.0
//
// What the kernel log says about hardware and about the kernel's side of it: the part of the table
// of log_messages.hpp that only machines with devices need.
#pragma once

#include <span>

#include "app/report/log_messages.hpp"

namespace luosim::app {

/// One row for each kind of a device, of a driver, of the IOMMU and of interrupts, by rising
/// number; all kinds of other layers have lower ones.
std::span<const LogMessage> log_device_messages();

}  // namespace luosim::app
