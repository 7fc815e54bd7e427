// SPDX-License-Identifier: Apache-2.0
//
// Writes to configuration space. Hardware takes what it is told, sense or nonsense; it only loses
// what nobody is there to take, and what there is no register for.
#include "model/device/context.hpp"
#include "model/device/pcie/fabric.hpp"

namespace luosim::device::pcie {

namespace {

bool takes_writes(const Context& context, FunctionId function) {
  const Function& own = context.devices.pcie[function];
  return own.is_present != 0 && own.is_in_reset == 0;
}

bool is_bridge_that_takes_writes(const Context& context, FunctionId function) {
  return is_bridge(context.devices.pcie[function].kind) && takes_writes(context, function);
}

// Stores a value in a register and writes the record {function, old, new} if it is another.
template <class Register>
void store(Context& context, FunctionId function, sim::RecordKind kind, Register& into,
           Register value) {
  if (into == value) return;
  const Register old = into;
  into = value;
  context.record({.kind = kind,
                  .subject = context.name_of(function),
                  .values = {function.index, old, value, 0}});
}

}  // namespace

void write_command(Context& context, FunctionId function, std::uint16_t command) {
  if (!takes_writes(context, function)) return;
  store(context, function, DeviceRecord::command_written, context.devices.pcie[function].command,
        command);
}

void write_bus_numbers(Context& context, FunctionId bridge, std::uint8_t primary,
                       std::uint8_t secondary, std::uint8_t subordinate) {
  if (!is_bridge_that_takes_writes(context, bridge)) return;
  Function& own = context.devices.pcie[bridge];
  if (own.primary == primary && own.secondary == secondary && own.subordinate == subordinate)
    return;
  own.primary = primary;
  own.secondary = secondary;
  own.subordinate = subordinate;
  const std::uint64_t numbers =
      std::uint64_t{primary} | std::uint64_t{secondary} << 8 | std::uint64_t{subordinate} << 16;
  context.record({.kind = DeviceRecord::bus_numbers_written,
                  .subject = own.name,
                  .values = {bridge.index, numbers, 0, 0}});
}

void write_acs(Context& context, FunctionId port, std::uint16_t acs) {
  if (!is_bridge_that_takes_writes(context, port)) return;
  store(context, port, DeviceRecord::acs_written, context.devices.pcie[port].acs, acs);
}

void write_ari_forwarding(Context& context, FunctionId port, bool forwards) {
  if (!is_bridge_that_takes_writes(context, port)) return;
  Function& own = context.devices.pcie[port];
  if ((own.ari_forwarding != 0) == forwards) return;
  own.ari_forwarding = forwards ? 1 : 0;
  context.record({.kind = DeviceRecord::ari_forwarding_written,
                  .subject = own.name,
                  .values = {port.index, own.ari_forwarding, 0, 0}});
}

void write_window(Context& context, FunctionId bridge, std::uint64_t base, std::uint64_t limit) {
  if (!is_bridge_that_takes_writes(context, bridge)) return;
  Function& own = context.devices.pcie[bridge];
  if (own.window_base == base && own.window_limit == limit) return;
  own.window_base = base;
  own.window_limit = limit;
  context.record({.kind = DeviceRecord::window_written,
                  .subject = own.name,
                  .values = {bridge.index, base, limit, 0}});
}

void write_bar(Context& context, FunctionId function, std::uint32_t bar, std::uint64_t address) {
  if (bar >= kBars || !takes_writes(context, function)) return;
  std::uint64_t& own = context.devices.pcie[function].bars[bar];
  const std::uint64_t old = own;
  const std::uint64_t sticks = address & ~(kBarBytes - 1);
  if (old == sticks) return;
  own = sticks;
  context.record({.kind = DeviceRecord::bar_written,
                  .subject = context.name_of(function),
                  .values = {function.index, bar, old, sticks}});
}

void write_power_state(Context& context, FunctionId function, std::uint8_t state) {
  const bool is_supported = state == 0 || state == 3;
  if (!is_supported || !takes_writes(context, function)) return;
  Function& own = context.devices.pcie[function];
  const bool forgets = own.power_state == 3 && state == 0 && own.forgets_in_d3 != 0;
  store(context, function, DeviceRecord::power_state_written, own.power_state, state);
  if (forgets) reset(context, function, ResetKind::function_level);
}

void Fabric::add_to(sim::Hasher& hasher) const {
  hasher.add_sequence(functions);
  hasher.add_sequence(msix);
  hasher.add_sequence(pending);
}

}  // namespace luosim::device::pcie
