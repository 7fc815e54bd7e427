// SPDX-License-Identifier: Apache-2.0
//
// Interrupts at boot, and the first instructions of one. With irq_preserved and a record the kernel
// goes on with the table that the hardware uses; else remapping that is still on is switched off
// and begins anew with an empty table (devices.md, E.3).
#include <algorithm>

#include "model/device/irq/message.hpp"
#include "model/driver/iommu/programs.hpp"
#include "model/driver/irq/arrival.hpp"
#include "model/driver/irq/hand_over.hpp"
#include "model/driver/irq/programs.hpp"
#include "model/driver/irq/record.hpp"
#include "model/driver/irq/table.hpp"
#include "model/driver/knobs.hpp"

namespace luosim::driver::irq {

namespace {

using sim::Outcome;

// frame.local[0] is how many entries the table of this kernel has.
Outcome decide_its_size(Context& context) {
  constexpr std::int32_t kOwn = kVectors;
  const std::int32_t wanted = context.fault(kOtherTableSizeSite).value_or(kOwn);
  constexpr std::int32_t kLeast = kFirstVector + 1;
  context.frame().local[0] = static_cast<std::uint64_t>(std::clamp(wanted, kLeast, kOwn));
  return sim::done();
}

// A table of another size is no use: its entries are numbered for that one (devices.md, E.3).
Outcome take_the_table_over(Context& context) {
  const auto contents = iommu::incoming_hand_over(context);
  if (!contents || contents->remapping_table.value == 0) return sim::done();
  if (contents->remapping_entries == context.frame().local[0]) {
    if (!take_over(context, *contents)) return kernel::panic(context, iommu::kPagesMissing);
    return sim::end();
  }
  context.devices.iommu.remaps_interrupts = 0;
  if (!give_back(context, *contents)) return kernel::panic(context, iommu::kPagesMissing);
  return sim::done();
}

Outcome make_an_empty_table(Context& context) {
  context.devices.iommu.remaps_interrupts = 0;
  static_assert(kVectors * device::irq::kRemappingEntryBytes == kTablePages * memory::kPageBytes);
  const std::uint64_t count =
      memory::pages_for(context.frame().local[0] * device::irq::kRemappingEntryBytes);
  const auto pages = kernel::allocate_pages(context, count, count, kTableOwner);
  if (!pages) return sim::end();
  context.drivers.irq.table = *pages;
  return sim::done(context.timing.of(timing::Cost::pcie_configuration));
}

Outcome switch_remapping_on(Context& context) {
  device::iommu::Unit& unit = context.devices.iommu;
  unit.remapping_table = memory::address_of(context.drivers.irq.table.first);
  unit.remapping_entries = entries_of(context.drivers.irq.table);
  unit.remaps_interrupts = 1;
  context.record({.kind = IrqRecord::table_set,
                  .values = {unit.remapping_table.value, unit.remapping_entries,
                             context.drivers.irq.vectors.size(), 0}});
  return sim::done();
}

Outcome listen(Context& context) {
  context.devices.processors.listens = 1;
  // Interrupts come as long as devices work: no story waits for them to end.
  context.devices.processors.kernel_group = sim::kBackgroundGroup;
  return sim::done();
}

constexpr sim::Step kStartSteps[] = {
    {"decide how large the remapping table is", sim::step<decide_its_size>},
    {"take the remapping table over",
     sim::step<take_the_table_over>,
     {.on_end = "switch remapping on"},
     sim::only_if(kIrq, kIrqPreserved)},
    {"make an empty remapping table", sim::step<make_an_empty_table>, {.on_end = "listen"}},
    {"switch remapping on", sim::step<switch_remapping_on>},
    {"listen", sim::step<listen>},
};
constexpr sim::Program kStartProgram{
    "irq.start", "sets the interrupt remapping table, and begins to take interrupts", kStartSteps};

// values {vector}.
Outcome find_who_is_told(Context& context) {
  const Vector* vector = who_is_told(context, context.frame().values[0]);
  if (vector == nullptr) return sim::end();
  return sim::call(vector->handler, {.values = {vector->argument, vector->argument_too, 0, 0}});
}

constexpr sim::Step kInterruptSteps[] = {{"find who is told", sim::step<find_who_is_told>}};
constexpr sim::Program kInterruptProgram{"kernel.interrupt", "a CPU takes an interrupt",
                                         kInterruptSteps};
static_assert(kInterruptProgram.id() == device::irq::kInterruptEntry);

}  // namespace

std::span<const sim::Program* const> programs() {
  static constexpr const sim::Program* kPrograms[] = {&kStartProgram, &kInterruptProgram};
  return kPrograms;
}

std::span<const sim::FaultSite> fault_sites() {
  static constexpr sim::FaultSite kSites[] = {kForgetsDescriptorSite, kOtherTableSizeSite,
                                              kSkipsSourceCheckSite};
  return kSites;
}

}  // namespace luosim::driver::irq
