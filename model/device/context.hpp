// SPDX-License-Identifier: Apache-2.0
//
// What a step of a device may touch: memory, the devices, and how long things take. The context of
// a kernel adds to it.
#pragma once

#include "model/device/dma.hpp"
#include "model/device/record.hpp"
#include "model/device/state.hpp"
#include "model/memory/physical_memory.hpp"
#include "model/timing/timing.hpp"
#include "sim/core/context.hpp"

namespace luosim::device {

struct Context : sim::Context {
  memory::PhysicalMemory& memory;
  State& devices;
  const timing::Durations& timing;

  sim::Symbol name_of(FunctionId function) const { return devices.pcie[function].name; }
};

}  // namespace luosim::device
