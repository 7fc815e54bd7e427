// SPDX-License-Identifier: Apache-2.0
//
// A guest's memory as the guest sees it, by guest-physical addresses, and what its drivers have put
// where. Devices use the same addresses: the VMM maps guest memory at IOVA 0.
#pragma once

#include <cstdint>
#include <span>

#include "model/userspace/cast.hpp"

namespace luosim::userspace {

inline constexpr std::uint32_t kPortRing = 1024;  ///< descriptors of a guest's network port

/// The area of one of a VM's devices. The areas of all begin at page 0, one behind the other.
DriverArea area_of(const VmPlan& plan, std::size_t device);
/// Pages that drivers have; the rest of its memory is the guest's to write to.
std::uint64_t driver_pages(const VmPlan& plan);

constexpr std::uint64_t address_of_page(std::uint64_t guest_page) {
  return guest_page * memory::kPageBytes;
}

/// The frame of a guest page; frame 0, which is nobody's, for one that has no memory.
memory::Pfn guest_frame(const Context& context, std::uint32_t vm, std::uint64_t guest_page);

/// The guest's own accesses. They do not cross the end of a page.
void write_guest(Context& context, std::uint32_t vm, std::uint64_t address,
                 std::span<const std::byte> contents);
void read_guest(const Context& context, std::uint32_t vm, std::uint64_t address,
                std::span<std::byte> into);

template <class T>
void write_guest_value(Context& context, std::uint32_t vm, std::uint64_t address, const T& value) {
  write_guest(context, vm, address, std::as_bytes(std::span(&value, 1)));
}
template <class T>
T read_guest_value(const Context& context, std::uint32_t vm, std::uint64_t address) {
  T value{};
  read_guest(context, vm, address, std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

/// What a guest's page contains as a version.
memory::Content contents_of_page(const Context& context, std::uint32_t vm,
                                 std::uint64_t guest_page);
void fill_guest_page(Context& context, std::uint32_t vm, std::uint64_t guest_page,
                     memory::Content content);

}  // namespace luosim::userspace
