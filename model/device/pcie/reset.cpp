// SPDX-License-Identifier: Apache-2.0
//
// Resets: how far each kind reaches, what falls back, and when the functions answer again
// (devices.md, C.7). The one who asks for a reset of one device may hit its neighbours.
#include "model/device/context.hpp"
#include "model/device/devices.hpp"
#include "model/device/pcie/fall_back.hpp"
#include "sim/core/assert.hpp"

namespace luosim::device::pcie {

namespace {

using sim::Outcome;

// values[0] is the function.
Outcome answer_again(Context& context) {
  const FunctionId function{static_cast<std::uint32_t>(context.frame().values[0])};
  const sim::Symbol name = context.name_of(function);
  if (context.fault(kResetFault, context.names.text(name))) return sim::finish(0);
  context.devices.pcie[function].is_in_reset = 0;
  context.record(
      {.kind = DeviceRecord::reset_done, .subject = name, .values = {function.index, 0, 0, 0}});
  return sim::finish(0);
}

constexpr sim::Step kResetSteps[] = {{"answer again", sim::step<answer_again>}};
constexpr sim::Program kResetProgram{"pcie.reset", "ends the reset of a function", kResetSteps};

void record_begin(Context& context, FunctionId function, ResetKind kind) {
  context.record({.kind = DeviceRecord::reset_begins,
                  .subject = context.name_of(function),
                  .values = {function.index, static_cast<std::uint64_t>(kind), 0, 0}});
}

// The bridges above, of which any may be the one in question.
bool is_below(const Fabric& fabric, FunctionId function, FunctionId bridge) {
  for (FunctionId at = bridge_above(fabric, function); at != kNoFunction;
       at = bridge_above(fabric, at)) {
    if (at == bridge) return true;
  }
  return false;
}

// Virtual functions are part of the physical one: they are gone when it falls back.
void lose_virtual_functions(Context& context, FunctionId physical) {
  if (context.devices.pcie[physical].vf_count == 0) return;
  context.devices.pcie[physical].vf_count = 0;
  context.record({.kind = DeviceRecord::virtual_functions_enabled,
                  .subject = context.name_of(physical),
                  .values = {physical.index, 0, 0, 0}});
}

}  // namespace

void fall_back(Fabric& fabric, FunctionId function, ResetKind kind) {
  Function& own = fabric[function];
  own.command = 0;
  own.bars = {};
  own.power_state = 0;
  own.msix_enabled = 0;
  own.msix_masked = 0;
  own.vf_count = 0;
  own.ats_enabled = 0;
  own.page_requests_enabled = 0;
  own.transactions_pending = 0;
  const std::size_t entries = std::size_t{own.first_msix_entry} + own.msix_entries;
  sim::require(entries <= fabric.msix.size() && entries <= fabric.pending.size(),
               "every function has its MSI-X table");
  for (std::size_t entry = own.first_msix_entry; entry < entries; ++entry) {
    fabric.msix[entry] = MsixEntry{};
    fabric.pending[entry] = 0;
  }
  if (kind == ResetKind::function_level) return;
  own.primary = 0;
  own.secondary = 0;
  own.subordinate = 0;
  own.window_base = 0;
  own.window_limit = 0;
  own.acs = 0;
  own.ari_forwarding = 0;
}

void stop_device(Context& context, FunctionId function, ResetKind kind) {
  lose_state(context, function, kind);
  drop_own_tasks(context, function);
}

std::vector<FunctionId> scope_of(const Fabric& fabric, FunctionId function, ResetKind kind) {
  std::vector<FunctionId> reached;
  for (std::size_t index = 0; index < fabric.functions.size(); ++index) {
    const FunctionId other{static_cast<std::uint32_t>(index)};
    const bool is_self = other == function && kind != ResetKind::secondary_bus;
    const bool is_part = kind != ResetKind::secondary_bus && fabric[other].physical == function;
    const bool is_underneath =
        kind != ResetKind::function_level && is_below(fabric, other, function);
    if (fabric[other].is_present == 0) continue;
    if (is_self) {
      reached.insert(reached.begin(), other);
    } else if (is_part || is_underneath) {
      reached.push_back(other);
    }
  }
  return reached;
}

void reset(Context& context, FunctionId function, ResetKind kind) {
  const std::vector<FunctionId> reached = scope_of(context.devices.pcie, function, kind);
  for (const FunctionId each : reached) {
    record_begin(context, each, kind);
    stop_device(context, each, kind);
  }
  for (const FunctionId each : reached) {
    Function& own = context.devices.pcie[each];
    if (own.kind == FunctionKind::virtual_function && each != function) {
      vanish(context, each, kind);
      continue;
    }
    lose_virtual_functions(context, each);
    fall_back(context.devices.pcie, each, kind);
    own.is_in_reset = 1;
    context.schedule.spawn(own.name, group_of(each), kResetProgram.id(),
                           {.values = {each.index, 0, 0, 0}},
                           context.timing.of(timing::Cost::device_reset), /*keep_result=*/false);
  }
}

void power_cycle(Context& context) {
  Fabric& fabric = context.devices.pcie;
  for (std::uint32_t index = 0; index < fabric.functions.size(); ++index) {
    const FunctionId each{index};
    if (fabric[each].is_present == 0) continue;
    record_begin(context, each, ResetKind::power);
    stop_device(context, each, ResetKind::power);
    context.schedule.drop_group(group_of(each));
  }
  for (std::uint32_t index = 0; index < fabric.functions.size(); ++index) {
    const FunctionId each{index};
    Function& own = fabric[each];
    if (own.is_present == 0) continue;
    if (own.kind == FunctionKind::virtual_function) {
      vanish(context, each, ResetKind::power);
      continue;
    }
    lose_virtual_functions(context, each);
    fall_back(fabric, each, ResetKind::power);
    own.is_in_reset = 0;
    context.record(
        {.kind = DeviceRecord::reset_done, .subject = own.name, .values = {each.index, 0, 0, 0}});
  }
}

std::span<const sim::Program* const> programs() {
  static constexpr const sim::Program* kPrograms[] = {&kResetProgram};
  return kPrograms;
}

}  // namespace luosim::device::pcie
