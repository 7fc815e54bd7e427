// SPDX-License-Identifier: Apache-2.0
#include "model/driver/iommu/subsystem.hpp"

#include "model/driver/iommu/context_table.hpp"
#include "model/driver/iommu/hand_over.hpp"
#include "model/driver/iommu/parts.hpp"
#include "model/driver/iommu/record.hpp"
#include "model/driver/irq/hand_over.hpp"
#include "model/driver/knobs.hpp"
#include "model/kernel/errno.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/fault_sites.hpp"

namespace luosim::driver::iommu {

namespace {

using memory::kPageBytes;
using sim::Outcome;

// A kernel without an IOMMU has nothing to say: its word is 0.
Outcome look_for_an_iommu(Context& context) {
  const auto fault = context.fault(luo::kSubsystemPrepareSite, kIommuSubsystem);
  if (fault && *fault < 0) return sim::finish(*fault);
  context.frame().word = 0;
  return context.drivers.iommu.has_started != 0 ? sim::done() : sim::finish(0);
}

// Tables of buses that came since are preserved too, if KHO still lets them be. One that it does
// not is cut off at shutdown, so it must not lead to a preserved device.
std::int64_t preserve_contexts(Context& context) {
  State& state = context.drivers.iommu;
  for (ContextTable& table : state.contexts) {
    if (table.is_preserved != 0) continue;
    const std::int64_t error =
        kho::preserve_range(context, memory::address_of(table.page), kPageBytes);
    if (error == 0) {
      table.is_preserved = 1;
      continue;
    }
    for (const Attachment& attachment : state.attachments)
      if (attachment.bdf.bus() == table.bus && is_outgoing(state, attachment)) return error;
    if (error != -kernel::kEBUSY) return error;
  }
  return 0;
}

void forget_what_was_preserved(State& state) {
  state.root_is_preserved = 0;
  for (ContextTable& table : state.contexts) table.is_preserved = 0;
}

// What an earlier update may have left marked is not taken for preserved: its tracker may be gone.
Outcome preserve_root_and_contexts(Context& context) {
  State& state = context.drivers.iommu;
  forget_what_was_preserved(state);
  std::int64_t error = kho::preserve_range(context, state.root, kPageBytes);
  if (error != 0) return sim::fail(error);
  state.root_is_preserved = 1;
  error = preserve_contexts(context);
  return error == 0 ? sim::done() : sim::fail(error);
}

Outcome preserve_interrupts(Context& context) {
  const std::int64_t error = irq::preserve(context);
  return error == 0 ? sim::done() : sim::fail(error);
}

void add_domains(const State& state, HandOver& contents, std::vector<std::uint32_t>& position) {
  position.assign(state.domains.size(), kNoDomain);
  for (std::uint32_t domain = 0; domain < state.domains.size(); ++domain) {
    const Domain& preserved = state.domains[domain];
    if (preserved.is_preserved == 0 || preserved.is_forgotten != 0) continue;
    position[domain] = static_cast<std::uint32_t>(contents.domains.size());
    contents.domains.push_back(
        {.id = preserved.id, .token = preserved.token, .top = preserved.top.value});
  }
  // The tables are sorted by domain, as the domains are.
  for (const TablePage& table : state.tables) {
    if (table.is_preserved == 0 || position[table.domain] == kNoDomain) continue;
    ++contents.domains[position[table.domain]].pages;
    contents.tables.push_back(table.page.value);
  }
}

HandOver contents_of(const Context& context) {
  const State& state = context.drivers.iommu;
  HandOver contents{.root = state.root};
  std::vector<std::uint32_t> position;
  add_domains(state, contents, position);
  for (const ContextTable& table : state.contexts)
    if (table.is_preserved != 0) contents.contexts.push_back({table.bus, table.page.value});
  for (const Attachment& attachment : state.attachments) {
    if (is_outgoing(state, attachment) && position[attachment.domain] != kNoDomain)
      contents.devices.push_back({attachment.bdf.value, position[attachment.domain]});
  }
  if (context.knob(kIrq) == kIrqPreserved) irq::add_to_hand_over(context, contents);
  return contents;
}

void drop_record(Context& context) {
  memory::PageRange& record = context.drivers.iommu.record;
  if (record.count == 0) return;
  // Refused while KHO is finalized; then the whole tracker goes.
  kho::unpreserve_range(context, memory::address_of(record.first), record.count * kPageBytes);
  kernel::free_pages(context, record);
  record = {};
}

std::int64_t make_record(Context& context, std::uint64_t pages) {
  const auto range = kernel::allocate_pages(context, pages, 1, kRecordOwner);
  if (!range) return -kernel::kENOMEM;
  const std::int64_t error =
      kho::preserve_range(context, memory::address_of(range->first), pages * kPageBytes);
  if (error != 0) {
    kernel::free_pages(context, *range);
    return error;
  }
  drop_record(context);
  context.drivers.iommu.record = *range;
  return 0;
}

// Over the old record, if it is still large enough.
Outcome write_the_record(Context& context) {
  State& state = context.drivers.iommu;
  HandOver contents = contents_of(context);
  const std::uint64_t pages = pages_of(contents);
  if (pages > state.record.count) {
    const std::int64_t error = make_record(context, pages);
    if (error != 0) return sim::fail(error);
  }
  contents.record_pages = state.record.count;
  const memory::PhysicalAddress address = memory::address_of(state.record.first);
  store(context.memory.bytes(), address, contents);
  context.frame().word = address.value;
  context.record({.kind = IommuRecord::record_written,
                  .values = {address.value, contents.contexts.size(), contents.domains.size(),
                             contents.devices.size()}});
  return sim::done(context.timing.of(timing::Cost::callback));
}

// What was not preserved is not missed: KHO has no count.
Outcome unpreserve_everything(Context& context) {
  State& state = context.drivers.iommu;
  if (state.root_is_preserved != 0) kho::unpreserve_range(context, state.root, kPageBytes);
  for (const ContextTable& table : state.contexts) {
    if (table.is_preserved != 0)
      kho::unpreserve_range(context, memory::address_of(table.page), kPageBytes);
  }
  forget_what_was_preserved(state);
  irq::unpreserve(context);
  drop_record(context);
  context.frame().word = 0;
  return sim::done(context.timing.of(timing::Cost::callback));
}

// The word of somebody who had nothing to say stays as it is.
Outcome look_for_a_record(Context& context) {
  const auto fault = context.fault(luo::kSubsystemFreezeSite, kIommuSubsystem);
  if (fault && *fault < 0) return sim::finish(*fault);
  return context.drivers.iommu.record.count > 0 ? sim::done() : sim::finish(0);
}

Outcome preserve_what_came_since(Context& context) {
  const std::int64_t error = preserve_contexts(context);
  return error == 0 ? sim::done() : sim::fail(error);
}

// Nobody took these over: their devices may not reach memory any more.
Outcome quiesce_what_nobody_took(Context& context) {
  const State& state = context.drivers.iommu;
  std::vector<Attachment> left;
  for (const Attachment& attachment : state.attachments)
    if (attachment.is_handed_over != 0 && attachment.is_preserved == 0) left.push_back(attachment);
  for (const Attachment& attachment : left) {
    detach(context, attachment.bdf);
    context.record({.kind = IommuRecord::quiesced,
                    .subject = name_of(context, attachment.bdf),
                    .values = {attachment.bdf.value, attachment.domain, 0, 0}});
  }
  irq::free_what_nobody_took(context);
  return sim::done(context.timing.of(timing::Cost::iommu_invalidate));
}

// A domain that a device is still attached to stays, until a reboot or the next update.
Outcome free_domains_that_nobody_uses(Context& context) {
  State& state = context.drivers.iommu;
  for (std::uint32_t domain = 0; domain < state.domains.size(); ++domain) {
    const Domain& restored = state.domains[domain];
    if (restored.id != 0 && restored.is_restored != 0) free_domain(context, domain);
  }
  return sim::done();
}

Outcome drop_the_incoming_record(Context& context) {
  memory::PageRange& record = context.drivers.iommu.incoming_record;
  if (record.count > 0) kernel::free_pages(context, record);
  record = {};
  return sim::done(context.timing.of(timing::Cost::callback));
}

constexpr std::string_view kUndo = "unpreserve everything";

constexpr sim::Step kPrepareSteps[] = {
    {"look for an IOMMU", sim::step<look_for_an_iommu>},
    {"preserve root and context tables",
     sim::step<preserve_root_and_contexts>,
     {.on_failure = kUndo}},
    {"preserve the remapping table and descriptors",
     sim::step<preserve_interrupts>,
     {.on_failure = kUndo},
     sim::only_if(kIrq, kIrqPreserved)},
    {"write the record", sim::step<write_the_record>, {.then = sim::kReturn, .on_failure = kUndo}},
    {kUndo, sim::step<unpreserve_everything>},
};
constexpr sim::Step kFreezeSteps[] = {
    {"look for a record", sim::step<look_for_a_record>},
    {"preserve context tables that came since", sim::step<preserve_what_came_since>},
    {"write the record once more", sim::step<write_the_record>},
};
constexpr sim::Step kCancelSteps[] = {{kUndo, sim::step<unpreserve_everything>}};
constexpr sim::Step kFinishSteps[] = {
    {"quiesce what nobody took",
     sim::step<quiesce_what_nobody_took>,
     {},
     sim::only_if(kUnclaimed, kUnclaimedQuiesced)},
    {"free domains that nobody uses", sim::step<free_domains_that_nobody_uses>},
    {"drop the incoming record", sim::step<drop_the_incoming_record>},
};

}  // namespace

const sim::Program kPrepareProgram{"iommu.subsystem_prepare",
                                   "preserves root and context tables and writes a record",
                                   kPrepareSteps};
const sim::Program kFreezeProgram{"iommu.subsystem_freeze", "brings the record up to date",
                                  kFreezeSteps};
const sim::Program kCancelProgram{"iommu.subsystem_cancel",
                                  "unpreserves the tables and frees the record", kCancelSteps};
const sim::Program kFinishProgram{
    "iommu.subsystem_finish", "frees what was handed over and is not used any more", kFinishSteps};

const luo::ParticipantType kIommuSubsystemType{
    .name = "iommu",
    .prepare = kPrepareProgram.id(),
    .freeze = kFreezeProgram.id(),
    .cancel = kCancelProgram.id(),
    .finish = kFinishProgram.id(),
};

}  // namespace luosim::driver::iommu
