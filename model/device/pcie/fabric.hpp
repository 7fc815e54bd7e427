// SPDX-License-Identifier: Apache-2.0
//
// What can be done to PCIe functions from the outside: reading and writing their registers, routing
// by bus number, resets and their scope, virtual functions, removal. Requester ids and routes are
// what the bus numbers in the bridges make them (devices.md, C.5 to C.7).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/device/address.hpp"
#include "model/device/dma.hpp"
#include "model/device/pcie/function.hpp"
#include "sim/core/program.hpp"
#include "sim/fault/fault.hpp"

namespace luosim::device::pcie {

/// The function that answers at `address`, as bridges route configuration requests: on the root bus
/// by its devfn, else below the bridge whose secondary bus number it is. Nothing for one that is
/// not present, and none above function 7 of a device unless the port forwards ARI. Numbers that
/// make no sense are routed like any others: the first bridge that claims a bus has it.
/// O(functions).
std::optional<FunctionId> find(const Fabric& fabric, Bdf address);

/// What a kernel that enumerates reads at an address: vendor << 16 | device, or all ones if nothing
/// answers there, be it absent, in reset or not routed to.
std::uint32_t read_identity(const Fabric& fabric, Bdf address);
inline constexpr std::uint32_t kNobodyAnswers = 0xFFFF'FFFF;

/// The requester id of a function: the secondary bus number of the bridge above it (0 on the root
/// bus) and its devfn; of a virtual function, counted from its physical one. O(1), O(functions) of
/// a virtual one.
Bdf requester_id(const Fabric& fabric, FunctionId function);

/// The bridge directly above, or kNoFunction; a virtual function is where its physical one is.
FunctionId bridge_above(const Fabric& fabric, FunctionId function);

/// The bridges above a function, nearest first.
std::vector<FunctionId> path_of(const Fabric& fabric, FunctionId function);

/// Whether a request of the function reaches the root complex: it is up, may send, and every bridge
/// above forwards for its bus number. O(depth).
DmaResult admit(const Fabric& fabric, FunctionId function);

/// The address hits the memory window of another port below the same switch or root complex, and no
/// ACS of the ports on the way redirects it upstream: peer-to-peer, past the IOMMU. The function
/// whose BAR it hits, if any; whether it answers is for decodes_memory() to say.
std::optional<FunctionId> peer_at(const Fabric& fabric, FunctionId function, std::uint64_t address);
/// The port by which such a request leaves sideways. It goes there even if nobody answers below,
/// and then it is lost: it never reaches the IOMMU.
std::optional<FunctionId> peer_port(const Fabric& fabric, FunctionId function,
                                    std::uint64_t address);

/// Whether the function is present, not in reset and in D0.
bool is_up(const Function& function);
/// Whether it answers at the addresses in its BARs, or a bridge at those of its window. A virtual
/// function does from the moment that it is enabled: it has no bit of its own.
bool decodes_memory(const Function& function);

// Registers. Each write leaves a record if it changes something. What a function that is absent or
// in reset is told is lost, and so is what is written to a register that its kind does not have.
void write_command(Context& context, FunctionId function, std::uint16_t command);
void write_bus_numbers(Context& context, FunctionId bridge, std::uint8_t primary,
                       std::uint8_t secondary, std::uint8_t subordinate);
void write_acs(Context& context, FunctionId port, std::uint16_t acs);
void write_ari_forwarding(Context& context, FunctionId port, bool forwards);
void write_window(Context& context, FunctionId bridge, std::uint64_t base, std::uint64_t limit);
void write_bar(Context& context, FunctionId function, std::uint32_t bar, std::uint64_t address);
/// 0 is D0, 3 is D3hot; functions have no other states. From D3hot to D0 a function that forgets in
/// D3 goes through a function level reset.
void write_power_state(Context& context, FunctionId function, std::uint8_t state);

/// How far a reset reaches.
enum class ResetKind : std::uint8_t {
  function_level,  ///< one function; a physical one takes its virtual ones along
  secondary_bus,   ///< everything below a bridge, which itself stays as it is
  power,           ///< the function and everything below it were off
};

/// Begins a reset: the devices behind the functions lose their state (model/device/devices.hpp),
/// their own tasks are dropped and with them the requests under way, configuration registers
/// fall back (devices.md, C.7: command, BARs, MSI-X with what was pending, power state, ATS), and
/// the functions answer nothing until Cost::device_reset later. Virtual functions whose physical
/// one is reset are gone. Bridges lose bus numbers, window, ACS and ARI too, except by
/// function_level. A reset during a reset begins it anew. Not to be called by a task of a function
/// that it reaches.
void reset(Context& context, FunctionId function, ResetKind kind);
/// The functions that such a reset reaches: those that are present, in the order of the hardware,
/// and the function itself first unless only what is below it is reset.
std::vector<FunctionId> scope_of(const Fabric& fabric, FunctionId function, ResetKind kind);

/// All functions as after power came back and their resets are over; none of their tasks is left.
/// What was pulled out stays out.
void power_cycle(Context& context);

/// Enables the first `count` virtual functions of a physical one, or none. -EINVAL if it has not so
/// many, or if another number is enabled: it must be none in between.
std::int64_t enable_virtual_functions(Context& context, FunctionId physical, std::uint16_t count);

/// Pulls a function out with everything below it and its virtual functions; or puts one in, as it
/// comes from its power being switched on: another piece of hardware if `serial` is not its own.
/// What was below it is put in by itself. Virtual functions come and go with their physical one
/// only. The bridge above must be there.
void remove(Context& context, FunctionId function);
void insert(Context& context, FunctionId function, std::uint32_t serial);

/// The end of a reset does not come: only another reset may bring the function back.
inline constexpr sim::FaultSite kResetFault{
    "device.reset", "a function does not come back from its reset; :instance is the function", -5};

std::span<const sim::Program* const> programs();

}  // namespace luosim::device::pcie
