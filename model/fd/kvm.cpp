// SPDX-License-Identifier: Apache-2.0
#include "model/fd/kvm.hpp"

#include <utility>

#include "model/device/irq/message.hpp"
#include "model/fd/handler_call.hpp"
#include "model/fd/record.hpp"
#include "model/fd/record_pages.hpp"
#include "model/kernel/errno.hpp"
#include "model/luo/fault_sites.hpp"

namespace luosim::fd {

namespace {

using ParticipantRecord::InjectedBy;
using sim::Outcome;

constexpr std::uint32_t kNobody = sim::Frame::kNone;

// Null for a virtual machine that is gone, or never was.
Kvm* find_kvm(State& fd, std::uint64_t object) {
  return object < fd.kvms.size() && fd.kvms[object].is_live != 0 ? &fd.kvms[object] : nullptr;
}

const Kvm* find_kvm(const State& fd, std::uint64_t object) {
  return object < fd.kvms.size() && fd.kvms[object].is_live != 0 ? &fd.kvms[object] : nullptr;
}

void record_interrupt(Context& context, sim::RecordKind kind, std::uint64_t object,
                      std::uint64_t vector, InjectedBy by) {
  const bool is_known = object < context.fd.kvms.size();
  const std::uint64_t vm = is_known ? context.fd.kvms[object].vm : ~0ULL;
  context.record({.kind = kind, .values = {object, vector, static_cast<std::uint64_t>(by), vm}});
}

// The guest may have been killed since it began to wait, and another task have its number.
bool still_waits(const Context& context, const Kvm& kvm) {
  const sim::Schedule& schedule = context.schedule;
  const sim::TaskId task{kvm.waiting_task};
  return schedule.is_blocked(task) && !schedule.locks().waits_for(task) &&
         schedule.task(task).group == kvm.waiting_group &&
         schedule.frame_of(task).program.hash == kvm.waiting_program;
}

void wake_waiting_task(Context& context, Kvm& kvm) {
  if (kvm.waiting_task == kNobody) return;
  const sim::TaskId task{kvm.waiting_task};
  const bool waits = still_waits(context, kvm);
  kvm.waiting_task = kNobody;
  if (waits) context.schedule.unpark(task);
}

// Lets the task of a running guest see what is pending.
void wake_guest(Context& context, Kvm& kvm) {
  if (kvm.is_running != 0 && kvm.pending != 0) wake_waiting_task(context, kvm);
}

Outcome inject(Context& context) {
  const auto& values = context.frame().values;
  const InjectedBy by = values[2] == 1 ? InjectedBy::vmm : InjectedBy::device;
  Kvm* kvm = find_kvm(context.fd, values[0]);
  if (kvm == nullptr) {
    record_interrupt(context, ParticipantRecord::interrupt_lost, values[0], values[1], by);
    return sim::finish(0);
  }
  ++kvm->injected;
  kvm->pending |= bit_of_vector(values[1]);
  record_interrupt(context,
                   kvm->is_running != 0 ? ParticipantRecord::interrupt_delivered
                                        : ParticipantRecord::interrupt_pending,
                   values[0], values[1], by);
  wake_guest(context, *kvm);
  return sim::finish(0);
}

// values {vm, vector}, as memory has them: the descriptor itself says what was posted.
Outcome hear_a_notification(Context& context) {
  const std::uint64_t vm = context.frame().values[0];
  for (std::uint32_t object = 0; object < context.fd.kvms.size(); ++object)
    if (context.fd.kvms[object].vm == vm) sync_posted(context, object);
  return sim::finish(0);
}

bool is_only_one_of_its_vm(const State& fd, std::uint32_t object) {
  for (std::uint32_t other = 0; other < fd.kvms.size(); ++other) {
    const bool is_another = other != object && fd.kvms[other].is_live != 0;
    if (is_another && fd.kvms[other].vm == fd.kvms[object].vm) return false;
  }
  return true;
}

constexpr sim::Step kInjectSteps[] = {
    {"deliver it, or keep it for a guest that is stopped", sim::step<inject>}};
constexpr sim::Program kInjectProgram{
    "kvm.inject", "a vector of a device, or of the VMM, interrupts a guest", kInjectSteps};

constexpr sim::Step kPostedSteps[] = {
    {"take over what was posted", sim::step<hear_a_notification>}};
constexpr sim::Program kPostedProgram{"kernel.posted_interrupt",
                                      "a CPU is told that an interrupt was posted for a guest",
                                      kPostedSteps};
static_assert(kPostedProgram.id() == device::irq::kPostedEntry);

// What stands in the page that is handed over.
struct Record {
  std::uint64_t magic = 0;
  std::uint64_t vm = 0;  ///< in the place of the type and the attributes of the real one
};
constexpr std::uint64_t kMagic = 0x31'6D'76'6BULL;  // "kvm1"

Outcome accept(Context& context) {
  const bool refuses = fault_of_call(context, luo::kFileCanPreserveSite).has_value();
  return sim::finish(is_of_type(context, file_of_call(context), FileType::kvm) && !refuses ? 1 : 0);
}

Outcome write_record(Context& context) {
  if (const auto fault = fault_of_call(context, luo::kFilePrepareSite)) return sim::finish(*fault);
  const std::uint32_t object = object_of_call(context);
  const Kvm* kvm = find_kvm(context.fd, object);
  if (kvm == nullptr) return sim::finish(-kernel::kEINVAL);
  memory::PhysicalAddress address;
  const std::int64_t error = preserve_record(context, 1, kKvmRecordOwner, object, address);
  if (error != 0) return sim::finish(error);
  context.memory.bytes().write_value(address, Record{.magic = kMagic, .vm = kvm->vm});
  context.frame().word = address.value;
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

Outcome leave_it_as_it_is(Context& context) {
  const auto fault = fault_of_call(context, luo::kFileFreezeSite);
  return sim::finish(fault.value_or(0), context.timing.of(timing::Cost::callback));
}

Outcome free_record(Context& context) {
  const memory::PhysicalAddress address{context.frame().word};
  if (belongs_to(context.memory, address, 1, kKvmRecordOwner)) drop_record(context, address, 1);
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

Outcome make_the_file(Context& context) {
  const auto fault = context.fault(luo::kFileRetrieveSite, handler_name_of_call(context));
  if (fault) return sim::finish(*fault);
  const memory::PhysicalAddress address{context.frame().word};
  if (!was_handed_over(context.memory, address, 1)) return sim::finish(-kernel::kEINVAL);
  const auto record = context.memory.bytes().read_value<Record>(address);
  if (record.magic != kMagic || record.vm > UINT32_MAX) return sim::finish(-kernel::kEINVAL);
  const auto file = create_kvm(context, {}, static_cast<std::uint32_t>(record.vm));
  if (!file) return sim::finish(-kernel::kENOMEM);
  context.frame().word = file->index;
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

Outcome free_handed_over_record(Context& context) {
  const memory::PhysicalAddress address{context.frame().word};
  if (was_handed_over(context.memory, address, 1))
    kernel::free_pages(context, {memory::page_of(address), 1});
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

constexpr sim::Step kCanPreserveSteps[] = {{"accept virtual machines", sim::step<accept>}};
constexpr sim::Step kPrepareSteps[] = {{"write down what it is", sim::step<write_record>}};
constexpr sim::Step kFreezeSteps[] = {{"leave it as it is", sim::step<leave_it_as_it_is>}};
constexpr sim::Step kCancelSteps[] = {{"free the record", sim::step<free_record>}};
constexpr sim::Step kRetrieveSteps[] = {
    {"make one like it that is stopped", sim::step<make_the_file>}};
constexpr sim::Step kFinishSteps[] = {
    {"free the record that was handed over", sim::step<free_handed_over_record>}};

constexpr sim::Program kCanPreserveProgram{
    "kvm.can_preserve", "whether the file is a virtual machine", kCanPreserveSteps};
constexpr sim::Program kPrepareProgram{"kvm.prepare", "hands over what a virtual machine is",
                                       kPrepareSteps};
constexpr sim::Program kFreezeProgram{"kvm.freeze", "does nothing: vCPU state is the VMM's to save",
                                      kFreezeSteps};
constexpr sim::Program kCancelProgram{"kvm.cancel", "frees the record", kCancelSteps};
constexpr sim::Program kRetrieveProgram{
    "kvm.retrieve", "makes a virtual machine like the one that was handed over", kRetrieveSteps};
constexpr sim::Program kFinishProgram{"kvm.finish", "gives back the record", kFinishSteps};

}  // namespace

const luo::ParticipantType kKvmType{
    .name = "kvm",
    .can_preserve = kCanPreserveProgram.id(),
    .prepare = kPrepareProgram.id(),
    .freeze = kFreezeProgram.id(),
    .cancel = kCancelProgram.id(),
    .finish = kFinishProgram.id(),
    .retrieve = kRetrieveProgram.id(),
};

std::span<const sim::Program* const> kvm_programs() {
  static constexpr const sim::Program* kPrograms[] = {
      &kInjectProgram, &kPostedProgram, &kCanPreserveProgram, &kPrepareProgram,
      &kFreezeProgram, &kCancelProgram, &kRetrieveProgram,    &kFinishProgram};
  return kPrograms;
}

std::optional<kernel::FileId> create_kvm(Context& context, sim::Symbol name, std::uint32_t vm) {
  if (!kernel::allocate_object(context, kKvmObject)) return std::nullopt;
  const auto object = static_cast<std::uint32_t>(context.fd.kvms.size());
  context.fd.kvms.push_back({.vm = vm});
  return context.kernel.files.open(name, static_cast<std::uint32_t>(FileType::kvm), object);
}

// Whoever waits for an interrupt of it waits in vain. A device that interrupts it holds its file.
void release_kvm(Context& context, std::uint32_t object) {
  Kvm& kvm = context.fd.kvms[object];
  if (is_only_one_of_its_vm(context.fd, object)) driver::irq::free_descriptor(context, kvm.vm);
  kvm = {.vm = kvm.vm, .is_live = 0, .injected = kvm.injected};
}

void sync_posted(Context& context, std::uint32_t object) {
  Kvm* kvm = find_kvm(context.fd, object);
  if (kvm == nullptr) return;
  const std::uint64_t posted = driver::irq::take_posted(context, kvm->vm);
  for (std::uint64_t vector = 0; vector < 64; ++vector) {
    if ((posted & bit_of_vector(vector)) == 0) continue;
    ++kvm->injected;
    record_interrupt(context,
                     kvm->is_running != 0 ? ParticipantRecord::interrupt_delivered
                                          : ParticipantRecord::interrupt_pending,
                     object, vector, InjectedBy::device);
  }
  kvm->pending |= posted;
  wake_guest(context, *kvm);
}

bool wait_for_interrupt(Context& context, std::uint32_t object, sim::TaskId task) {
  Kvm* kvm = find_kvm(context.fd, object);
  if (kvm == nullptr) return true;
  if (kvm->is_running != 0 && kvm->pending != 0) return false;
  kvm->waiting_task = task.index;
  kvm->waiting_group = context.schedule.task(task).group;
  kvm->waiting_program = context.schedule.frame_of(task).program.hash;
  return true;
}

void wake_who_waits(Context& context, std::uint32_t object) {
  if (Kvm* kvm = find_kvm(context.fd, object)) wake_waiting_task(context, *kvm);
}

std::uint64_t take_pending(Context& context, std::uint32_t object) {
  Kvm* kvm = find_kvm(context.fd, object);
  if (kvm == nullptr) return 0;
  const std::uint64_t pending = kvm->pending;
  kvm->pending = 0;
  return pending;
}

void set_running(Context& context, std::uint32_t object, bool running) {
  Kvm* kvm = find_kvm(context.fd, object);
  if (kvm == nullptr || (kvm->is_running != 0) == running) return;
  kvm->is_running = running ? 1 : 0;
  if (!running) return;
  for (std::uint64_t vector = 0; vector < 64; ++vector) {
    if ((kvm->pending & bit_of_vector(vector)) == 0) continue;
    record_interrupt(context, ParticipantRecord::interrupt_delivered, object, vector,
                     InjectedBy::resuming);
  }
  wake_guest(context, *kvm);
}

std::uint64_t pending_vectors(const Context& context, std::uint32_t object) {
  const Kvm* kvm = find_kvm(std::as_const(context.fd), object);
  return kvm == nullptr ? 0 : kvm->pending;
}

void set_pending_vectors(Context& context, std::uint32_t object, std::uint64_t vectors) {
  Kvm* kvm = find_kvm(context.fd, object);
  if (kvm == nullptr) return;
  kvm->pending = vectors;
  wake_guest(context, *kvm);
}

}  // namespace luosim::fd
