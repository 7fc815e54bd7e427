// SPDX-License-Identifier: Apache-2.0
#include "model/driver/pci/addresses.hpp"

#include <algorithm>

#include "model/device/pcie/fabric.hpp"
#include "model/driver/pci/hierarchy.hpp"
#include "model/driver/record.hpp"

namespace luosim::driver::pci {

namespace {

namespace pcie = device::pcie;
using device::FunctionId;
using device::kNoFunction;

struct Range {
  std::uint64_t base = 0;
  std::uint64_t bytes = 0;

  std::uint64_t end() const { return base + bytes; }
  bool overlaps(Range other) const { return base < other.end() && other.base < end(); }
  bool contains(Range other) const {
    return base <= other.base && other.bytes <= bytes && other.base - base <= bytes - other.bytes;
  }
};

// From 3 GiB to below the interrupt controllers. One that moves everything begins higher up.
constexpr std::uint64_t kArenaBase = 0xC000'0000;
constexpr std::uint64_t kMovedArenaBase = 0xD000'0000;
constexpr std::uint64_t kArenaEnd = 0xFEC0'0000;
// Windows are made of megabytes; a port that has nothing below has one all the same, for what is
// plugged in later.
constexpr std::uint64_t kWindowUnit = 1ULL << 20;

std::uint64_t rounded_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

bool is_bridge_function(const Context& context, FunctionId function) {
  return pcie::is_bridge(context.devices.pcie[function].kind);
}

std::uint64_t alignment_of(const Context& context, FunctionId function) {
  return is_bridge_function(context, function) ? kWindowUnit : pcie::kBarBytes;
}

// Virtual functions answer where their physical one says: they have no address to give.
bool takes_an_address(const Context& context, FunctionId function) {
  return context.devices.pcie[function].kind != pcie::FunctionKind::virtual_function;
}

// The addresses that a function has now; a limit or a BAR that is 0 gives none.
Range range_of(const Context& context, FunctionId function) {
  const pcie::Function& own = context.devices.pcie[function];
  if (!pcie::is_bridge(own.kind)) return {own.bars[0], own.bars[0] == 0 ? 0 : pcie::kBarBytes};
  const bool has_window = own.window_limit != 0 && own.window_base <= own.window_limit;
  return {own.window_base, has_window ? own.window_limit - own.window_base + 1 : 0};
}

// What lies below a bridge, or below the root, has to be in here.
Range room_below(const Context& context, FunctionId bridge, bool moves) {
  if (bridge != kNoFunction) return range_of(context, bridge);
  const std::uint64_t base = moves ? kMovedArenaBase : kArenaBase;
  return {base, kArenaEnd - base};
}

bool has_room_below(const Context& context, FunctionId bridge) {
  return bridge == kNoFunction || find(context.drivers.pci, bridge)->has_address != 0;
}

std::vector<Range> taken_below(const Context& context, FunctionId bridge) {
  std::vector<Range> taken;
  for (const FunctionId function : found_below(context, bridge)) {
    if (takes_an_address(context, function) &&
        find(context.drivers.pci, function)->has_address != 0)
      taken.push_back(range_of(context, function));
  }
  return taken;
}

bool overlaps_any(const std::vector<Range>& taken, Range range) {
  return std::any_of(taken.begin(), taken.end(),
                     [range](Range other) { return other.overlaps(range); });
}

bool can_keep(const Context& context, FunctionId function) {
  const FunctionId above = pcie::bridge_above(context.devices.pcie, function);
  if (!has_room_below(context, above)) return false;
  const Range range = range_of(context, function);
  const std::uint64_t alignment = alignment_of(context, function);
  return range.bytes != 0 && range.base % alignment == 0 && range.bytes % alignment == 0 &&
         room_below(context, above, false).contains(range) &&
         !overlaps_any(taken_below(context, above), range);
}

// What a function and all below it need. As deep as bus numbers go, so at most 255 calls deep.
std::uint64_t needed_bytes(const Context& context, FunctionId function) {
  if (!is_bridge_function(context, function)) return pcie::kBarBytes;
  std::uint64_t needed = 0;
  for (const FunctionId below : found_below(context, function))
    if (takes_an_address(context, below)) needed += needed_bytes(context, below);
  return std::max(kWindowUnit, rounded_up(needed, kWindowUnit));
}

// The lowest free place; 0 if there is none.
std::uint64_t free_place(const Context& context, FunctionId function, std::uint64_t bytes,
                         bool moves) {
  const FunctionId above = pcie::bridge_above(context.devices.pcie, function);
  if (!has_room_below(context, above)) return 0;
  const Range room = room_below(context, above, moves);
  const std::uint64_t alignment = alignment_of(context, function);
  std::vector<Range> taken = taken_below(context, above);
  std::sort(taken.begin(), taken.end(),
            [](Range left, Range right) { return left.base < right.base; });
  Range place{rounded_up(room.base, alignment), bytes};
  for (const Range& other : taken)
    if (other.overlaps(place)) place.base = rounded_up(other.end(), alignment);
  return room.contains(place) ? place.base : 0;
}

void place(Context& context, FunctionId function, bool moves) {
  const std::uint64_t bytes = needed_bytes(context, function);
  const std::uint64_t base = free_place(context, function, bytes, moves);
  if (base == 0) {
    context.record({.kind = DriverRecord::pci_no_address,
                    .subject = context.name_of(function),
                    .values = {function.index, bytes, 0, 0}});
  }
  if (is_bridge_function(context, function)) {
    pcie::write_window(context, function, base, base == 0 ? 0 : base + bytes - 1);
  } else {
    pcie::write_bar(context, function, 0, base);
  }
  find(context.drivers.pci, function)->has_address = base == 0 ? 0 : 1;
}

}  // namespace

void judge_addresses(Context& context, bool moves) {
  if (moves) return;
  for (const FunctionId function : walk_down(context)) {
    if (takes_an_address(context, function) && can_keep(context, function))
      find(context.drivers.pci, function)->has_address = 1;
  }
}

bool place_next(Context& context, std::uint64_t& next, bool moves) {
  const std::vector<FunctionId> order = walk_down(context);
  for (; next < order.size(); ++next) {
    const FunctionId function = order[next];
    if (!takes_an_address(context, function)) continue;
    if (find(context.drivers.pci, function)->has_address != 0) continue;
    place(context, function, moves);
    ++next;
    return true;
  }
  return false;
}

}  // namespace luosim::driver::pci
