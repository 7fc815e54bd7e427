// SPDX-License-Identifier: Apache-2.0
//
// A PCIe function: the part of its configuration space that decides whether its requests reach
// memory, under which number, and whether it can interrupt (devices.md, C.7). Bridges are functions
// too. Nothing here knows of a kernel: registers keep what was last written to them over a kexec.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/device/address.hpp"
#include "sim/core/digest.hpp"
#include "sim/core/name.hpp"
#include "sim/core/time.hpp"

namespace luosim::device::pcie {

enum class FunctionKind : std::uint8_t {
  root_port,
  switch_upstream,
  switch_downstream,
  endpoint,
  virtual_function,
};
constexpr bool is_bridge(FunctionKind kind) {
  return kind <= FunctionKind::switch_downstream;
}

/// Bits of the command register.
inline constexpr std::uint16_t kMemoryEnable = 1U << 1;
inline constexpr std::uint16_t kBusMaster = 1U << 2;
inline constexpr std::uint16_t kIntxDisable = 1U << 10;

/// Bits of the ACS control register of a port.
inline constexpr std::uint16_t kAcsSourceValidation = 1U << 0;
inline constexpr std::uint16_t kAcsRequestRedirect = 1U << 2;
inline constexpr std::uint16_t kAcsUpstreamForwarding = 1U << 4;

/// What a function that has no MSI-X enabled does with an event (devices.md, E.2).
enum class WhileDisabled : std::uint8_t { drop, latch };

/// An entry of the MSI-X table, 16 bytes.
struct MsixEntry {
  std::uint64_t address = 0;
  std::uint32_t data = 0;
  std::uint32_t control = 1;  ///< bit 0: masked, as after a reset
  friend bool operator==(const MsixEntry&, const MsixEntry&) = default;
};

inline constexpr std::uint32_t kBars = 6;
/// Every BAR that is not 0 decodes this much: the registers and doorbells of a device. The low bits
/// of what is written to one do not stick, which is how software measures it.
inline constexpr std::uint64_t kBarBytes = 1ULL << 14;

/// The registers of one function. All are what hardware has; what a kernel thinks of it is the
/// kernel's.
struct Function {
  sim::Symbol name{};                ///< of the scenario
  std::uint32_t serial = 0;          ///< of the piece of hardware: another card has another
  std::uint32_t identity = 0;        ///< vendor << 16 | device
  FunctionId parent{0xFFFF'FFFF};    ///< bridge above; kNoFunction: on the root bus
  FunctionId physical{0xFFFF'FFFF};  ///< of a virtual function: the physical one
  std::uint8_t devfn = 0;
  FunctionKind kind = FunctionKind::endpoint;
  std::uint8_t primary = 0;  ///< bus numbers of a bridge, as last written
  std::uint8_t secondary = 0;
  std::uint8_t subordinate = 0;
  std::uint8_t power_state = 0;  ///< 0: D0, 3: D3hot
  std::uint8_t is_present = 1;   ///< 0: pulled out, or the link is down
  std::uint8_t is_in_reset = 0;  ///< 1: between the begin and the end of a reset
  std::uint16_t command = 0;
  std::uint16_t acs = 0;            ///< of a port
  std::uint8_t ari_forwarding = 0;  ///< of a port: devices below have up to 256 functions
  std::uint8_t msix_enabled = 0;
  std::uint8_t msix_masked = 0;  ///< the whole function
  WhileDisabled while_disabled = WhileDisabled::drop;
  std::uint32_t link_epoch = 0;  ///< counts removals
  std::uint16_t vf_count = 0;    ///< NumVFs, once enabled
  std::uint16_t vf_total = 0;    ///< of a physical function that can have some
  std::uint8_t ats_enabled = 0;
  std::uint8_t page_requests_enabled = 0;
  std::uint16_t vf_offset = 0;  ///< routing id of VF n is that of the PF + offset + n*stride
  std::uint16_t vf_stride = 0;
  std::uint16_t msix_entries = 0;
  std::uint32_t first_msix_entry = 0;  ///< in Fabric::msix
  std::uint32_t transactions_pending = 0;
  std::uint8_t forgets_in_d3 = 0;  ///< 1: back from D3hot it is as after a reset
  std::array<std::uint8_t, 3> reserved{};
  std::array<std::uint64_t, kBars> bars{};
  std::uint64_t window_base = 0;   ///< memory window of a bridge
  std::uint64_t window_limit = 0;  ///< its last byte; 0: no window

  friend bool operator==(const Function&, const Function&) = default;
};

/// All functions of the machine, bridges before what is below them.
struct Fabric {
  std::vector<Function> functions;
  std::vector<MsixEntry> msix;        ///< tables of all functions, one after the other
  std::vector<std::uint8_t> pending;  ///< as msix: 1 if the event waits for the vector

  const Function& operator[](FunctionId id) const { return functions[id.index]; }
  Function& operator[](FunctionId id) { return functions[id.index]; }
  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const Fabric&, const Fabric&) = default;
};

}  // namespace luosim::device::pcie
