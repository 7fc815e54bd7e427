// SPDX-License-Identifier: Apache-2.0
#include "model/userspace/guest_memory.hpp"

#include <algorithm>

#include "model/device/nic/port.hpp"
#include "model/device/nvme/controller.hpp"
#include "model/fd/memfd.hpp"
#include "model/memory/raw_word.hpp"

namespace luosim::userspace {

namespace {

using memory::pages_for;

std::uint64_t pages_of_saved_disk(const Workload& workload) {
  return pages_for(sizeof(GuestDisk::Registers) + 4 * sizeof(std::uint64_t) +
                   workload.queue_depth * sizeof(GuestCommand) +
                   workload.blocks * sizeof(std::uint64_t));
}

DriverArea disk_area(const Workload& workload, std::uint64_t from) {
  DriverArea area;
  area.saved = from;
  area.saved_pages = pages_of_saved_disk(workload);
  area.admin_submission = area.saved + area.saved_pages;
  area.admin_completion = area.admin_submission + 1;
  area.submission = area.admin_completion + 1;
  const std::uint64_t depth = workload.queue_depth;
  area.completion =
      area.submission + pages_for((depth + 1) * sizeof(device::nvme::SubmissionEntry));
  area.shadow = area.completion + pages_for((depth + 2) * sizeof(device::nvme::CompletionEntry));
  area.lists = area.shadow + (workload.shadow_doorbells ? 2 : 0);
  area.buffers = area.lists + (workload.pages > 2 ? depth : 0);
  area.end = area.buffers + depth * workload.pages;
  return area;
}

DriverArea port_area(std::uint64_t from) {
  DriverArea area;
  area.saved = from;
  area.saved_pages = 1;
  area.submission = from + 1;  // the ring
  area.buffers = area.submission + pages_for(kPortRing * sizeof(device::nic::Descriptor));
  area.end = area.buffers + kPortRing;
  return area;
}

}  // namespace

DriverArea area_of(const VmPlan& plan, std::size_t device) {
  DriverArea area;
  for (std::size_t index = 0; index <= device; ++index) {
    area = plan.devices[index].kind == VmDevice::Kind::disk ? disk_area(plan.workload, area.end)
                                                            : port_area(area.end);
  }
  return area;
}

std::uint64_t driver_pages(const VmPlan& plan) {
  return plan.devices.empty() ? 0 : area_of(plan, plan.devices.size() - 1).end;
}

memory::Pfn guest_frame(const Context& context, std::uint32_t vm, std::uint64_t guest_page) {
  const auto pieces = fd::pieces_of_memfd(context.fd, context.user.vms[vm].memfd);
  const auto next = std::upper_bound(
      pieces.begin(), pieces.end(), guest_page,
      [](std::uint64_t page, const fd::MemfdPiece& piece) { return page < piece.index; });
  if (next == pieces.begin()) return {0};
  const fd::MemfdPiece& piece = *(next - 1);
  const std::uint64_t offset = guest_page - piece.index;
  return offset < piece.pages ? piece.first + offset : memory::Pfn{0};
}

void write_guest(Context& context, std::uint32_t vm, std::uint64_t address,
                 std::span<const std::byte> contents) {
  const memory::Pfn frame = guest_frame(context, vm, address / memory::kPageBytes);
  if (frame.value == 0) return;
  memory::write_raw(context.memory, memory::address_of(frame) + address % memory::kPageBytes,
                    contents);
}

void read_guest(const Context& context, std::uint32_t vm, std::uint64_t address,
                std::span<std::byte> into) {
  const memory::Pfn frame = guest_frame(context, vm, address / memory::kPageBytes);
  if (frame.value == 0) return;
  memory::read_raw(context.memory, memory::address_of(frame) + address % memory::kPageBytes, into);
}

memory::Content contents_of_page(const Context& context, std::uint32_t vm,
                                 std::uint64_t guest_page) {
  return context.memory.at(guest_frame(context, vm, guest_page)).content;
}

void fill_guest_page(Context& context, std::uint32_t vm, std::uint64_t guest_page,
                     memory::Content content) {
  const memory::Pfn frame = guest_frame(context, vm, guest_page);
  if (frame.value != 0) context.memory.fill({frame, 1}, content);
}

}  // namespace luosim::userspace
