// SPDX-License-Identifier: Apache-2.0
#include "model/fd/eventfd.hpp"

#include "model/fd/handler_call.hpp"
#include "model/fd/record_pages.hpp"
#include "model/kernel/errno.hpp"
#include "model/luo/fault_sites.hpp"

namespace luosim::fd {

namespace {

using sim::Outcome;

// The count is at most one less than this, so that a reader can tell a full one from an error.
constexpr std::uint64_t kNoCount = ~0ULL;

// What stands in the page that is handed over.
struct Record {
  std::uint64_t magic = 0;
  std::uint64_t count = 0;
};
constexpr std::uint64_t kMagic = 0x6576'656E'7466'6431;  // "eventfd1"

void write_record(Context& context, memory::PhysicalAddress address) {
  const Eventfd& eventfd = context.fd.eventfds[object_of_call(context)];
  context.memory.bytes().write_value(address, Record{.magic = kMagic, .count = eventfd.count});
}

Outcome accept(Context& context) {
  const auto fault = fault_of_call(context, luo::kFileCanPreserveSite);
  const bool accepts = is_of_type(context, file_of_call(context), FileType::eventfd);
  return sim::finish(accepts && !fault ? 1 : 0);
}

Outcome write_it_down(Context& context) {
  if (const auto fault = fault_of_call(context, luo::kFilePrepareSite)) return sim::finish(*fault);
  memory::PhysicalAddress address;
  const std::int64_t error =
      preserve_record(context, 1, kEventfdRecordOwner, object_of_call(context), address);
  if (error != 0) return sim::finish(error);
  write_record(context, address);
  context.frame().word = address.value;
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

Outcome write_it_down_again(Context& context) {
  if (const auto fault = fault_of_call(context, luo::kFileFreezeSite)) return sim::finish(*fault);
  const memory::PhysicalAddress address{context.frame().word};
  if (!belongs_to(context.memory, address, 1, kEventfdRecordOwner))
    return sim::finish(-kernel::kEINVAL);
  write_record(context, address);
  context.fd.eventfds[object_of_call(context)].is_frozen = 1;
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

Outcome undo(Context& context) {
  const memory::PhysicalAddress address{context.frame().word};
  if (belongs_to(context.memory, address, 1, kEventfdRecordOwner)) drop_record(context, address, 1);
  context.fd.eventfds[object_of_call(context)].is_frozen = 0;
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

Outcome make_one_with_its_count(Context& context) {
  const auto fault = context.fault(luo::kFileRetrieveSite, handler_name_of_call(context));
  if (fault) return sim::finish(*fault);
  const memory::PhysicalAddress address{context.frame().word};
  if (!was_handed_over(context.memory, address, 1)) return sim::finish(-kernel::kEINVAL);
  const auto record = context.memory.bytes().read_value<Record>(address);
  if (record.magic != kMagic || record.count == kNoCount) return sim::finish(-kernel::kEINVAL);
  const auto file = create_eventfd(context, {}, record.count);
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

constexpr sim::Step kCanPreserveSteps[] = {{"accept eventfds", sim::step<accept>}};
constexpr sim::Step kPrepareSteps[] = {{"write the count down", sim::step<write_it_down>}};
constexpr sim::Step kFreezeSteps[] = {
    {"write it down again, for the last time", sim::step<write_it_down_again>}};
constexpr sim::Step kCancelSteps[] = {{"free the record and thaw it", sim::step<undo>}};
constexpr sim::Step kRetrieveSteps[] = {
    {"make one with that count", sim::step<make_one_with_its_count>}};
constexpr sim::Step kFinishSteps[] = {
    {"free the record that was handed over", sim::step<free_handed_over_record>}};

constexpr sim::Program kCanPreserveProgram{"eventfd.can_preserve", "whether the file is an eventfd",
                                           kCanPreserveSteps};
constexpr sim::Program kPrepareProgram{"eventfd.prepare", "preserves a page with the count",
                                       kPrepareSteps};
constexpr sim::Program kFreezeProgram{
    "eventfd.freeze", "brings the page up to date and stops counting", kFreezeSteps};
constexpr sim::Program kCancelProgram{"eventfd.cancel", "frees the page and counts again",
                                      kCancelSteps};
constexpr sim::Program kRetrieveProgram{"eventfd.retrieve", "makes an eventfd of the page",
                                        kRetrieveSteps};
constexpr sim::Program kFinishProgram{"eventfd.finish", "gives back the page", kFinishSteps};

}  // namespace

const luo::ParticipantType kEventfdType{
    .name = "eventfd",
    .can_preserve = kCanPreserveProgram.id(),
    .prepare = kPrepareProgram.id(),
    .freeze = kFreezeProgram.id(),
    .cancel = kCancelProgram.id(),
    .finish = kFinishProgram.id(),
    .retrieve = kRetrieveProgram.id(),
};

std::span<const sim::Program* const> eventfd_programs() {
  static constexpr const sim::Program* kPrograms[] = {&kCanPreserveProgram, &kPrepareProgram,
                                                      &kFreezeProgram,      &kCancelProgram,
                                                      &kRetrieveProgram,    &kFinishProgram};
  return kPrograms;
}

std::optional<kernel::FileId> create_eventfd(Context& context, sim::Symbol name,
                                             std::uint64_t count) {
  if (!kernel::allocate_object(context, kEventfdObject)) return std::nullopt;
  const auto object = static_cast<std::uint32_t>(context.fd.eventfds.size());
  context.fd.eventfds.push_back({.count = count});
  return context.kernel.files.open(name, static_cast<std::uint32_t>(FileType::eventfd), object);
}

std::int64_t write_eventfd(Context& context, std::uint32_t eventfd, std::uint64_t value) {
  Eventfd& file = context.fd.eventfds[eventfd];
  if (value == kNoCount) return -kernel::kEINVAL;
  if (file.is_frozen != 0 || value >= kNoCount - file.count) return -kernel::kEAGAIN;
  file.count += value;
  return 0;
}

sim::Digest128 contents_of_eventfd(const State& fd, std::uint32_t eventfd) {
  sim::Hasher hasher;
  hasher.add(fd.eventfds[eventfd].count);
  return hasher.finish();
}

}  // namespace luosim::fd
