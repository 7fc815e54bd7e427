// SPDX-License-Identifier: Apache-2.0
//
// Handing a file of memory over: the steps of its prepare, freeze and cancel.
#include <algorithm>

#include "model/driver/knobs.hpp"
#include "model/fd/handler_call.hpp"
#include "model/fd/memfd.hpp"
#include "model/fd/memfd_mistakes.hpp"
#include "model/fd/memfd_pages.hpp"
#include "model/fd/memfd_steps.hpp"
#include "model/fd/record.hpp"
#include "model/fd/record_pages.hpp"
#include "model/kernel/errno.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/fault_sites.hpp"

namespace luosim::fd {

namespace {

// Folios that one step works through: what a kernel does between two points where it may be
// preempted.
constexpr std::uint64_t kFoliosPerStep = 32'768;
// The second version of a memfd's record counts pages in 32 bits.
constexpr std::uint64_t kMostPages = UINT32_MAX;

// Why a file cannot be handed over as it is (devices.md, B.2 and B.8), or 0.
std::int64_t refusal_of(const Context& context, const Memfd& file) {
  if (file.kind == MemoryKind::guest_memfd) return file.pages == 0 ? -kernel::kEINVAL : 0;
  if (file.kind == MemoryKind::hugetlb || context.knob(driver::kMemfd) == driver::kMemfdV1)
    return 0;
  if ((file.seals & ~kKnownSeals) != 0) return -kernel::kEOPNOTSUPP;
  return file.pages > kMostPages ? -kernel::kEFBIG : 0;
}

void unpreserve_pieces(Context& context, std::uint32_t memfd, std::uint64_t whole_pieces,
                       std::uint64_t folios_of_next) {
  const std::uint32_t order = context.fd.memfds[memfd].order;
  std::uint64_t number = 0;
  for (const MemfdPiece& piece : pieces_of_memfd(context.fd, memfd)) {
    const bool is_whole = number < whole_pieces;
    if (number > whole_pieces) break;
    const std::uint64_t folios = is_whole ? piece.pages >> order : folios_of_next;
    if (folios > 0) kho::unpreserve_folios(context, piece.first, order, folios);
    ++number;
  }
}

}  // namespace

Outcome accept_kind(Context& context, MemoryKind kind) {
  const bool refuses = fault_of_call(context, luo::kFileCanPreserveSite).has_value();
  const kernel::File& file = context.kernel.files[file_of_call(context)];
  const bool is_of_kind = file.type == static_cast<std::uint32_t>(FileType::memfd) &&
                          context.fd.memfds[file.object].kind == kind;
  return sim::finish(is_of_kind && !refuses ? 1 : 0);
}

Outcome freeze_mapping(Context& context) {
  if (const auto fault = fault_of_call(context, luo::kFilePrepareSite)) return sim::finish(*fault);
  Memfd& file = context.fd.memfds[object_of_call(context)];
  if (const std::int64_t refusal = refusal_of(context, file); refusal != 0)
    return sim::finish(refusal);
  file.is_frozen = 1;
  may_lie_in_scratch(context, object_of_call(context));
  return sim::done();
}

Outcome fill_holes(Context& context) {
  const std::uint32_t memfd = object_of_call(context);
  const Memfd& file = context.fd.memfds[memfd];
  if (context.fault(kernel::kAllocationSite, row_of(file.kind).owner.name))
    return sim::fail(-kernel::kENOMEM);
  return fill_holes_between(context, memfd, 0, file.pages) ? sim::done()
                                                           : sim::fail(-kernel::kENOMEM);
}

Outcome preserve_next_folios(Context& context) {
  const std::uint32_t memfd = object_of_call(context);
  const auto pieces = pieces_of_memfd(context.fd, memfd);
  sim::Frame& frame = context.frame();
  if (frame.local[0] == pieces.size()) {
    may_be_preserved_wrongly(context, memfd);
    return sim::end();
  }
  const MemfdPiece& piece = pieces[frame.local[0]];
  const std::uint32_t order = context.fd.memfds[memfd].order;
  const std::uint64_t folios = (piece.pages >> order) - frame.local[1];
  const std::uint64_t now = std::min(folios, kFoliosPerStep);
  const std::int64_t error =
      kho::preserve_folios(context, piece.first + (frame.local[1] << order), order, now);
  if (error != 0) return sim::fail(error);
  if (now == folios) {
    ++frame.local[0];
    frame.local[1] = 0;
  } else {
    frame.local[1] += now;
  }
  return sim::again(
      context.timing.of_each(timing::Cost::memfd_prepare_folio, now) +
      context.timing.of_thousands(timing::Cost::memfd_prepare_thousand_pages, now << order));
}

Outcome write_record(Context& context) {
  const std::uint32_t memfd = object_of_call(context);
  const Memfd& file = context.fd.memfds[memfd];
  const auto pieces = pieces_of_memfd(context.fd, memfd);
  const std::uint64_t present = present_pages(context.fd, memfd, 0, file.pages);
  const std::uint64_t pages = record_pages(file, present, pieces.size());
  memory::PhysicalAddress address;
  const std::int64_t error =
      preserve_record(context, pages, row_of(file.kind).record_owner, memfd, address);
  if (error != 0) return sim::fail(error);
  const bool keeps_seals = context.knob(driver::kMemfd) == driver::kMemfdV2;
  store_record(context.memory.bytes(), address,
               {.file = file, .record_pages = pages, .keeps_seals = keeps_seals}, pieces);
  context.frame().word = address.value;
  context.record({.kind = ParticipantRecord::memfd_saved,
                  .object = context.kernel.files[file_of_call(context)].name,
                  .values = {present, present >> file.order, pages * memory::kPageBytes, 0}});
  return sim::done();
}

Outcome unpreserve_what_was_done(Context& context) {
  const sim::Frame& frame = context.frame();
  unpreserve_pieces(context, object_of_call(context), frame.local[0], frame.local[1]);
  return sim::done();
}

Outcome thaw_mapping(Context& context) {
  context.fd.memfds[object_of_call(context)].is_frozen = 0;
  return sim::done();
}

// The file position is read once more; this model's files are not read sequentially.
Outcome refresh_record(Context& context) {
  const auto fault = fault_of_call(context, luo::kFileFreezeSite);
  may_have_moved(context, object_of_call(context));
  return sim::finish(fault.value_or(0), context.timing.of(timing::Cost::callback));
}

Outcome unpreserve_folios(Context& context) {
  const std::uint32_t memfd = object_of_call(context);
  unpreserve_pieces(context, memfd, pieces_of_memfd(context.fd, memfd).size(), 0);
  return sim::done();
}

Outcome free_record(Context& context) {
  const memory::PhysicalAddress address{context.frame().word};
  if (address.value == 0) return sim::done();
  const auto record = load_record(context.memory.bytes(), address, context.memory.pages());
  if (!record) return sim::done();
  drop_record(context, address, record->record_pages);
  return sim::done();
}

}  // namespace luosim::fd
