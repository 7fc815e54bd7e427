// SPDX-License-Identifier: Apache-2.0
//
// The record is written when the subsystem is prepared and once more when it is frozen, for a
// device may be preserved or given up in between. Finish drops it; devices that nobody finished by
// then are reported, and left alone or quiesced (devices.md, C.8).
#include "model/driver/pci/subsystem.hpp"

#include "model/device/pcie/fabric.hpp"
#include "model/driver/knobs.hpp"
#include "model/driver/pci/fault_sites.hpp"
#include "model/driver/pci/handover.hpp"
#include "model/driver/pci/incoming.hpp"
#include "model/driver/pci/programs.hpp"
#include "model/driver/record.hpp"
#include "model/kernel/errno.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/fault_sites.hpp"

namespace luosim::driver::pci {

namespace {

using sim::Outcome;

std::vector<HandedOver> preserved_devices(const State& state) {
  std::vector<HandedOver> preserved;
  for (const Device& device : state.devices)
    if (device.outgoing != 0) preserved.push_back({.bdf = device.bdf, .count = device.outgoing});
  return preserved;
}

std::int64_t write_record(Context& context) {
  const State& state = context.drivers.pci;
  const std::vector<HandedOver> devices = preserved_devices(state);
  if (devices.size() > room_of_record(state.record.count)) return -kernel::kENOSPC;
  std::uint64_t version = own_version(context);
  if (const auto fault = context.fault(kRecordVersionSite))
    version = static_cast<std::uint64_t>(std::int64_t{*fault});
  store_record(context.memory, state.record, version, devices);
  return 0;
}

void drop_record(Context& context) {
  memory::PageRange& record = context.drivers.pci.record;
  if (record.count == 0) return;
  // Refused while KHO is finalized; then all that is preserved is forgotten anyway.
  kho::unpreserve_range(context, memory::address_of(record.first),
                        record.count * memory::kPageBytes);
  kernel::free_pages(context, record);
  record = {};
}

// There is room for every device that is present, preserved or not: more may be before the freeze.
std::int64_t make_record(Context& context) {
  State& state = context.drivers.pci;
  drop_record(context);
  const std::uint64_t pages = pages_of_record(state.devices.size());
  const auto range = kernel::allocate_pages(context, pages, 1, kRecordOwner);
  if (!range) return -kernel::kENOMEM;
  const std::int64_t error = kho::preserve_range(context, memory::address_of(range->first),
                                                 range->count * memory::kPageBytes);
  if (error != 0) {
    kernel::free_pages(context, *range);
    return error;
  }
  state.record = *range;
  return 0;
}

Outcome prepare(Context& context) {
  const auto fault = context.fault(luo::kSubsystemPrepareSite, kPciSubsystem);
  if (fault && *fault < 0) return sim::finish(*fault);
  std::int64_t error = make_record(context);
  if (error == 0) error = write_record(context);
  if (error != 0) {
    drop_record(context);
    return sim::finish(error);
  }
  context.frame().word = memory::address_of(context.drivers.pci.record.first).value;
  return sim::finish(fault.value_or(0), context.timing.of(timing::Cost::callback));
}

Outcome freeze(Context& context) {
  const auto fault = context.fault(luo::kSubsystemFreezeSite, kPciSubsystem);
  if (fault && *fault < 0) return sim::finish(*fault);
  if (context.drivers.pci.record.count != 0) {
    const std::int64_t error = write_record(context);
    if (error != 0) return sim::finish(error);
  }
  return sim::finish(fault.value_or(0), context.timing.of(timing::Cost::callback));
}

Outcome cancel(Context& context) {
  drop_record(context);
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

// An endpoint first, so that the bridges above it are counted down by the time they are met.
Device* next_unclaimed(Context& context) {
  for (const bool takes_bridges : {false, true}) {
    for (Device& device : context.drivers.pci.devices)
      if (device.incoming != 0 && is_bridge(context, device) == takes_bridges) return &device;
  }
  return nullptr;
}

void record_unclaimed(Context& context, const Device& device, bool is_quiesced) {
  context.record({.kind = DriverRecord::pci_unclaimed,
                  .subject = context.name_of(device.function),
                  .values = {device.function.index, device.incoming, is_quiesced ? 1U : 0U, 0}});
}

Outcome report_unclaimed(Context& context) {
  for (const Device& device : context.drivers.pci.devices)
    if (device.incoming != 0) record_unclaimed(context, device, false);
  return sim::done();
}

// A bridge still counted when no endpoint below it is has lost one over the jump: nothing is there
// to be quiesced.
Outcome quiesce_next(Context& context) {
  Device* device = next_unclaimed(context);
  if (device == nullptr) return sim::end();
  const bool is_endpoint = !is_bridge(context, *device);
  record_unclaimed(context, *device, is_endpoint);
  if (!is_endpoint) {
    device->incoming = 0;
    return sim::again();
  }
  set_bus_master(context, device->function, false);
  device::pcie::reset(context, device->function, device::pcie::ResetKind::function_level);
  finish(context, device->bdf);
  return sim::again(context.timing.of(timing::Cost::device_reset));
}

Outcome drop_incoming_record(Context& context) {
  State& state = context.drivers.pci;
  if (state.incoming_record.count != 0) kernel::free_pages(context, state.incoming_record);
  state.incoming_record = {};
  state.handed_over.clear();
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

constexpr std::string_view kDrop = "drop the record of the kernel before";

constexpr sim::Step kPrepareSteps[] = {
    {"write the record of preserved devices", sim::step<prepare>}};
constexpr sim::Step kFreezeSteps[] = {{"write the record anew", sim::step<freeze>}};
constexpr sim::Step kCancelSteps[] = {{"free the record", sim::step<cancel>}};
constexpr sim::Step kFinishSteps[] = {
    {"report what nobody took over",
     sim::step<report_unclaimed>,
     {},
     sim::unless(kUnclaimed, kUnclaimedQuiesced)},
    {"quiesce the next that nobody took over",
     sim::step<quiesce_next>,
     {.on_end = kDrop},
     sim::only_if(kUnclaimed, kUnclaimedQuiesced)},
    {kDrop, sim::step<drop_incoming_record>},
};

}  // namespace

const sim::Program kPrepareProgram{"pci.subsystem_prepare",
                                   "writes the record of preserved devices and preserves it",
                                   kPrepareSteps};
const sim::Program kFreezeProgram{"pci.subsystem_freeze", "brings the record up to date",
                                  kFreezeSteps};
const sim::Program kCancelProgram{"pci.subsystem_cancel", "unpreserves and frees the record",
                                  kCancelSteps};
const sim::Program kFinishProgram{"pci.subsystem_finish",
                                  "gives the record of the kernel before back", kFinishSteps};

const luo::ParticipantType kPciSubsystemType{
    .name = "pci",
    .prepare = kPrepareProgram.id(),
    .freeze = kFreezeProgram.id(),
    .cancel = kCancelProgram.id(),
    .finish = kFinishProgram.id(),
};

}  // namespace luosim::driver::pci
