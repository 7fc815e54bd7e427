// SPDX-License-Identifier: Apache-2.0
#include "model/fd/self_test.hpp"

#include "model/fd/file_type.hpp"
#include "model/fd/record.hpp"
#include "model/kernel/errno.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/v2/programs.hpp"

namespace luosim::fd {

namespace {

using sim::Outcome;

constexpr std::size_t kNoSlot = kSelfTestSlots;

std::vector<SelfTestSlot>& slots(Context& context) {
  if (context.fd.self_test.empty()) context.fd.self_test.resize(kSelfTestSlots);
  return context.fd.self_test;
}

sim::Symbol name_of(Context& context) {
  return {static_cast<std::uint32_t>(context.frame().values[0])};
}

std::size_t slot_with(Context& context, sim::Symbol name) {
  const std::vector<SelfTestSlot>& all = slots(context);
  for (std::size_t index = 0; index < kSelfTestSlots; ++index) {
    if (all[index].is_used != 0 && all[index].name == name) return index;
  }
  return kNoSlot;
}

memory::PageRange page_of(const SelfTestSlot& slot) {
  return {memory::page_of(slot.page), 1};
}

bool is_live(const Context& context, memory::PhysicalAddress page) {
  return context.memory.at(memory::page_of(page)).owner == kSelfTestPageOwner.tag();
}

void give_up_slot(Context& context, sim::Symbol name) {
  const std::size_t index = slot_with(context, name);
  if (index == kNoSlot) return;
  SelfTestSlot& slot = slots(context)[index];
  if (slot.is_preserved != 0) kho::unpreserve_range(context, slot.page, memory::kPageBytes);
  if (is_live(context, slot.page)) kernel::free_pages(context, page_of(slot));
  slot.is_used = 0;
  slot.is_preserved = 0;
}

std::size_t free_slot(Context& context) {
  const std::vector<SelfTestSlot>& all = slots(context);
  std::size_t index = 0;
  while (index < kSelfTestSlots && all[index].is_used != 0) ++index;
  return index;
}

Outcome take_a_slot(Context& context) {
  const auto page = kernel::allocate_pages(context, 1, 1, kSelfTestPageOwner);
  if (!page) return sim::fail(-kernel::kENOMEM);
  const std::size_t index = free_slot(context);
  if (index == kNoSlot) {
    kernel::free_pages(context, *page);
    return sim::fail(-kernel::kENOMEM);
  }
  SelfTestSlot& slot = slots(context)[index];
  std::vector<luo::v2::SubsystemObject>& objects = context.luo.subsystem_objects;
  if (slot.has_object == 0) {
    slot.object = static_cast<std::uint32_t>(objects.size());
    slot.has_object = 1;
    objects.push_back({.type = static_cast<std::uint32_t>(Participant::self_test),
                       .argument = static_cast<std::uint32_t>(index)});
  }
  slot.name = name_of(context);
  slot.page = memory::address_of(page->first);
  slot.is_used = 1;
  objects[slot.object].name = slot.name;
  context.frame().local[0] = slot.object;
  return sim::done();
}

Outcome register_it(Context& context) {
  return sim::call(luo::v2::kRegisterSubsystem, {.values = {context.frame().local[0], 0, 0, 0}});
}

Outcome undo_if_refused(Context& context) {
  const std::int64_t answer = context.frame().result;
  if (answer != 0) give_up_slot(context, name_of(context));
  return sim::finish(answer);
}

Outcome find_the_slot(Context& context) {
  const std::size_t index = slot_with(context, name_of(context));
  if (index == kNoSlot) return sim::fail(-kernel::kEINVAL);
  context.frame().local[0] = slots(context)[index].object;
  return sim::done();
}

Outcome unregister_it(Context& context) {
  return sim::call(luo::v2::kUnregisterSubsystem, {.values = {context.frame().local[0], 0, 0, 0}});
}

Outcome free_the_slot_if_it_was(Context& context) {
  const std::int64_t answer = context.frame().result;
  if (answer == 0) give_up_slot(context, name_of(context));
  return sim::finish(answer);
}

SelfTestSlot& self(Context& context) {
  return slots(context)[context.frame().values[0]];
}

void note_page(Context& context, bool live) {
  context.record({.kind = ParticipantRecord::note,
                  .values = {static_cast<std::uint64_t>(ParticipantRecord::Note::self_test_page),
                             live ? 1U : 0U, context.frame().values[0], 0}});
}

Outcome prepare(Context& context) {
  SelfTestSlot& slot = self(context);
  note_page(context, is_live(context, slot.page));
  const std::int64_t error = kho::preserve_range(context, slot.page, memory::kPageBytes);
  if (error != 0) return sim::finish(error);
  slot.is_preserved = 1;
  context.frame().word = slot.page.value;
  return sim::finish(0);
}

Outcome freeze(Context& context) {
  note_page(context, true);
  return sim::finish(0);
}

Outcome cancel(Context& context) {
  SelfTestSlot& slot = self(context);
  note_page(context, true);
  slot.is_preserved = 0;
  kho::unpreserve_range(context, {context.frame().word}, memory::kPageBytes);
  return sim::finish(0);
}

Outcome finish(Context& context) {
  note_page(context, true);
  return sim::finish(0);
}

constexpr sim::Step kRegisterSteps[] = {
    {"take a slot and a page", sim::step<take_a_slot>},
    {"register it", sim::step<register_it>},
    {"undo by name if it was refused", sim::step<undo_if_refused>},
};
constexpr sim::Step kUnregisterSteps[] = {
    {"find the slot by name", sim::step<find_the_slot>},
    {"unregister it", sim::step<unregister_it>},
    {"free the slot", sim::step<free_the_slot_if_it_was>},
};
constexpr sim::Step kGetDataSteps[] = {{"find the slot by name", sim::step<find_the_slot>}};
constexpr sim::Step kPrepareSteps[] = {{"preserve its page", sim::step<prepare>}};
constexpr sim::Step kFreezeSteps[] = {{"only report", sim::step<freeze>}};
constexpr sim::Step kCancelSteps[] = {{"unpreserve its page", sim::step<cancel>}};
constexpr sim::Step kFinishSteps[] = {{"only report", sim::step<finish>}};

constexpr sim::Program kRegisterProgram{"self_test.register", "the self test registers a subsystem",
                                        kRegisterSteps};
constexpr sim::Program kUnregisterProgram{
    "self_test.unregister", "the self test unregisters a subsystem", kUnregisterSteps};
constexpr sim::Program kGetDataProgram{"self_test.get_data", "the self test reads a page back",
                                       kGetDataSteps};
constexpr sim::Program kPrepareProgram{"self_test.prepare", "preserves the page of a slot",
                                       kPrepareSteps};
constexpr sim::Program kFreezeProgram{"self_test.freeze", "only reports", kFreezeSteps};
constexpr sim::Program kCancelProgram{"self_test.cancel", "unpreserves the page of a slot",
                                      kCancelSteps};
constexpr sim::Program kFinishProgram{"self_test.finish", "only reports", kFinishSteps};

}  // namespace

const luo::ParticipantType kSelfTestType{
    .name = "self-test",
    .prepare = kPrepareProgram.id(),
    .freeze = kFreezeProgram.id(),
    .cancel = kCancelProgram.id(),
    .finish = kFinishProgram.id(),
};

std::span<const sim::Program* const> self_test_programs() {
  static constexpr const sim::Program* kPrograms[] = {
      &kRegisterProgram, &kUnregisterProgram, &kGetDataProgram, &kPrepareProgram,
      &kFreezeProgram,   &kCancelProgram,     &kFinishProgram};
  return kPrograms;
}

}  // namespace luosim::fd
