// SPDX-License-Identifier: Apache-2.0
//
// Counting preserved devices (devices.md, C.4). The count of a bridge is the number of preserved
// endpoints below it, so that its bus mastering outlives the shutdown as long as one needs it.
// Outgoing and incoming are two counts that know nothing of each other: a device may be preserved
// again before it was finished.
#include "model/device/pcie/fabric.hpp"
#include "model/driver/knobs.hpp"
#include "model/driver/pci/fault_sites.hpp"
#include "model/driver/record.hpp"
#include "model/driver/state.hpp"
#include "model/kernel/errno.hpp"

namespace luosim::driver::pci {

namespace {

constexpr std::uint16_t kMostCounted = 0xFFFF;

// The endpoint and, unless bridges do not count, those above it, nearest first.
std::vector<device::FunctionId> counted_path(const Context& context, const Device& endpoint) {
  std::vector<device::FunctionId> path{endpoint.function};
  if (context.knob(kPci) == kPciV1) return path;
  for (const device::FunctionId bridge :
       device::pcie::path_of(context.devices.pcie, endpoint.function))
    path.push_back(bridge);
  return path;
}

void record_counts(Context& context, const Device& device) {
  context.record({.kind = DriverRecord::pci_counted,
                  .subject = context.name_of(device.function),
                  .values = {device.function.index, device.outgoing, device.incoming, 0}});
}

// Which of the two counts.
using Count = std::uint16_t Device::*;

void count_up(Context& context, Device& device) {
  ++device.outgoing;
  record_counts(context, device);
}

// A count that is 0 already is a mistake of somebody; the kernel complains and goes on.
void count_down(Context& context, Device& device, Count count) {
  if (device.*count == 0) {
    context.record({.kind = DriverRecord::pci_count_corrupt,
                    .subject = context.name_of(device.function),
                    .values = {device.function.index, count == &Device::incoming ? 1U : 0U, 0, 0}});
    return;
  }
  --(device.*count);
  record_counts(context, device);
}

void count_path_down(Context& context, const std::vector<device::FunctionId>& path,
                     std::size_t length, Count count) {
  for (std::size_t index = 0; index < length; ++index) {
    if (Device* device = find(context.drivers.pci, path[index]))
      count_down(context, *device, count);
  }
}

std::int64_t count_one_up(Context& context, device::FunctionId function) {
  Device* device = find(context.drivers.pci, function);
  if (device == nullptr) return -kernel::kENOENT;
  if (device->outgoing == kMostCounted) return -kernel::kENOSPC;
  const auto fault = context.fault(kCountSite, context.names.text(context.name_of(function)));
  if (fault) return *fault;
  count_up(context, *device);
  return 0;
}

bool is_refused_frozen(Context& context, const Device& device) {
  if (device.is_frozen == 0) return false;
  context.record({.kind = DriverRecord::pci_refused_frozen,
                  .subject = context.name_of(device.function),
                  .values = {device.function.index, 0, 0, 0}});
  return true;
}

}  // namespace

std::int64_t preserve(Context& context, device::Bdf bdf) {
  const Device* endpoint = find(context.drivers.pci, bdf);
  if (endpoint == nullptr) return -kernel::kENOENT;
  if (is_refused_frozen(context, *endpoint) || is_bridge(context, *endpoint))
    return -kernel::kEINVAL;
  if (endpoint->is_virtual != 0 && context.knob(kVfio) != kVfioPhase5) return -kernel::kEINVAL;
  if (endpoint->outgoing != 0) return -kernel::kEBUSY;
  const std::vector<device::FunctionId> path = counted_path(context, *endpoint);
  for (std::size_t counted = 0; counted < path.size(); ++counted) {
    const std::int64_t error = count_one_up(context, path[counted]);
    if (error == 0) continue;
    count_path_down(context, path, counted, &Device::outgoing);
    return error;
  }
  return 0;
}

std::int64_t unpreserve(Context& context, device::Bdf bdf) {
  const Device* endpoint = find(context.drivers.pci, bdf);
  if (endpoint == nullptr) return -kernel::kENOENT;
  if (is_refused_frozen(context, *endpoint)) return -kernel::kEINVAL;
  if (is_bridge(context, *endpoint) || endpoint->outgoing == 0) return -kernel::kEINVAL;
  const std::vector<device::FunctionId> path = counted_path(context, *endpoint);
  count_path_down(context, path, path.size(), &Device::outgoing);
  return 0;
}

std::int64_t finish(Context& context, device::Bdf bdf) {
  Device* endpoint = find(context.drivers.pci, bdf);
  if (endpoint == nullptr || endpoint->incoming == 0 || is_bridge(context, *endpoint))
    return -kernel::kEINVAL;
  // An endpoint counts once, whatever the record said.
  endpoint->incoming = 1;
  const std::vector<device::FunctionId> path = counted_path(context, *endpoint);
  count_path_down(context, path, path.size(), &Device::incoming);
  return 0;
}

}  // namespace luosim::driver::pci
