// SPDX-License-Identifier: Apache-2.0
//
// Functions that come and go: cards that somebody pulls out or puts in, and the virtual functions
// of a physical one. The place stays what it is; `link_epoch` and `serial` tell who sits there.
#include "model/device/context.hpp"
#include "model/device/devices.hpp"
#include "model/device/pcie/fall_back.hpp"

namespace luosim::device::pcie {

namespace {

constexpr std::int64_t kEINVAL = 22;  // the kernel's numbers are of a layer above

void record_presence(Context& context, FunctionId function) {
  const Function& own = context.devices.pcie[function];
  context.record({.kind = DeviceRecord::presence_changed,
                  .subject = own.name,
                  .values = {function.index, own.is_present, 0, 0}});
}

std::vector<FunctionId> virtual_functions_of(const Fabric& fabric, FunctionId physical) {
  std::vector<FunctionId> found;
  for (std::uint32_t index = 0; index < fabric.functions.size(); ++index) {
    if (fabric.functions[index].physical == physical) found.push_back({index});
  }
  return found;
}

}  // namespace

void vanish(Context& context, FunctionId function, ResetKind kind) {
  stop_device(context, function, kind);
  fall_back(context.devices.pcie, function, ResetKind::power);
  Function& own = context.devices.pcie[function];
  own.is_present = 0;
  own.is_in_reset = 0;
  ++own.link_epoch;
  record_presence(context, function);
}

void appear(Context& context, FunctionId function) {
  fall_back(context.devices.pcie, function, ResetKind::power);
  Function& own = context.devices.pcie[function];
  own.is_present = 1;
  own.is_in_reset = 0;
  record_presence(context, function);
}

std::int64_t enable_virtual_functions(Context& context, FunctionId physical, std::uint16_t count) {
  Fabric& fabric = context.devices.pcie;
  Function& own = fabric[physical];
  const std::vector<FunctionId> all = virtual_functions_of(fabric, physical);
  if (own.is_present == 0 || own.is_in_reset != 0) return -kEINVAL;
  if (count > own.vf_total || count > all.size()) return -kEINVAL;
  if (count == own.vf_count) return 0;
  if (count != 0 && own.vf_count != 0) return -kEINVAL;
  own.vf_count = count;
  context.record({.kind = DeviceRecord::virtual_functions_enabled,
                  .subject = own.name,
                  .values = {physical.index, count, 0, 0}});
  for (std::size_t number = 0; number < all.size(); ++number) {
    const bool is_there = fabric[all[number]].is_present != 0;
    if (number < count && !is_there) appear(context, all[number]);
    if (number >= count && is_there) vanish(context, all[number], ResetKind::function_level);
  }
  return 0;
}

void remove(Context& context, FunctionId function) {
  if (context.devices.pcie[function].kind == FunctionKind::virtual_function) return;
  for (const FunctionId each : scope_of(context.devices.pcie, function, ResetKind::power))
    vanish(context, each, ResetKind::power);
}

void insert(Context& context, FunctionId function, std::uint32_t serial) {
  Fabric& fabric = context.devices.pcie;
  if (fabric[function].kind == FunctionKind::virtual_function) return;
  const FunctionId above = bridge_above(fabric, function);
  const bool has_place = above == kNoFunction || fabric[above].is_present != 0;
  if (!has_place || fabric[function].is_present != 0) return;
  if (fabric[function].serial != serial) {
    become_another(context, function);
    for (const FunctionId each : virtual_functions_of(fabric, function))
      become_another(context, each);
  }
  fabric[function].serial = serial;
  appear(context, function);
}

}  // namespace luosim::device::pcie
