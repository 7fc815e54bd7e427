// SPDX-License-Identifier: Apache-2.0
//
// The IOMMU before a jump (devices.md, D.5). With something to hand over, translation stays on, and
// only what is preserved stays reachable through it: a device that is not and that goes on
// nevertheless gets faults, which is what is meant to stop it. With nothing, it is switched off.
#include "model/device/iommu/table_format.hpp"
#include "model/driver/iommu/context_table.hpp"
#include "model/driver/iommu/parts.hpp"
#include "model/driver/iommu/programs.hpp"
#include "model/driver/iommu/record.hpp"
#include "model/driver/irq/hand_over.hpp"
#include "model/driver/knobs.hpp"

namespace luosim::driver::iommu {

namespace {

using sim::Outcome;

constexpr std::uint32_t kFunctionsOfBus = 256;

Outcome look_for_something_to_hand_over(Context& context) {
  const State& state = context.drivers.iommu;
  if (state.record.count > 0) return sim::done();
  for (const Attachment& attachment : state.attachments)
    if (is_outgoing(state, attachment)) return sim::done();
  return sim::end();
}

bool is_to_be_cleared(Context& context, device::Bdf bdf, bool is_preserved) {
  const sim::FaultSite& site = is_preserved ? kClearsPreservedSite : kLeavesContextSite;
  const bool mistake = context.fault(site, context.names.text(name_of(context, bdf))).has_value();
  return is_preserved == mistake;
}

// The tables themselves are asked, and not who is attached: an entry of somebody forgotten counts.
Outcome clear_contexts_of_the_others(Context& context) {
  const State& state = context.drivers.iommu;
  for (const ContextTable& table : state.contexts) {
    for (std::uint32_t devfn = 0; devfn < kFunctionsOfBus; ++devfn) {
      const device::Bdf bdf =
          device::bdf_of(static_cast<std::uint8_t>(table.bus), static_cast<std::uint8_t>(devfn));
      if ((read_context(context, bdf).low & device::iommu::kPresent) == 0) continue;
      const bool is_preserved = is_outgoing(state, bdf);
      if (!is_to_be_cleared(context, bdf, is_preserved)) continue;
      write_context(context, bdf, {});
      context.record({.kind = IommuRecord::context_cleared,
                      .subject = name_of(context, bdf),
                      .values = {bdf.value, is_preserved ? 1ULL : 0ULL, 0, 0}});
    }
  }
  return sim::done();
}

// Their pages are anybody's after the jump.
Outcome forget_tables_that_are_not_preserved(Context& context) {
  for (const ContextTable& table : context.drivers.iommu.contexts)
    if (table.is_preserved == 0) clear_root_entry(context, table.bus);
  return sim::done();
}

// The queue of page requests belongs to the kernel that is about to end.
Outcome stop_page_requests(Context& context) {
  const State& state = context.drivers.iommu;
  for (const Attachment& attachment : state.attachments) {
    if (!is_outgoing(state, attachment)) continue;
    const pci::Device* device = pci::find(context.drivers.pci, attachment.bdf);
    if (device != nullptr) context.devices.pcie[device->function].page_requests_enabled = 0;
  }
  return sim::done();
}

Outcome invalidate_everything(Context& context) {
  device::iommu::invalidate(context.devices.iommu);
  return sim::done(context.timing.of(timing::Cost::iommu_invalidate));
}

Outcome switch_translation_off(Context& context) {
  if (context.devices.iommu.translates != 0) device::iommu::switch_translation(context, false);
  device::iommu::invalidate(context.devices.iommu);
  return sim::done(context.timing.of(timing::Cost::pcie_configuration));
}

// Without a record nobody would know of the table, whatever the knob says.
Outcome keep_remapping_for_the_preserved(Context& context) {
  if (context.drivers.iommu.record.count == 0) return sim::end();
  irq::clear_what_is_not_handed_over(context);
  return sim::done();
}

Outcome switch_remapping_off(Context& context) {
  context.devices.iommu.remaps_interrupts = 0;
  return sim::done();
}

constexpr std::string_view kKeepRemapping = "keep remapping on for what is preserved";
constexpr std::string_view kSwitchOff = "switch translation off";
constexpr std::string_view kRemappingOff = "switch interrupt remapping off";

constexpr sim::Step kSteps[] = {
    {"look for something to hand over",
     sim::step<look_for_something_to_hand_over>,
     {.on_end = kSwitchOff}},
    {"clear the contexts of devices that are not preserved",
     sim::step<clear_contexts_of_the_others>},
    {"forget context tables that are not preserved",
     sim::step<forget_tables_that_are_not_preserved>},
    {"stop page requests", sim::step<stop_page_requests>},
    {"invalidate everything", sim::step<invalidate_everything>, {.then = kKeepRemapping}},
    {kSwitchOff, sim::step<switch_translation_off>, {.then = kRemappingOff}},
    {kKeepRemapping,
     sim::step<keep_remapping_for_the_preserved>,
     {.then = sim::kReturn, .on_end = kRemappingOff},
     sim::only_if(kIrq, kIrqPreserved)},
    {kRemappingOff, sim::step<switch_remapping_off>},
};

}  // namespace

const sim::Program kShutDownProgram{
    "iommu.shutdown", "clears what is not preserved and leaves translation on, or switches it off",
    kSteps};

}  // namespace luosim::driver::iommu
