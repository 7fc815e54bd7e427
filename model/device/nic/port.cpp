// SPDX-License-Identifier: Apache-2.0
#include "model/device/nic/port.hpp"

#include "model/device/context.hpp"
#include "model/device/pcie/fabric.hpp"

namespace luosim::device::nic {

namespace {

constexpr std::uint64_t kAllOnes = ~0ULL;

// Names of the two streams of numbers that frames have.
constexpr std::uint32_t kDistances = sim::name_hash("nic.frame_distance");
constexpr std::uint32_t kContents = sim::name_hash("nic.frame_contents");

std::uint64_t number_of(std::uint32_t stream, FunctionId function, std::uint64_t frame) {
  const std::uint64_t which[] = {function.index, frame};
  return sim::digest_of_bytes(which, sizeof(which), stream).low;
}

void start_ring(Port& port) {
  port.head = 0;
  port.tail = 0;
}

}  // namespace

std::uint64_t read_register(Context& context, FunctionId function, std::uint64_t offset) {
  const Port* port = port_of(context.devices, function);
  if (port == nullptr || !pcie::decodes_memory(context.devices.pcie[function])) return kAllOnes;
  switch (offset) {
    case kControl:
      return port->receives != 0 ? kReceiveBit : 0;
    case kRingBase:
      return port->ring_base;
    case kRingSize:
      return port->ring_size;
    case kRingTail:
      return port->tail;
    case kRingHead:
      return port->head;
    default:
      return 0;
  }
}

void write_register(Context& context, FunctionId function, std::uint64_t offset,
                    std::uint64_t value) {
  Port* port = port_of(context.devices, function);
  if (port == nullptr || !pcie::decodes_memory(context.devices.pcie[function])) return;
  switch (offset) {
    case kControl:
      port->receives = (value & kReceiveBit) != 0 ? 1 : 0;
      break;
    case kRingBase:
      port->ring_base = value;
      start_ring(*port);
      break;
    case kRingSize:
      port->ring_size = static_cast<std::uint32_t>(value);
      start_ring(*port);
      break;
    case kRingTail:
      if (value < port->ring_size) port->tail = static_cast<std::uint32_t>(value);
      break;
    default:
      break;
  }
}

void lose_state(Context& context, FunctionId function) {
  Port* port = port_of(context.devices, function);
  if (port == nullptr) return;
  port->receives = 0;
  port->ring_base = 0;
  port->ring_size = 0;
  start_ring(*port);
}

memory::Content contents_of_frame(FunctionId function, std::uint64_t frame) {
  // The highest versions and 0 mean something of their own: a frame is never one of those.
  constexpr std::uint64_t kTopBit = 1ULL << 63;
  return {(number_of(kContents, function, frame) & ~kTopBit) | 1};
}

sim::Duration distance_of_frame(FunctionId function, std::uint64_t frame, sim::Duration mean) {
  // Longer than any run, and short enough to be added to the clock.
  constexpr std::int64_t kLongest = std::int64_t{1} << 60;
  if (mean.ns < 2) return {1};
  const std::int64_t bounded = mean.ns < kLongest ? mean.ns : kLongest;
  const std::uint64_t spread =
      number_of(kDistances, function, frame) % (static_cast<std::uint64_t>(bounded) + 1);
  return {bounded - bounded / 2 + static_cast<std::int64_t>(spread)};
}

}  // namespace luosim::device::nic
