// SPDX-License-Identifier: Apache-2.0
#include "model/fd/guest_memfd.hpp"

#include "model/fd/handler_call.hpp"
#include "model/fd/memfd.hpp"
#include "model/fd/memfd_pages.hpp"
#include "model/fd/memfd_steps.hpp"
#include "model/fd/preserved_file.hpp"
#include "model/fd/record_pages.hpp"
#include "model/kernel/errno.hpp"
#include "model/luo/fault_sites.hpp"
#include "model/luo/v2/knobs.hpp"

namespace luosim::fd {

namespace {

// By now everybody who is handed over has a token: the order of the two files does not matter.
Outcome note_the_virtual_machine(Context& context) {
  if (const auto fault = fault_of_call(context, luo::kFileFreezeSite)) return sim::finish(*fault);
  const Memfd& file = context.fd.memfds[object_of_call(context)];
  const auto token = token_of(context, file.kvm);
  if (!token) return sim::finish(-kernel::kENOENT);
  const memory::PhysicalAddress address{context.frame().word};
  if (!belongs_to(context.memory, address, 1, kGuestMemfdRecordOwner))
    return sim::finish(-kernel::kEINVAL);
  store_machine_token(context.memory.bytes(), address, *token);
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

// frame.local[2] is the virtual machine's file. RFC v2 holds its lock while it asks a handler, so
// that a handler cannot restore a second file by itself: user space has to do it before.
Outcome find_the_virtual_machine(Context& context) {
  const auto record = handed_over_record(context, MemoryKind::guest_memfd);
  if (!record) return sim::finish(-kernel::kEINVAL);
  const auto file = restored_file(context, record->machine_token);
  if (!file) return sim::finish(-kernel::kENOENT);
  if (!is_of_type(context, *file, FileType::kvm)) return sim::finish(-kernel::kEINVAL);
  context.frame().local[2] = file->index;
  return sim::done();
}

Outcome bind_to_it(Context& context) {
  const sim::Frame& frame = context.frame();
  context.fd.memfds[frame.local[0]].kvm = {static_cast<std::uint32_t>(frame.local[2])};
  return sim::done();
}

constexpr std::string_view kUndo = "unpreserve the folios";

constexpr sim::Step kCanPreserveSteps[] = {
    {"accept guest memory", sim::step<accept<MemoryKind::guest_memfd>>}};
constexpr sim::Step kPrepareSteps[] = {
    {"freeze the mapping", sim::step<freeze_mapping>},
    {"preserve the next folios",
     sim::step<preserve_next_folios>,
     {.on_end = "write the record", .on_failure = kUndo}},
    {"write the record", sim::step<write_record>, {.then = sim::kReturn, .on_failure = kUndo}},
    {kUndo, sim::step<unpreserve_what_was_done>},
    {"thaw the mapping", sim::step<thaw_mapping>},
};
constexpr sim::Step kFreezeSteps[] = {
    {"note the token of its virtual machine", sim::step<note_the_virtual_machine>}};
constexpr sim::Step kRetrieveSteps[] = {
    {"find its virtual machine", sim::step<find_the_virtual_machine>},
    {"make an empty file", sim::step<make_the_file<MemoryKind::guest_memfd>>},
    {"bind it to the virtual machine", sim::step<bind_to_it>},
    {"take the next folios over",
     sim::step<take_next_folios<MemoryKind::guest_memfd>>,
     {.on_end = "open it", .on_failure = "give back what was taken"}},
    {"open it", sim::step<open_the_file>},
    {"give back what was taken",
     sim::step<free_what_was_taken>,
     {},
     sim::unless(luo::v2::kFailedRetrieveCanBeRetried)},
    {"give back what was taken",
     sim::step<hand_back_what_was_taken>,
     {},
     sim::only_if(luo::v2::kFailedRetrieveCanBeRetried)},
};
constexpr sim::Step kFinishSteps[] = {
    {"drop what nobody took back", sim::step<drop_unclaimed<MemoryKind::guest_memfd>>}};

constexpr sim::Program kCanPreserveProgram{"guest_memfd.can_preserve",
                                           "whether the file is guest memory", kCanPreserveSteps};
constexpr sim::Program kPrepareProgram{"guest_memfd.prepare",
                                       "preserves the memory that the file has and a record of it",
                                       kPrepareSteps};
constexpr sim::Program kFreezeProgram{
    "guest_memfd.freeze", "demands that the virtual machine is handed over too", kFreezeSteps};
constexpr sim::Program kRetrieveProgram{
    "guest_memfd.retrieve", "makes a file for the virtual machine of the memory that came over",
    kRetrieveSteps};
constexpr sim::Program kFinishProgram{
    "guest_memfd.finish", "gives back the record, and the memory if nobody took it", kFinishSteps};

}  // namespace

const luo::ParticipantType kGuestMemfdType{
    .name = "guest-memfd",
    .can_preserve = kCanPreserveProgram.id(),
    .prepare = kPrepareProgram.id(),
    .freeze = kFreezeProgram.id(),
    .cancel = kCancelMemory,
    .finish = kFinishProgram.id(),
    .retrieve = kRetrieveProgram.id(),
};

std::span<const sim::Program* const> guest_memfd_programs() {
  static constexpr const sim::Program* kPrograms[] = {
      &kCanPreserveProgram, &kPrepareProgram, &kFreezeProgram, &kRetrieveProgram, &kFinishProgram};
  return kPrograms;
}

std::optional<kernel::FileId> create_guest_memfd(Context& context, sim::Symbol name,
                                                 kernel::FileId kvm, std::uint64_t bytes,
                                                 std::uint64_t hole_bytes) {
  if (!is_of_type(context, kvm, FileType::kvm)) return std::nullopt;
  const Memfd file{.kind = MemoryKind::guest_memfd, .kvm = kvm};
  return create_memory_file(context, name, file, bytes, hole_bytes);
}

}  // namespace luosim::fd
