// SPDX-License-Identifier: Apache-2.0
#include "model/fd/test_participant.hpp"

#include <fmt/format.h>

#include "model/fd/file_type.hpp"
#include "model/fd/record.hpp"
#include "model/kernel/errno.hpp"
#include "model/kho/client.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/fault_sites.hpp"
#include "model/luo/v2/programs.hpp"

namespace luosim::fd {

namespace {

using luo::Callback;
using ParticipantRecord::Note;
using sim::Outcome;

TestParticipant& self(Context& context) {
  return context.fd.test_participants[context.frame().values[0]];
}

kernel::FileId file_of(Context& context) {
  return {static_cast<std::uint32_t>(context.frame().values[1])};
}

std::string_view file_name(Context& context) {
  const kernel::FileId file = file_of(context);
  return file == kernel::kNoFile
             ? std::string_view()
             : std::string_view(context.names.text(context.kernel.files[file].name));
}

void note(Context& context, Note what, std::int64_t value, std::uint64_t more = 0) {
  context.record(
      {.kind = ParticipantRecord::note,
       .values = {static_cast<std::uint64_t>(what), static_cast<std::uint64_t>(value), more, 0}});
}

// A page's tag depends on its address, so that a tag found elsewhere is not taken for it.
std::uint64_t tag_for(memory::PhysicalAddress page) {
  return page.value ^ 0x4C55'4F54'4147'5F31ULL;
}

template <Callback callback>
Outcome reenter(Context& context) {
  const TestParticipant& participant = self(context);
  if (participant.reenters != static_cast<std::uint8_t>(callback)) return sim::end();
  return sim::call(luo::v2::kUnregisterSubsystem,
                   {.values = {participant.dummy, 0, 0, 0}, .word = context.frame().word});
}

Outcome note_reentry(Context& context) {
  context.record({.kind = ParticipantRecord::reentered,
                  .subject = self(context).name,
                  .values = {static_cast<std::uint64_t>(context.frame().result), 0, 0, 0}});
  return sim::done();
}

// The fault of this call, if it fires: a negative value stops the callback, a positive one is only
// what it will return.
std::int64_t scripted_result(Context& context, const sim::FaultSite& subsystem_site,
                             const sim::FaultSite& file_site) {
  const std::string_view name = context.names.text(self(context).name);
  const auto value = self(context).is_handler != 0
                         ? context.fault(file_site, name, file_name(context))
                         : context.fault(subsystem_site, name);
  return value.value_or(0);
}

Outcome decide(Context& context) {
  const TestParticipant& participant = self(context);
  const kernel::File& file = context.kernel.files[file_of(context)];
  const bool refuses = context
                           .fault(luo::kFileCanPreserveSite, context.names.text(participant.name),
                                  file_name(context))
                           .has_value();
  const bool accepts = context.names.text(participant.accepts) == "*" ||
                       (file.type == static_cast<std::uint32_t>(FileType::test) &&
                        file.object == participant.accepts.index);
  return sim::finish(accepts && !refuses ? 1 : 0);
}

// Allocates, tags and preserves a page: its address, or an error.
std::int64_t preserve_tagged_page(Context& context, memory::PhysicalAddress& address) {
  const auto pages = kernel::allocate_pages(context, 1, 1, kTestPageOwner);
  if (!pages) return -kernel::kENOMEM;
  address = memory::address_of(pages->first);
  const std::int64_t error = kho::preserve_range(context, address, memory::kPageBytes);
  if (error != 0) {
    kernel::free_pages(context, *pages);
    note(context, Note::preserve_failed, error);
    return error;
  }
  context.record({.kind = ParticipantRecord::page_allocated,
                  .subject = self(context).name,
                  .values = {address.value, 0, 0, 0}});
  context.memory.bytes().write_value(address, tag_for(address));
  return 0;
}

// The page's address becomes the word.
std::int64_t prepare_page(Context& context) {
  if (!kernel::allocate_object(context, kTestObject)) return -kernel::kENOMEM;
  memory::PhysicalAddress address;
  const std::int64_t error = preserve_tagged_page(context, address);
  if (error == 0) context.frame().word = address.value;
  return error;
}

// A word that is the address of a page; the other words end in a nibble of counting.
bool is_page(std::uint64_t word) {
  return word != 0 && word % memory::kPageBytes == 0;
}

// Behind the tag of the page of prepare stands the address of the one of freeze, or 0.
constexpr std::uint64_t kSecondPage = sizeof(std::uint64_t);

memory::PhysicalAddress second_page(const Context& context, memory::PhysicalAddress page) {
  return {context.memory.bytes().read_value<std::uint64_t>(page + kSecondPage)};
}

std::int64_t freeze_page(Context& context) {
  memory::PhysicalAddress address;
  const std::int64_t error = preserve_tagged_page(context, address);
  if (error != 0) return error;
  const std::uint64_t word = context.frame().word;
  if (self(context).preserves_page != 0 && is_page(word)) {
    context.memory.bytes().write_value(memory::PhysicalAddress{word} + kSecondPage, address.value);
  } else {
    context.frame().word = address.value;
  }
  return 0;
}

Outcome prepare(Context& context) {
  const std::int64_t scripted =
      scripted_result(context, luo::kSubsystemPrepareSite, luo::kFilePrepareSite);
  if (scripted < 0) return sim::finish(scripted);
  TestParticipant& participant = self(context);
  if (participant.preserves_page != 0) {
    const std::int64_t error = prepare_page(context);
    if (error != 0) return sim::finish(error);
    ++participant.prepares;
    return sim::finish(scripted, context.timing.of(timing::Cost::participant_page));
  }
  ++participant.prepares;
  context.frame().word =
      std::uint64_t{participant.number} << 16 | std::uint64_t{participant.prepares} << 4;
  return sim::finish(scripted, context.timing.of(timing::Cost::callback));
}

Outcome freeze(Context& context) {
  const std::int64_t scripted =
      scripted_result(context, luo::kSubsystemFreezeSite, luo::kFileFreezeSite);
  if (scripted < 0) return sim::finish(scripted);
  const TestParticipant& participant = self(context);
  if (participant.preserves_in_freeze != 0) {
    const std::int64_t error = freeze_page(context);
    if (error != 0) return sim::finish(error);
  }
  if (participant.preserves_page == 0 && !is_page(context.frame().word)) context.frame().word |= 1;
  return sim::finish(scripted, context.timing.of(timing::Cost::callback));
}

void unpreserve_page(Context& context, memory::PhysicalAddress page) {
  note(context, Note::unpreserved, kho::unpreserve_range(context, page, memory::kPageBytes));
  kernel::free_pages(context, {memory::page_of(page), 1});
}

Outcome cancel(Context& context) {
  const memory::PhysicalAddress page{context.frame().word};
  if (is_page(page.value)) {
    const memory::PhysicalAddress second = second_page(context, page);
    if (is_page(second.value)) unpreserve_page(context, second);
    unpreserve_page(context, page);
  }
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

// True if the page is still reserved for whoever restores it.
bool check_page(Context& context, memory::PhysicalAddress page) {
  const memory::Pfn pfn = memory::page_of(page);
  if (pfn.value >= context.memory.pages()) return false;
  const bool reserved = context.memory.at(pfn).owner == kho::kIncomingOwner.tag();
  const bool intact = context.memory.bytes().read_value<std::uint64_t>(page) == tag_for(page);
  note(context, Note::page_checked, intact ? 1 : 0, reserved ? 1 : 0);
  return reserved;
}

Outcome finish(Context& context) {
  const memory::PhysicalAddress page{context.frame().word};
  const bool has_page = self(context).preserves_page != 0 || self(context).preserves_in_freeze != 0;
  if (has_page && is_page(page.value) && check_page(context, page)) {
    const memory::PhysicalAddress second = second_page(context, page);
    if (is_page(second.value) && check_page(context, second))
      kernel::free_pages(context, {memory::page_of(second), 1});
    kernel::free_pages(context, {memory::page_of(page), 1});
  }
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

Outcome retrieve(Context& context) {
  TestParticipant& participant = self(context);
  const auto scripted = context.fault(luo::kFileRetrieveSite, context.names.text(participant.name));
  if (scripted) return sim::finish(*scripted);
  const memory::PhysicalAddress page{context.frame().word};
  if (participant.preserves_page != 0 && page.value != 0) check_page(context, page);
  const kernel::FileId file = context.kernel.files.open(
      {}, static_cast<std::uint32_t>(FileType::test), participant.accepts.index);
  context.frame().word = file.index;
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

template <Callback callback, Outcome (*work)(Context&)>
constexpr sim::Step kCallbackSteps[3] = {
    {"call the registration interface, if told to",
     sim::step<reenter<callback>>,
     {.on_end = "do the work"}},
    {"note its answer", sim::step<note_reentry>},
    {"do the work", sim::step<work>},
};

constexpr sim::Program kCanPreserveProgram{"test.can_preserve",
                                           "whether the file's type is the one it accepts",
                                           kCallbackSteps<Callback::can_preserve, decide>};
constexpr sim::Program kPrepareProgram{"test.prepare",
                                       "writes a data word, or tags and preserves a page",
                                       kCallbackSteps<Callback::prepare, prepare>};
constexpr sim::Program kFreezeProgram{"test.freeze", "marks the data word",
                                      kCallbackSteps<Callback::freeze, freeze>};
constexpr sim::Program kCancelProgram{"test.cancel", "unpreserves and frees its page",
                                      kCallbackSteps<Callback::cancel, cancel>};
constexpr sim::Program kFinishProgram{"test.finish", "checks its page and gives it back",
                                      kCallbackSteps<Callback::finish, finish>};
constexpr sim::Program kRetrieveProgram{"test.retrieve", "makes a file of its type",
                                        kCallbackSteps<Callback::retrieve, retrieve>};

Outcome preserve_a_page(Context& context) {
  const auto pages = kernel::allocate_pages(context, 1, 1, kTestPageOwner);
  if (!pages) return sim::finish(-kernel::kENOMEM);
  const memory::PhysicalAddress address = memory::address_of(pages->first);
  const std::int64_t error = kho::preserve_range(context, address, memory::kPageBytes);
  if (error != 0) {
    kernel::free_pages(context, *pages);
    return sim::finish(error);
  }
  context.record({.kind = ParticipantRecord::page_allocated, .values = {address.value, 0, 0, 0}});
  context.memory.bytes().write_value(address, tag_for(address));
  return sim::finish(0);
}

constexpr sim::Step kPreservePageSteps[] = {
    {"allocate and preserve a page", sim::step<preserve_a_page>}};
constexpr sim::Program kPreservePageProgram{"test.preserve_page",
                                            "kernel code preserves a page outside of any callback",
                                            kPreservePageSteps};

Outcome answer_kho(Context& context) {
  const std::uint64_t index = context.frame().values[0];
  const TestKhoClient& client = context.fd.test_clients[index];
  const std::string_view name = context.names.text(client.name);
  const auto event = static_cast<kho::Event>(context.frame().values[1]);
  const auto scripted =
      context.fault(event == kho::Event::finalize ? kClientFinalizeSite : kClientAbortSite, name);
  if (scripted) return sim::finish(*scripted);
  if (event == kho::Event::abort) return sim::finish(0);
  for (std::uint32_t subtree = 0; subtree < client.subtrees; ++subtree) {
    const std::int64_t error =
        kho::add_subtree(context, fmt::format("c{}s{}", index, subtree), context.kho.root);
    if (error != 0) return sim::finish(error);
  }
  return sim::finish(0);
}

constexpr sim::Step kClientSteps[] = {{"answer KHO", sim::step<answer_kho>}};
constexpr sim::Program kClientProgram{
    "test.kho_client", "another KHO client, which adds subtrees of its own", kClientSteps};

}  // namespace

const luo::ParticipantType kTestParticipantType{
    .name = "test",
    .can_preserve = kCanPreserveProgram.id(),
    .prepare = kPrepareProgram.id(),
    .freeze = kFreezeProgram.id(),
    .cancel = kCancelProgram.id(),
    .finish = kFinishProgram.id(),
    .retrieve = kRetrieveProgram.id(),
};

std::span<const sim::Program* const> test_participant_programs() {
  static constexpr const sim::Program* kPrograms[] = {
      &kCanPreserveProgram, &kPrepareProgram,  &kFreezeProgram,       &kCancelProgram,
      &kFinishProgram,      &kRetrieveProgram, &kPreservePageProgram, &kClientProgram};
  return kPrograms;
}

namespace {

// The participant and the object that its reentering calls name.
std::uint32_t add_participant(Context& context, TestParticipant participant) {
  luo::v2::State& luo = context.luo;
  participant.dummy = static_cast<std::uint32_t>(luo.subsystem_objects.size());
  luo.subsystem_objects.push_back({.name = participant.name});
  context.fd.test_participants.push_back(participant);
  return static_cast<std::uint32_t>(context.fd.test_participants.size() - 1);
}

}  // namespace

std::uint32_t add_test_subsystem(Context& context, const TestParticipant& participant,
                                 luo::CallbackMask callbacks) {
  const std::uint32_t argument = add_participant(context, participant);
  const auto object = add_subsystem(context, Participant::test, participant.name, callbacks);
  context.luo.subsystem_objects[object].argument = argument;
  return object;
}

std::uint32_t add_test_handler(Context& context, const TestParticipant& participant,
                               luo::CallbackMask callbacks) {
  const std::uint32_t argument = add_participant(context, participant);
  const auto object = add_handler(context, Participant::test, participant.name, callbacks);
  context.luo.handler_objects[object].argument = argument;
  return object;
}

}  // namespace luosim::fd
