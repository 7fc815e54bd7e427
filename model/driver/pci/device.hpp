// SPDX-License-Identifier: Apache-2.0
//
// The kernel's PCI core: which functions it found, which driver each has, and which of them are
// preserved (devices.md, section C). It is a library for drivers: preserving is asked for by the
// driver of a function and counted along the bridges above it. All of it is gone with the kernel;
// the next one learns from the record of eight bytes a device that LUO hands over, and from the
// registers of the hardware.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/device/address.hpp"
#include "model/memory/page.hpp"
#include "sim/core/digest.hpp"

namespace luosim::driver {
struct Context;
}

namespace luosim::driver::pci {

enum class Driver : std::uint8_t { none, port, vfio_pci, nvme, nic };
inline constexpr std::uint64_t kDrivers = 5;
std::string_view word_of(Driver driver);

/// Where the bus numbers of a bridge come from. Without numbers nothing below it is found.
enum class BusNumbers : std::uint8_t { none, kept, fresh };

/// A function that this kernel has found.
struct Device {
  device::FunctionId function{};  ///< how its registers are reached
  device::Bdf bdf{};              ///< under which it was found
  Driver driver = Driver::none;
  std::uint8_t is_frozen = 0;  ///< shutdown has begun: preserve and unpreserve are refused
  std::uint16_t outgoing = 0;  ///< endpoint: 1 if preserved; bridge: preserved endpoints below it
  std::uint16_t incoming = 0;  ///< the same, as the kernel before had it; down to 0 as they finish
  std::uint8_t was_preserved = 0;  ///< its ACS is that of the kernel before
  std::uint8_t is_virtual = 0;
  std::uint16_t group = 0;  ///< IOMMU group: functions that can reach each other past the IOMMU
  std::uint16_t users = 0;  ///< open files of its driver, which keep the driver bound
  BusNumbers numbers = BusNumbers::none;  ///< of a bridge
  std::uint8_t has_address = 0;  ///< its BAR, or the window of a bridge, lies where it can be used
  friend bool operator==(const Device&, const Device&) = default;
};

/// A device of the record that the kernel before left, as bytes there and here.
struct HandedOver {
  std::uint32_t domain = 0;
  device::Bdf bdf{};
  std::uint16_t count = 0;  ///< 0: the slot is empty
  friend bool operator==(const HandedOver&, const HandedOver&) = default;
};
static_assert(sizeof(HandedOver) == 8);

struct State {
  std::vector<Device> devices;          ///< sorted by bdf
  std::vector<HandedOver> handed_over;  ///< sorted by bdf, as found at boot
  memory::PageRange record{};           ///< outgoing, once the subsystem is prepared
  memory::PageRange incoming_record{};
  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const State&, const State&) = default;
};

/// The device of an address, or null. O(log n).
Device* find(State& state, device::Bdf bdf);
const Device* find(const State& state, device::Bdf bdf);
/// The device that a scenario's name of the hardware means in this kernel, or null. O(n).
Device* find(State& state, device::FunctionId function);
const Device* find(const State& state, device::FunctionId function);

/// Whether the function is, to the hardware, a bridge.
bool is_bridge(const Context& context, const Device& device);

/// Counts an endpoint and, unless pci_v1, the bridges above it as preserved (C.4). -ENOENT for no
/// such device, -EINVAL for a bridge, a virtual function before vfio_phase5 or once frozen, -EBUSY
/// if it is preserved already, -ENOMEM. What a failed call had counted is uncounted.
std::int64_t preserve(Context& context, device::Bdf bdf);
/// The inverse. -ENOENT for no such device, -EINVAL once frozen or if it is not preserved.
std::int64_t unpreserve(Context& context, device::Bdf bdf);
/// The driver of an incoming endpoint has taken it over, or given it up: it and its bridges are
/// counted down. -EINVAL if it is not incoming.
std::int64_t finish(Context& context, device::Bdf bdf);

/// What a driver does before it uses a function: the function decodes its addresses, and the
/// bridges above it forward in both directions. Its own bus mastering stays as it is.
void enable(Context& context, device::FunctionId function);
/// Lets a function send requests, or not.
void set_bus_master(Context& context, device::FunctionId function, bool may_send);

}  // namespace luosim::driver::pci
