// SPDX-License-Identifier: Apache-2.0
//
// A vfio file through an update (devices.md, D.2). What freeze does differs most from phase to
// phase of the posted series: the first resets the function for good, the later ones let it work on
// and only see to it that no interrupt is sent to a kernel that is not there yet.
#include "model/device/irq/message.hpp"
#include "model/device/pcie/fabric.hpp"
#include "model/driver/knobs.hpp"
#include "model/fd/handler_call.hpp"
#include "model/fd/preserved_file.hpp"
#include "model/fd/record_pages.hpp"
#include "model/fd/vfio.hpp"
#include "model/fd/vfio_record.hpp"
#include "model/fd/vfio_reset.hpp"
#include "model/kernel/errno.hpp"
#include "model/luo/fault_sites.hpp"

namespace luosim::fd {

namespace {

namespace pcie = device::pcie;
using sim::Outcome;

VfioDevice& device_of_call(Context& context) {
  return context.fd.vfio_devices[object_of_call(context)];
}

memory::PhysicalAddress word_of_call(const Context& context) {
  return {context.frame().word};
}

// Virtual functions are the last phase; their physical one would have to stay as it is.
Outcome accept_functions(Context& context) {
  const bool refuses = fault_of_call(context, luo::kFileCanPreserveSite).has_value();
  if (refuses || !is_of_type(context, file_of_call(context), FileType::vfio)) return sim::finish(0);
  const device::FunctionId function = device_of_call(context).function;
  const bool is_virtual =
      context.devices.pcie[function].kind == pcie::FunctionKind::virtual_function;
  return sim::finish(!is_virtual || context.knob(driver::kVfio) == driver::kVfioPhase5 ? 1 : 0);
}

// Who has no address space has none with a token.
Outcome check_its_iommufd(Context& context) {
  const auto fault = fault_of_call(context, luo::kFilePrepareSite);
  if (fault) return sim::finish(*fault);
  if (device_of_call(context).is_live == 0) return sim::finish(-kernel::kENODEV);
  const kernel::FileId iommufd = device_of_call(context).iommufd;
  if (!token_of(context, iommufd)) return sim::finish(-kernel::kENOENT);
  return is_prepared(context, iommufd) ? sim::done() : sim::finish(-kernel::kEINVAL);
}

Outcome preserve_its_translation(Context& context) {
  const std::int64_t error = driver::iommu::preserve_device(context, device_of_call(context).bdf);
  return error == 0 ? sim::done() : sim::fail(error);
}

Outcome preserve_the_function(Context& context) {
  const std::int64_t error = driver::pci::preserve(context, device_of_call(context).bdf);
  return error == 0 ? sim::done() : sim::fail(error);
}

void write_the_record(Context& context, memory::PhysicalAddress address) {
  const VfioDevice& device = device_of_call(context);
  store_vfio_record(context.memory.bytes(), address,
                    {.bdf = device.bdf,
                     .reset_works = 1,
                     .interrupts = device.interrupts,
                     .iommufd_token = token_of(context, device.iommufd).value_or(~0ULL)});
}

Outcome make_a_record(Context& context) {
  memory::PhysicalAddress address;
  const std::int64_t error = preserve_record(context, kVfioRecordPages, kVfioRecordOwner,
                                             object_of_call(context), address);
  if (error != 0) return sim::fail(error);
  write_the_record(context, address);
  context.frame().word = address.value;
  return sim::done(context.timing.of(timing::Cost::callback));
}

Outcome unpreserve_the_function(Context& context) {
  driver::pci::unpreserve(context, device_of_call(context).bdf);
  return sim::done();
}

Outcome unpreserve_its_translation(Context& context) {
  driver::iommu::unpreserve_device(context, device_of_call(context).bdf);
  return sim::done();
}

bool has_record(const Context& context) {
  const memory::PhysicalAddress address = word_of_call(context);
  return belongs_to(context.memory, address, kVfioRecordPages, kVfioRecordOwner) &&
         load_vfio_record(context.memory.bytes(), address).has_value();
}

Outcome ask_whether_freeze_fails(Context& context) {
  const auto fault = fault_of_call(context, luo::kFileFreezeSite);
  return fault ? sim::finish(*fault) : sim::done();
}

// A file that was cut off has nothing that could be handed over.
Outcome check_that_it_has_its_function(Context& context) {
  return device_of_call(context).is_live != 0 ? sim::done() : sim::fail(-kernel::kENODEV);
}

Outcome check_that_it_is_at_rest(Context& context) {
  const VfioDevice& device = device_of_call(context);
  if (device.interrupts != 0) return sim::fail(-kernel::kEINVAL);
  const bool is_awake = context.devices.pcie[device.function].power_state == 0;
  return is_awake ? sim::done() : sim::fail(-kernel::kEINVAL);
}

// It comes back without memory decoding and without bus mastering. The real one holds its locks
// from here on, so that no call gets in before the file is cut off.
Outcome reset_the_function(Context& context) {
  device_of_call(context).is_frozen = 1;
  begin_reset(context, object_of_call(context), pcie::kIntxDisable);
  return sim::done(context.timing.of(timing::Cost::device_reset));
}

Outcome wait_for_its_reset(Context& context) {
  const sim::Frame& frame = context.frame();
  return sim::call(kRestoreAfterReset,
                   {.values = {object_of_call(context), 0, 0, 0}, .word = frame.word});
}

Outcome leave_its_file_cut_off(Context& context) {
  const std::int64_t result = context.frame().result;
  if (result == 0) return sim::done();
  device_of_call(context).is_frozen = 0;
  return sim::fail(result);
}

// What happens from now on stays pending, unless the function forgets it.
Outcome hold_its_interrupts(Context& context) {
  const VfioDevice& device = device_of_call(context);
  if (device.interrupts != 0) device::irq::mask_function(context, device.function, true);
  return sim::done();
}

Outcome refresh_the_record(Context& context) {
  if (has_record(context)) write_the_record(context, word_of_call(context));
  return sim::done(context.timing.of(timing::Cost::callback));
}

// Also called for a device whose prepare failed, or never ran: whatever is not preserved refuses.
// A function that was reset stays so, and its file cut off: nothing brings its state back.
Outcome let_its_interrupts_pass(Context& context) {
  const VfioDevice& device = device_of_call(context);
  if (device.interrupts != 0) device::irq::mask_function(context, device.function, false);
  return sim::done();
}

Outcome free_the_record(Context& context) {
  if (has_record(context)) drop_record(context, word_of_call(context), kVfioRecordPages);
  return sim::done();
}

// The record that the word points at, if both are what they should be.
std::optional<VfioRecord> handed_over_record(const Context& context) {
  const memory::PhysicalAddress address = word_of_call(context);
  if (!was_handed_over(context.memory, address, kVfioRecordPages)) return std::nullopt;
  return load_vfio_record(context.memory.bytes(), address);
}

// Whatever hardware is at the address now (devices.md, G.2, row 39).
Outcome open_the_function(Context& context) {
  const auto fault = fault_of_call(context, luo::kFileRetrieveSite);
  if (fault) return sim::finish(*fault);
  const auto record = handed_over_record(context);
  if (!record) return sim::finish(-kernel::kEINVAL);
  const driver::pci::Device* found = driver::pci::find(context.drivers.pci, record->bdf);
  if (found == nullptr) return sim::finish(-kernel::kENODEV);
  kernel::FileId file = kernel::kNoFile;
  const std::int64_t error =
      add_vfio_device(context, {}, found->function, /*is_incoming=*/true, file);
  if (error != 0) return sim::finish(error);
  context.frame().word = file.index;
  return sim::finish(0, context.timing.of(timing::Cost::vfio_call));
}

Outcome finish_the_function(Context& context) {
  const auto record = handed_over_record(context);
  if (!record) return sim::finish(0);
  driver::pci::finish(context, record->bdf);
  if (is_of_type(context, file_of_call(context), FileType::vfio))
    device_of_call(context).is_incoming = 0;
  return sim::done();
}

// values[2] is 1 if FD_RESTORE was tried. As an early prototype did: a function that vfio-pci has
// and nobody took back is reset (devices.md, C.8). It leaves its domain as with a last close, so
// that the domain can be freed before the memory mapped into it (devices.md, D.8).
Outcome quiesce_what_is_unclaimed(Context& context) {
  const auto record = handed_over_record(context);
  if (!record || context.frame().values[2] != 0) return sim::done();
  const driver::pci::Device* found = driver::pci::find(context.drivers.pci, record->bdf);
  const bool is_ours =
      found != nullptr && found->driver == driver::pci::Driver::vfio_pci && found->users == 0;
  if (!is_ours) return sim::done();
  const auto object = static_cast<std::uint32_t>(context.fd.vfio_devices.size());
  context.fd.vfio_devices.push_back({.function = found->function, .bdf = found->bdf, .is_live = 0});
  quiesce(context, object);
  driver::iommu::detach(context, found->bdf);
  return sim::done();
}

Outcome free_the_handed_over_record(Context& context) {
  kernel::free_pages(context, {memory::page_of(word_of_call(context)), kVfioRecordPages});
  return sim::done(context.timing.of(timing::Cost::callback));
}

constexpr std::string_view kFreeRecord = "free the record";
constexpr std::string_view kUnpreserve = "unpreserve the function";
constexpr std::string_view kUntranslate = "unpreserve its translation";

constexpr auto kResets = sim::only_if(driver::kVfio, driver::kVfioPhase1);
constexpr auto kHoldsInterrupts =
    sim::only_if(driver::kIrq, driver::kIrqSpurious).and_unless(driver::kVfio, driver::kVfioPhase1);

constexpr sim::Step kCanPreserveSteps[] = {
    {"accept functions that vfio-pci drives", sim::step<accept_functions>}};
constexpr sim::Step kPrepareSteps[] = {
    {"check that its iommufd is prepared", sim::step<check_its_iommufd>},
    {"preserve its translation", sim::step<preserve_its_translation>},
    {"preserve the function", sim::step<preserve_the_function>, {.on_failure = kUntranslate}},
    {"write a record", sim::step<make_a_record>, {.then = sim::kReturn, .on_failure = kUnpreserve}},
    {kUnpreserve, sim::step<unpreserve_the_function>},
    {kUntranslate, sim::step<unpreserve_its_translation>},
};
constexpr sim::Step kFreezeSteps[] = {
    {"ask whether it fails", sim::step<ask_whether_freeze_fails>},
    {"check that it has its function", sim::step<check_that_it_has_its_function>},
    {"check that it is at rest", sim::step<check_that_it_is_at_rest>, {}, kResets},
    {"reset the function", sim::step<reset_the_function>, {}, kResets},
    {"wait until it answers", sim::step<wait_for_its_reset>, {}, kResets},
    {"leave its file cut off", sim::step<leave_its_file_cut_off>, {}, kResets},
    {"hold its interrupts", sim::step<hold_its_interrupts>, {}, kHoldsInterrupts},
    {"refresh the record", sim::step<refresh_the_record>},
};
constexpr sim::Step kCancelSteps[] = {
    {"let its interrupts pass", sim::step<let_its_interrupts_pass>, {}, kHoldsInterrupts},
    {kFreeRecord, sim::step<free_the_record>},
    {kUnpreserve, sim::step<unpreserve_the_function>},
    {kUntranslate, sim::step<unpreserve_its_translation>},
};
constexpr sim::Step kRetrieveSteps[] = {
    {"open the function at the address of the record", sim::step<open_the_function>}};
constexpr sim::Step kFinishSteps[] = {
    {"tell the PCI core", sim::step<finish_the_function>},
    {"quiesce what nobody took back",
     sim::step<quiesce_what_is_unclaimed>,
     {},
     sim::only_if(driver::kUnclaimed, driver::kUnclaimedQuiesced)},
    {kFreeRecord, sim::step<free_the_handed_over_record>},
};

constexpr sim::Program kCanPreserveProgram{
    "vfio.can_preserve", "whether the file is a function that can be preserved", kCanPreserveSteps};
constexpr sim::Program kPrepareProgram{
    "vfio.prepare", "asks IOMMU and PCI core to preserve the function", kPrepareSteps};
constexpr sim::Program kFreezeProgram{
    "vfio.freeze", "resets the function, or only holds its interrupts", kFreezeSteps};
constexpr sim::Program kCancelProgram{"vfio.cancel", "undoes prepare, but not a reset",
                                      kCancelSteps};
constexpr sim::Program kRetrieveProgram{
    "vfio.retrieve", "makes a file of the function at the address that was handed over",
    kRetrieveSteps};
constexpr sim::Program kFinishProgram{
    "vfio.finish", "the function is an ordinary one again, whoever has it", kFinishSteps};

}  // namespace

const luo::ParticipantType kVfioType{
    .name = "vfio",
    .can_preserve = kCanPreserveProgram.id(),
    .prepare = kPrepareProgram.id(),
    .freeze = kFreezeProgram.id(),
    .cancel = kCancelProgram.id(),
    .finish = kFinishProgram.id(),
    .retrieve = kRetrieveProgram.id(),
};

std::span<const sim::Program* const> vfio_programs() {
  static constexpr const sim::Program* kPrograms[] = {&kCanPreserveProgram,
                                                      &kPrepareProgram,
                                                      &kFreezeProgram,
                                                      &kCancelProgram,
                                                      &kRetrieveProgram,
                                                      &kFinishProgram,
                                                      &kRestoreAfterResetProgram,
                                                      &kVfioRemoveProgram};
  return kPrograms;
}

}  // namespace luosim::fd
