// SPDX-License-Identifier: Apache-2.0
//
// Taking a file of memory over from the kernel before: the steps of retrieve and finish.
#include "model/fd/handler_call.hpp"
#include "model/fd/hugetlb.hpp"
#include "model/fd/memfd.hpp"
#include "model/fd/memfd_mistakes.hpp"
#include "model/fd/memfd_pages.hpp"
#include "model/fd/memfd_steps.hpp"
#include "model/fd/record.hpp"
#include "model/fd/record_pages.hpp"
#include "model/kernel/errno.hpp"
#include "model/luo/fault_sites.hpp"

namespace luosim::fd {

namespace {

bool is_unclaimed(const memory::PhysicalMemory& memory, memory::PageRange range) {
  return was_handed_over(memory, memory::address_of(range.first), range.count);
}

}  // namespace

std::optional<MemfdRecord> handed_over_record(const Context& context, MemoryKind kind) {
  const memory::PhysicalAddress address{context.frame().word};
  if (!was_handed_over(context.memory, address, 1)) return std::nullopt;
  auto record = load_record(context.memory.bytes(), address, context.memory.pages());
  const bool is_whole = record && record->file.kind == kind &&
                        was_handed_over(context.memory, address, record->record_pages);
  return is_whole ? record : std::nullopt;
}

Outcome make_file_of_kind(Context& context, MemoryKind kind) {
  const auto fault = context.fault(luo::kFileRetrieveSite, handler_name_of_call(context));
  if (fault) return sim::finish(*fault);
  const auto record = handed_over_record(context, kind);
  if (!record) return sim::finish(-kernel::kEINVAL);
  context.frame().local[0] = context.fd.memfds.size();
  context.fd.memfds.push_back(record->file);
  return sim::done();
}

// A run that was not handed over as a whole, or not any more, is an error.
TakenRun take_next_run(Context& context, MemoryKind kind) {
  sim::Frame& frame = context.frame();
  const auto record = handed_over_record(context, kind);
  if (!record) return {.error = row_of(kind).missing_folio};
  if (frame.local[1] >= record->runs.size()) return {};
  const RecordedRun& run = record->runs[frame.local[1]];
  const memory::PageRange range{{run.pfn}, run.pages};
  if (!is_unclaimed(context.memory, range)) return {.error = row_of(kind).missing_folio};
  const auto memfd = static_cast<std::uint32_t>(frame.local[0]);
  context.memory.give(range, row_of(kind).owner.tag(), memfd);
  add_piece(context.fd,
            {.memfd = memfd, .index = run.index, .first = range.first, .pages = range.count});
  ++frame.local[1];
  const std::uint64_t folios = range.count >> record->file.order;
  return {.pages = range.count,
          .duration =
              context.timing.of_each(timing::Cost::memfd_restore_folio, folios) +
              context.timing.of_thousands(timing::Cost::memfd_restore_thousand_pages, range.count)};
}

Outcome open_the_file(Context& context) {
  const auto memfd = static_cast<std::uint32_t>(context.frame().local[0]);
  may_be_reclaimed(context, memfd);
  const Memfd& file = context.fd.memfds[memfd];
  const kernel::FileId id =
      context.kernel.files.open({}, static_cast<std::uint32_t>(FileType::memfd), memfd);
  const std::uint64_t present = present_pages(context.fd, memfd, 0, file.pages);
  context.record({.kind = ParticipantRecord::memfd_restored,
                  .values = {present, present >> file.order, 0, 0}});
  context.frame().word = id.index;
  return sim::finish(0);
}

Outcome free_what_was_taken(Context& context) {
  const auto memfd = static_cast<std::uint32_t>(context.frame().local[0]);
  for (const MemfdPiece& piece : pieces_of_memfd(context.fd, memfd))
    kernel::free_pages(context, {piece.first, piece.pages});
  forget_pieces(context.fd, memfd);
  return sim::done();
}

Outcome hand_back_what_was_taken(Context& context) {
  const auto memfd = static_cast<std::uint32_t>(context.frame().local[0]);
  for (const MemfdPiece& piece : pieces_of_memfd(context.fd, memfd)) {
    context.memory.give({piece.first, piece.pages}, kho::kIncomingOwner.tag(),
                        context.kernel.generation);
  }
  forget_pieces(context.fd, memfd);
  return sim::done();
}

Outcome drop_what_is_unclaimed(Context& context, MemoryKind kind) {
  const auto record = handed_over_record(context, kind);
  if (!record) return sim::finish(0);
  std::uint64_t dropped = 0;
  if (context.frame().values[2] == 0) {
    for (const RecordedRun& run : record->runs) {
      const memory::PageRange range{{run.pfn}, run.pages};
      if (!is_unclaimed(context.memory, range)) continue;
      if (kind == MemoryKind::hugetlb) {
        add_to_pool(context, record->file.order, range);
      } else {
        kernel::free_pages(context, range);
      }
      dropped += range.count;
    }
  }
  kernel::free_pages(context, {memory::page_of({context.frame().word}), record->record_pages});
  if (dropped > 0) {
    context.record({.kind = ParticipantRecord::memfd_dropped, .values = {dropped, 0, 0, 0}});
  }
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

}  // namespace luosim::fd
