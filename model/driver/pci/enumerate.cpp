// SPDX-License-Identifier: Apache-2.0
//
// Finding out at boot which functions there are (devices.md, C.5): bus by bus, one function a step,
// while the devices of before work on. What a boot does to a function that somebody uses is the
// point: MSI-X is switched off, decoding is off while a BAR is measured, bus numbers, ACS, ARI and
// addresses are kept or not.
//
// The frame: local[0] is the bridge whose bus is walked, local[1] the next devfn on it, local[2]
// the bridge below it that was walked last; values[0] flags, values[1] the function at hand,
// values[2] its command as it was, values[3] its BAR as it was or which of its virtual functions
// comes next.
#include <algorithm>
#include <optional>

#include "model/device/pcie/fabric.hpp"
#include "model/driver/knobs.hpp"
#include "model/driver/pci/addresses.hpp"
#include "model/driver/pci/bus_numbers.hpp"
#include "model/driver/pci/fault_sites.hpp"
#include "model/driver/pci/incoming.hpp"
#include "model/driver/pci/isolation.hpp"
#include "model/driver/pci/programs.hpp"
#include "model/driver/record.hpp"
#include "model/driver/state.hpp"
#include "model/kernel/errno.hpp"
#include "model/luo/v2/programs.hpp"

namespace luosim::driver::pci {

namespace {

namespace pcie = device::pcie;
using device::Bdf;
using device::FunctionId;
using device::kNoFunction;
using sim::Outcome;

constexpr std::uint64_t kRenumbers = 1;
constexpr std::uint64_t kMovesAddresses = 2;
constexpr std::uint64_t kEndOfBus = 256;

bool has_flag(Context& context, std::uint64_t flag) {
  return (context.frame().values[0] & flag) != 0;
}

FunctionId walked_bridge(Context& context) {
  return {static_cast<std::uint32_t>(context.frame().local[0])};
}

FunctionId function_at_hand(Context& context) {
  return {static_cast<std::uint32_t>(context.frame().values[1])};
}

sim::Duration configuration(const Context& context) {
  return context.timing.of(timing::Cost::pcie_configuration);
}

Outcome ask_for_the_record(Context& context) {
  const sim::Symbol name = context.names.find(kPciSubsystem);
  if (name == sim::Symbol{}) return sim::end();
  if (const auto fault = context.fault(kIncomingSite)) {
    context.record({.kind = DriverRecord::pci_record_unusable,
                    .values = {0, static_cast<std::uint64_t>(std::int64_t{*fault}), 0, 0}});
    return sim::end();
  }
  return sim::call(luo::v2::kSubsystemData, {.values = {name.index, 0, 0, 0}});
}

Outcome take_the_record(Context& context) {
  if (context.frame().result == 0) take_record_over(context, {context.frame().word});
  return sim::done();
}

void walk_bus_below(Context& context, FunctionId bridge) {
  context.frame().local = {bridge.index, 0, kNoFunction.index};
}

Outcome begin_at_the_root(Context& context) {
  const bool knows_of_any = !context.drivers.pci.handed_over.empty();
  const bool renumbers = !knows_of_any && context.fault(kRenumberSite).has_value();
  const bool moves = context.fault(kMoveBarsSite).has_value();
  context.frame().values = {(renumbers ? kRenumbers : 0) | (moves ? kMovesAddresses : 0), 0, 0, 0};
  walk_bus_below(context, kNoFunction);
  return sim::done();
}

Device& add_device(Context& context, FunctionId function, Bdf bdf) {
  std::vector<Device>& devices = context.drivers.pci.devices;
  const auto place =
      std::lower_bound(devices.begin(), devices.end(), bdf,
                       [](const Device& device, Bdf value) { return device.bdf < value; });
  const bool is_virtual =
      context.devices.pcie[function].kind == pcie::FunctionKind::virtual_function;
  const std::uint16_t incoming = incoming_count(context.drivers.pci, bdf);
  Device& device =
      *devices.insert(place, {.function = function,
                              .bdf = bdf,
                              .incoming = incoming,
                              .was_preserved = incoming != 0 ? std::uint8_t{1} : std::uint8_t{0},
                              .is_virtual = is_virtual ? std::uint8_t{1} : std::uint8_t{0}});
  context.record({.kind = DriverRecord::pci_device_found,
                  .subject = context.name_of(function),
                  .values = {function.index, bdf.value, incoming, device.is_virtual}});
  return device;
}

// Left on, a function nobody listens to yet could interrupt without end (devices.md, C.5).
void switch_interrupts_off(Context& context, const Device& device) {
  const bool is_kept = context.knob(kIrq) == kIrqPreserved && device.incoming != 0;
  if (!is_kept) device::irq::enable_msix(context, device.function, false);
}

// Whether any function could have this number of device and function; so that not all 256 of a bus
// have to be asked.
bool could_be_there(const pcie::Fabric& fabric, std::uint8_t devfn) {
  for (const pcie::Function& function : fabric.functions)
    if (function.devfn == devfn && function.physical == kNoFunction) return true;
  return false;
}

// The first function that answers on a bus, from `devfn` on. Virtual ones are found elsewhere.
std::optional<FunctionId> answers_on(const Context& context, std::uint8_t bus,
                                     std::uint64_t& devfn) {
  const pcie::Fabric& fabric = context.devices.pcie;
  for (; devfn < kEndOfBus; ++devfn) {
    const auto number = static_cast<std::uint8_t>(devfn);
    if (!could_be_there(fabric, number)) continue;
    const Bdf bdf = device::bdf_of(bus, number);
    if (pcie::read_identity(fabric, bdf) == pcie::kNobodyAnswers) continue;
    const std::optional<FunctionId> function = pcie::find(fabric, bdf);
    const bool is_new = function && fabric[*function].physical == kNoFunction &&
                        find(context.drivers.pci, *function) == nullptr;
    if (is_new) return function;
  }
  return std::nullopt;
}

Outcome probe_next(Context& context) {
  const std::uint8_t bus = bus_below(context, walked_bridge(context));
  std::uint64_t& devfn = context.frame().local[1];
  const std::optional<FunctionId> function = answers_on(context, bus, devfn);
  if (!function) return sim::end();
  Device& device =
      add_device(context, *function, device::bdf_of(bus, static_cast<std::uint8_t>(devfn)));
  ++devfn;
  context.frame().values[1] = function->index;
  switch_interrupts_off(context, device);
  if (!is_bridge(context, device)) return sim::done(configuration(context));
  judge_bus_numbers(context, device, has_flag(context, kRenumbers));
  set_up_isolation(context, device);
  return sim::again(configuration(context));
}

// All ones are written and what sticks tells the size: until the next step the function answers
// nowhere.
Outcome begin_to_measure(Context& context) {
  const FunctionId function = function_at_hand(context);
  const pcie::Function& own = context.devices.pcie[function];
  context.frame().values[2] = own.command;
  context.frame().values[3] = own.bars[0];
  pcie::write_command(context, function,
                      static_cast<std::uint16_t>(own.command & ~pcie::kMemoryEnable));
  pcie::write_bar(context, function, 0, ~0ULL);
  return sim::done(configuration(context));
}

Outcome put_the_bar_back(Context& context) {
  const FunctionId function = function_at_hand(context);
  pcie::write_bar(context, function, 0, context.frame().values[3]);
  pcie::write_command(context, function, static_cast<std::uint16_t>(context.frame().values[2]));
  context.frame().values[3] = 0;
  return sim::done(configuration(context));
}

// The virtual functions that a physical one has switched on follow from its registers.
Outcome find_next_virtual_function(Context& context) {
  const FunctionId physical = function_at_hand(context);
  const pcie::Fabric& fabric = context.devices.pcie;
  const std::uint64_t number = context.frame().values[3]++;
  if (number >= fabric[physical].vf_count || number >= fabric.functions.size()) return sim::end();
  const std::uint64_t distance = fabric[physical].vf_offset + number * fabric[physical].vf_stride;
  const Bdf bdf{static_cast<std::uint16_t>(pcie::requester_id(fabric, physical).value + distance)};
  const std::optional<FunctionId> function = pcie::find(fabric, bdf);
  const bool is_its_own = function && fabric[*function].physical == physical;
  if (!is_its_own || find(context.drivers.pci, bdf) != nullptr) return sim::done();
  switch_interrupts_off(context, add_device(context, *function, bdf));
  return sim::done(configuration(context));
}

// Everything on the bus is found: down to the next bridge, or back up.
Outcome go_to_the_next_bus(Context& context) {
  const FunctionId bridge = walked_bridge(context);
  const FunctionId last{static_cast<std::uint32_t>(context.frame().local[2])};
  if (const auto next = next_bridge(context, bridge, last)) {
    context.frame().local[2] = next->index;
    if (!open_bus(context, *next)) return sim::again(configuration(context));
    walk_bus_below(context, *next);
    return sim::done(configuration(context));
  }
  if (bridge == kNoFunction) return sim::end();
  close_bus(context, bridge);
  context.frame().local = {pcie::bridge_above(context.devices.pcie, bridge).index, kEndOfBus,
                           bridge.index};
  return sim::again(configuration(context));
}

// The functions answer again when the reset is over, and a little later they are asked.
Outcome reset_what_is_below(Context& context) {
  const FunctionId bridge = walked_bridge(context);
  if (!context.fault(kResetBridgeSite, context.names.text(context.name_of(bridge))))
    return sim::done();
  pcie::reset(context, bridge, pcie::ResetKind::secondary_bus);
  return sim::done(context.timing.of(timing::Cost::device_reset) + configuration(context));
}

Outcome compare_with_the_record(Context& context) {
  compare_with_what_was_found(context);
  form_groups(context);
  judge_addresses(context, has_flag(context, kMovesAddresses));
  context.frame().local[0] = 0;
  return sim::done();
}

Outcome place_the_next(Context& context) {
  const bool moves = has_flag(context, kMovesAddresses);
  return place_next(context, context.frame().local[0], moves) ? sim::again(configuration(context))
                                                              : sim::end();
}

constexpr std::string_view kBegin = "begin at the root bus";
constexpr std::string_view kProbe = "probe the next function of the bus";
constexpr std::string_view kVirtual = "find its next virtual function";
constexpr std::string_view kGoOn = "go to the next bus";
constexpr std::string_view kCompare = "compare with what was handed over, form IOMMU groups";

constexpr sim::Step kEnumerateSteps[] = {
    {"ask for the record of preserved devices", sim::step<ask_for_the_record>, {.on_end = kBegin}},
    {"take the record over", sim::step<take_the_record>},
    {kBegin, sim::step<begin_at_the_root>},
    {kProbe, sim::step<probe_next>, {.on_end = kGoOn}},
    {"measure its BAR, with decoding off", sim::step<begin_to_measure>},
    {"put its BAR back", sim::step<put_the_bar_back>},
    {kVirtual, sim::step<find_next_virtual_function>, {.then = kVirtual, .on_end = kProbe}},
    {kGoOn, sim::step<go_to_the_next_bus>, {.on_end = kCompare}},
    {"reset what is below the bridge, if told to",
     sim::step<reset_what_is_below>,
     {.then = kProbe}},
    {kCompare, sim::step<compare_with_the_record>},
    {"place the next function without an address", sim::step<place_the_next>},
};

}  // namespace

const sim::Program kEnumerateProgram{
    "pci.enumerate", "finds all PCI functions, preserved ones among them", kEnumerateSteps};

}  // namespace luosim::driver::pci
