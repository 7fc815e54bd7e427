// SPDX-License-Identifier: Apache-2.0
//
// The handler of memfds: its callbacks as tables.
#include "model/fd/memfd.hpp"
#include "model/fd/memfd_steps.hpp"
#include "model/luo/v2/knobs.hpp"

namespace luosim::fd {

namespace {

constexpr std::string_view kUndo = "unpreserve the folios";

constexpr sim::Step kCanPreserveSteps[] = {
    {"accept shmem files without a name", sim::step<accept<MemoryKind::shmem>>}};
constexpr sim::Step kPrepareSteps[] = {
    {"freeze the mapping", sim::step<freeze_mapping>},
    {"fill the holes", sim::step<fill_holes>, {.on_failure = "thaw the mapping"}},
    {"preserve the next folios",
     sim::step<preserve_next_folios>,
     {.on_end = "write the record", .on_failure = kUndo}},
    {"write the record", sim::step<write_record>, {.then = sim::kReturn, .on_failure = kUndo}},
    {kUndo, sim::step<unpreserve_what_was_done>},
    {"thaw the mapping", sim::step<thaw_mapping>},
};
constexpr sim::Step kFreezeSteps[] = {{"refresh the record", sim::step<refresh_record>}};
constexpr sim::Step kCancelSteps[] = {
    {kUndo, sim::step<unpreserve_folios>},
    {"free the record", sim::step<free_record>},
    {"thaw the mapping", sim::step<thaw_mapping>},
};
constexpr sim::Step kRetrieveSteps[] = {
    {"make an empty file", sim::step<make_the_file<MemoryKind::shmem>>},
    {"take the next folios over",
     sim::step<take_next_folios<MemoryKind::shmem>>,
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
    {"drop what nobody took back", sim::step<drop_unclaimed<MemoryKind::shmem>>}};

constexpr sim::Program kCanPreserveProgram{"memfd.can_preserve", "whether the file is a memfd",
                                           kCanPreserveSteps};
constexpr sim::Program kPrepareProgram{
    "memfd.prepare", "preserves all memory of the file and a record of it", kPrepareSteps};
constexpr sim::Program kFreezeProgram{"memfd.freeze", "brings the record up to date", kFreezeSteps};
constexpr sim::Program kCancelProgram{"memfd.cancel", "unpreserves the memory and frees the record",
                                      kCancelSteps};
constexpr sim::Program kRetrieveProgram{
    "memfd.retrieve", "makes a file of the memory that the record names", kRetrieveSteps};
constexpr sim::Program kFinishProgram{
    "memfd.finish", "gives back the record, and the memory if nobody took it", kFinishSteps};

}  // namespace

const luo::ParticipantType kMemfdType{
    .name = "memfd",
    .can_preserve = kCanPreserveProgram.id(),
    .prepare = kPrepareMemory,
    .freeze = kRefreshMemoryRecord,
    .cancel = kCancelMemory,
    .finish = kFinishProgram.id(),
    .retrieve = kRetrieveProgram.id(),
};

std::span<const sim::Program* const> memfd_programs() {
  static constexpr const sim::Program* kPrograms[] = {&kCanPreserveProgram, &kPrepareProgram,
                                                      &kFreezeProgram,      &kCancelProgram,
                                                      &kRetrieveProgram,    &kFinishProgram};
  return kPrograms;
}

}  // namespace luosim::fd
