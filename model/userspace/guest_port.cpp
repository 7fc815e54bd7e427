// SPDX-License-Identifier: Apache-2.0
#include "model/userspace/guest_port.hpp"

#include "model/device/nic/port.hpp"
#include "model/fd/vfio.hpp"
#include "model/userspace/guest_memory.hpp"

namespace luosim::userspace {

namespace {

namespace nic = device::nic;

std::uint64_t descriptor_address(const DriverArea& area, std::uint32_t descriptor) {
  return address_of_page(area.submission) + descriptor * sizeof(nic::Descriptor);
}

// One descriptor stays with the guest, else a full ring would look like an empty one.
std::uint64_t tail_before(std::uint32_t next) {
  return (next + kPortRing - 1) % kPortRing;
}

}  // namespace

void set_port_up(Context& context, GuestPort& port) {
  const DriverArea area = area_of(context.cast.vms[port.vm], port.device);
  for (std::uint32_t index = 0; index < kPortRing; ++index) {
    write_guest_value(context, port.vm, descriptor_address(area, index),
                      nic::Descriptor{.buffer = address_of_page(area.buffers + index)});
  }
  fd::write_bar(context, port.vfio, nic::kRingBase, address_of_page(area.submission));
  fd::write_bar(context, port.vfio, nic::kRingSize, kPortRing);
  fd::write_bar(context, port.vfio, nic::kRingTail, tail_before(0));
  fd::write_bar(context, port.vfio, nic::kControl, 1);
  port.is_set_up = 1;
}

void take_frames(Context& context, GuestPort& port) {
  const DriverArea area = area_of(context.cast.vms[port.vm], port.device);
  std::uint32_t taken = 0;
  while (taken < kPortRing) {
    const std::uint64_t address = descriptor_address(area, port.next);
    auto descriptor = read_guest_value<nic::Descriptor>(context, port.vm, address);
    if (descriptor.is_done == 0) break;
    ++port.frames;
    ++taken;
    write_guest_value(context, port.vm, address,
                      nic::Descriptor{.buffer = address_of_page(area.buffers + port.next)});
    port.next = (port.next + 1) % kPortRing;
  }
  if (taken > 0) fd::write_bar(context, port.vfio, nic::kRingTail, tail_before(port.next));
}

}  // namespace luosim::userspace
