// SPDX-License-Identifier: Apache-2.0
//
// Files of huge pages and their handler. Handing them over is what a memfd does, with folios of the
// pool; taking them over differs.
#include "model/fd/hugetlb.hpp"

#include "model/fd/handler_call.hpp"
#include "model/fd/memfd.hpp"
#include "model/fd/memfd_pages.hpp"
#include "model/fd/memfd_steps.hpp"
#include "model/fd/record.hpp"
#include "model/kernel/errno.hpp"
#include "model/luo/v2/knobs.hpp"

namespace luosim::fd {

namespace {

using sim::Outcome;

// A folio joins the pool of its size as one that is in use, and is accounted to the file's user.
Outcome take_next_huge_pages(Context& context) {
  const TakenRun run = take_next_run(context, MemoryKind::hugetlb);
  if (run.error != 0) return sim::fail(run.error);
  if (run.pages == 0) return sim::end();
  const std::uint32_t order = context.fd.memfds[context.frame().local[0]].order;
  count_into_pool(context.fd, order, run.pages);
  if (!kernel::allocate_object(context, kHugetlbCharge)) return sim::fail(-kernel::kENOMEM);
  return sim::again(run.duration);
}

std::uint64_t pages_of_new_file(const Context& context) {
  std::uint64_t pages = 0;
  const auto memfd = static_cast<std::uint32_t>(context.frame().local[0]);
  for (const MemfdPiece& piece : pieces_of_memfd(context.fd, memfd)) pages += piece.pages;
  return pages;
}

// The file is nobody's and keeps its pages until the machine reboots (hazard 22).
Outcome leak_what_was_taken(Context& context) {
  const std::uint64_t memfd = context.frame().local[0];
  const std::uint64_t pages = pages_of_new_file(context);
  const bool frees = context.fault(kFreesOnFailureSite, handler_name_of_call(context)).has_value();
  context.record(
      {.kind = ParticipantRecord::hugetlb_leaked, .values = {memfd, pages, frees ? 1U : 0U, 0}});
  if (!frees) return sim::done();
  count_out_of_pool(context.fd, context.fd.memfds[memfd].order, pages);
  return free_what_was_taken(context);
}

Outcome hand_back_huge_pages(Context& context) {
  const std::uint32_t order = context.fd.memfds[context.frame().local[0]].order;
  count_out_of_pool(context.fd, order, pages_of_new_file(context));
  return hand_back_what_was_taken(context);
}

constexpr sim::Step kCanPreserveSteps[] = {
    {"accept files of huge pages without a name", sim::step<accept<MemoryKind::hugetlb>>}};
constexpr sim::Step kRetrieveSteps[] = {
    {"make an empty file", sim::step<make_the_file<MemoryKind::hugetlb>>},
    {"take the next folios over",
     sim::step<take_next_huge_pages>,
     {.on_end = "open it", .on_failure = "leave what was taken"}},
    {"open it", sim::step<open_the_file>},
    {"leave what was taken",
     sim::step<leak_what_was_taken>,
     {},
     sim::unless(luo::v2::kFailedRetrieveCanBeRetried)},
    {"leave what was taken",
     sim::step<hand_back_huge_pages>,
     {},
     sim::only_if(luo::v2::kFailedRetrieveCanBeRetried)},
};
constexpr sim::Step kFinishSteps[] = {
    {"put what nobody took back into the pool", sim::step<drop_unclaimed<MemoryKind::hugetlb>>}};

constexpr sim::Program kCanPreserveProgram{"hugetlb.can_preserve",
                                           "whether the file is of huge pages", kCanPreserveSteps};
constexpr sim::Program kRetrieveProgram{
    "hugetlb.retrieve", "makes a file of the huge pages that the record names", kRetrieveSteps};
constexpr sim::Program kFinishProgram{
    "hugetlb.finish", "gives back the record, and the huge pages if nobody took them",
    kFinishSteps};

}  // namespace

const luo::ParticipantType kHugetlbType{
    .name = "hugetlb",
    .can_preserve = kCanPreserveProgram.id(),
    .prepare = kPrepareMemory,
    .freeze = kRefreshMemoryRecord,
    .cancel = kCancelMemory,
    .finish = kFinishProgram.id(),
    .retrieve = kRetrieveProgram.id(),
};

std::span<const sim::Program* const> hugetlb_programs() {
  static constexpr const sim::Program* kPrograms[] = {&kCanPreserveProgram, &kRetrieveProgram,
                                                      &kFinishProgram};
  return kPrograms;
}

std::optional<kernel::FileId> create_hugetlb_memfd(Context& context, sim::Symbol name,
                                                   std::uint64_t bytes, std::uint32_t order,
                                                   std::uint64_t hole_bytes) {
  const std::uint64_t folio = memory::kPageBytes << order;
  if (bytes % folio != 0 || hole_bytes % folio != 0) return std::nullopt;
  return create_memory_file(context, name, {.order = order, .kind = MemoryKind::hugetlb}, bytes,
                            hole_bytes);
}

}  // namespace luosim::fd
