// SPDX-License-Identifier: Apache-2.0
//
// The IOMMU at boot. Who finds a record goes on with the tables that the hardware uses all the
// while (devices.md, D.6); who finds none begins with empty ones, and then lets no device reach
// memory until it is attached. Translation that is on and that nobody has handed over is left-over
// of a kernel that knew nothing of live updates: it is switched off, and from there to the new
// tables every device reaches all of memory (devices.md, G.3 row 53).
#include <algorithm>
#include <vector>

#include "model/driver/iommu/hand_over.hpp"
#include "model/driver/iommu/parts.hpp"
#include "model/driver/iommu/programs.hpp"
#include "model/driver/iommu/record.hpp"
#include "model/driver/irq/programs.hpp"
#include "model/driver/state.hpp"
#include "model/kernel/errno.hpp"
#include "model/luo/v2/programs.hpp"

namespace luosim::driver::iommu {

namespace {

using sim::Outcome;

Outcome ask_for_the_word(Context& context) {
  const sim::Symbol name = context.names.find(kIommuSubsystem);
  if (name == sim::Symbol{}) return sim::end();
  return sim::call(luo::v2::kSubsystemData, {.values = {name.index, 0, 0, 0}});
}

// The word 0 is of a kernel that had no IOMMU to hand over.
Outcome look_at_the_word(Context& context) {
  const sim::Frame& frame = context.frame();
  return frame.result == 0 && frame.word != 0 ? sim::done() : sim::end();
}

const kernel::PanicReason* reason_of(Reading reading) {
  switch (reading) {
    case Reading::complete:
      return nullptr;
    case Reading::not_there:
      return &kPagesMissing;
    case Reading::damaged:
      return &kRecordDamaged;
    case Reading::version_unknown:
      return &kRecordVersionUnknown;
  }
  return &kRecordDamaged;
}

// The record's own pages are taken first: it is read once more by every row below.
Outcome read_the_record(Context& context) {
  const memory::PhysicalAddress address{context.frame().word};
  HandOver contents;
  const Reading reading = load(context.memory, address, kho::kIncomingOwner.tag(), contents);
  if (const kernel::PanicReason* reason = reason_of(reading))
    return kernel::panic(context, *reason);
  // The register says what the hardware does; a record of other tables is not of this machine.
  if (contents.root != context.devices.iommu.root_table)
    return kernel::panic(context, kRecordDamaged);
  State& state = context.drivers.iommu;
  state.incoming_record = {memory::page_of(address), contents.record_pages};
  context.memory.give(state.incoming_record, kRecordOwner.tag());
  return sim::done();
}

Outcome switch_off(Context& context) {
  device::iommu::switch_translation(context, false);
  return sim::done(context.timing.of(timing::Cost::pcie_configuration));
}

Outcome keep_translation_on(Context& context) {
  const bool is_on = context.devices.iommu.translates != 0;
  return is_on && context.fault(kTreatsAsStaleSite) ? switch_off(context) : sim::done();
}

bool take_page(Context& context, memory::Pfn page, memory::OwnerName owner, std::uint32_t number) {
  if (!is_unclaimed(context.memory, {page, 1})) return false;
  context.memory.give({page, 1}, owner.tag(), number);
  return true;
}

// The record may be in any order.
template <class Element, class Key>
void sort_by(std::vector<Element>& elements, Key Element::*key) {
  std::sort(elements.begin(), elements.end(),
            [&](const Element& left, const Element& right) { return left.*key < right.*key; });
}

Outcome take_root_and_contexts(Context& context) {
  const HandOver contents = *incoming_hand_over(context);
  State& state = context.drivers.iommu;
  if (!take_page(context, memory::page_of(contents.root), kRootOwner, 0))
    return kernel::panic(context, kPagesMissing);
  state.root = contents.root;
  for (const HandedContext& handed : contents.contexts) {
    const auto bus = static_cast<std::uint32_t>(handed.bus);
    if (!take_page(context, {handed.page}, kContextOwner, bus))
      return kernel::panic(context, kPagesMissing);
    state.contexts.push_back({.bus = bus, .page = {handed.page}});
  }
  sort_by(state.contexts, &ContextTable::bus);
  return sim::done();
}

// frame.local[0] is the next domain, frame.local[1] its first page in the record.
Outcome rebuild_next_domain(Context& context) {
  const HandOver contents = *incoming_hand_over(context);
  sim::Frame& frame = context.frame();
  if (frame.local[0] == contents.domains.size()) return sim::end();
  State& state = context.drivers.iommu;
  const auto domain = static_cast<std::uint32_t>(frame.local[0]++);
  const HandedDomain& handed = contents.domains[domain];
  const auto first = contents.tables.begin() + static_cast<std::ptrdiff_t>(frame.local[1]);
  std::vector<std::uint64_t> pages(first, first + static_cast<std::ptrdiff_t>(handed.pages));
  std::sort(pages.begin(), pages.end());
  for (const std::uint64_t page : pages) {
    if (!take_page(context, {page}, kTableOwner, domain))
      return kernel::panic(context, kPagesMissing);
    state.tables.push_back({.domain = domain, .page = {page}});
  }
  frame.local[1] += handed.pages;
  const std::uint16_t id_is_forgotten = context.fault(kForgetsDomainIdSite) ? 1 : 0;
  state.domains.push_back({.id = static_cast<std::uint16_t>(handed.id),
                           .is_restored = 1,
                           .top = {handed.top},
                           .token = handed.token,
                           .id_is_forgotten = id_is_forgotten});
  context.record({.kind = IommuRecord::domain_restored,
                  .values = {domain, handed.id, handed.token, handed.pages}});
  return sim::again();
}

// Their entries in the context tables stand.
Outcome attach_the_devices(Context& context) {
  const HandOver contents = *incoming_hand_over(context);
  State& state = context.drivers.iommu;
  for (const HandedDevice& handed : contents.devices) {
    state.attachments.push_back({.bdf = {static_cast<std::uint16_t>(handed.bdf)},
                                 .is_handed_over = 1,
                                 .domain = handed.domain});
    ++state.domains[handed.domain].attachments;
  }
  sort_by(state.attachments, &Attachment::bdf);
  state.took_over = 1;
  context.record(
      {.kind = IommuRecord::taken_over,
       .values = {memory::address_of(state.incoming_record.first).value, contents.contexts.size(),
                  contents.domains.size(), contents.devices.size()}});
  return sim::done();
}

Outcome switch_off_what_is_left_over(Context& context) {
  return context.devices.iommu.translates != 0 ? switch_off(context) : sim::done();
}

Outcome make_a_root_table(Context& context) {
  const auto page = kernel::allocate_pages(context, 1, 1, kRootOwner);
  if (!page) return sim::fail(-kernel::kENOMEM);
  context.drivers.iommu.root = memory::address_of(page->first);
  device::iommu::set_root_table(context, context.drivers.iommu.root);
  return sim::done(context.timing.of(timing::Cost::pcie_configuration));
}

Outcome invalidate_everything(Context& context) {
  device::iommu::invalidate(context.devices.iommu);
  return sim::done(context.timing.of(timing::Cost::iommu_invalidate));
}

Outcome switch_on(Context& context) {
  if (context.devices.iommu.translates == 0) device::iommu::switch_translation(context, true);
  context.drivers.iommu.has_started = 1;
  return sim::done();
}

Outcome start_interrupts(Context& /*context*/) {
  return sim::call(irq::kStart);
}

constexpr std::string_view kFresh = "switch off what is left over";
constexpr std::string_view kRebuild = "rebuild the next domain";
constexpr std::string_view kInvalidate = "invalidate everything";
constexpr std::string_view kStartInterrupts = "start interrupts";

constexpr sim::Step kSteps[] = {
    {"ask LUO for the word of the IOMMU", sim::step<ask_for_the_word>, {.on_end = kFresh}},
    {"look at the word", sim::step<look_at_the_word>, {.on_end = kFresh}},
    {"read the record", sim::step<read_the_record>},
    {"keep translation on", sim::step<keep_translation_on>},
    {"take root and context tables over", sim::step<take_root_and_contexts>},
    {kRebuild, sim::step<rebuild_next_domain>, {.on_end = "attach the devices to them"}},
    {"attach the devices to them", sim::step<attach_the_devices>, {.then = kInvalidate}},
    {kFresh, sim::step<switch_off_what_is_left_over>},
    {"make a root table", sim::step<make_a_root_table>, {.on_failure = kStartInterrupts}},
    {kInvalidate, sim::step<invalidate_everything>},
    {"switch translation on", sim::step<switch_on>},
    {kStartInterrupts, sim::step<start_interrupts>},
};

}  // namespace

const sim::Program kStartProgram{
    "iommu.start", "takes the IOMMU's tables over from the kernel before, or makes its own",
    kSteps};

}  // namespace luosim::driver::iommu
