// SPDX-License-Identifier: Apache-2.0
#include "model/fd/memfd_mistakes.hpp"

#include <array>

#include "model/fd/handler_call.hpp"
#include "model/fd/memfd.hpp"
#include "model/fd/memfd_pages.hpp"
#include "model/kho/tracker.hpp"

namespace luosim::fd {

namespace {

using memory::PageRange;
using memory::Pfn;

struct Folio {
  std::uint64_t index = 0;  // page of the file
  PageRange frames{};
};

// The folio that a fault speaks of; nothing if there is no fault, or no such folio.
std::optional<Folio> folio_of_fault(const Context& context, std::uint32_t memfd,
                                    const sim::FaultSite& site) {
  const auto fault = fault_of_call(context, site);
  if (!fault || *fault < 1) return std::nullopt;
  const std::uint32_t order = context.fd.memfds[memfd].order;
  const std::uint64_t index = (static_cast<std::uint64_t>(*fault) - 1) << order;
  for (const MemfdPiece& piece : pieces_of_memfd(context.fd, memfd)) {
    if (piece.index <= index && index < piece.index + piece.pages)
      return Folio{index, {piece.first + (index - piece.index), 1ULL << order}};
  }
  return std::nullopt;
}

void copy_pages(memory::PhysicalMemory& memory, PageRange from, Pfn to) {
  for (std::uint64_t page = 0; page < from.count; ++page) {
    std::array<std::byte, memory::kPageBytes> contents{};
    memory.bytes().read(memory::address_of(from.first + page), contents);
    memory.fill({to + page, 1}, memory.at(from.first + page).content);
    memory.bytes().write_pages(to + page, contents);
  }
}

// As migration does: the contents go to the new frames, and the old ones are free.
void move_folio(Context& context, std::uint32_t memfd, const Folio& folio, Pfn to) {
  copy_pages(context.memory, folio.frames, to);
  take_pages_out(context.fd, memfd, folio.index, folio.frames.count);
  add_piece(context.fd,
            {.memfd = memfd, .index = folio.index, .first = to, .pages = folio.frames.count});
  kernel::free_pages(context, folio.frames);
}

std::optional<PageRange> unused_scratch(const Context& context, std::uint64_t pages) {
  for (const PageRange& area : context.kho.scratch) {
    const Pfn first{(area.first.value + pages - 1) / pages * pages};
    const PageRange range{first, pages};
    const memory::Extent& extent = context.memory.at(area.first);
    const bool is_unused = extent.owner == kernel::kScratchOwner.tag() &&
                           range.past_the_end() <= extent.range().past_the_end();
    if (is_unused) return range;
  }
  return std::nullopt;
}

}  // namespace

// What a device has mapped was moved out when it was mapped: pinning does that.
void may_lie_in_scratch(Context& context, std::uint32_t memfd) {
  const Memfd& file = context.fd.memfds[memfd];
  const auto folio = folio_of_fault(context, memfd, kStaysInScratchSite);
  if (!folio || file.pins > 0) return;
  const auto range = unused_scratch(context, folio->frames.count);
  if (!range) return;
  context.memory.give(*range, row_of(file.kind).owner.tag(), memfd);
  move_folio(context, memfd, *folio, range->first);
}

void may_be_preserved_wrongly(Context& context, std::uint32_t memfd) {
  const std::uint32_t order = context.fd.memfds[memfd].order;
  if (const auto folio = folio_of_fault(context, memfd, kForgetsFolioSite))
    kho::unpreserve_folios(context, folio->frames.first, order, 1);
  if (const auto folio = folio_of_fault(context, memfd, kPreservesPageTooSite))
    kho::preserve_folios(context, folio->frames.first + (folio->frames.count - 1), 0, 1);
}

void may_have_moved(Context& context, std::uint32_t memfd) {
  const auto folio = folio_of_fault(context, memfd, kMovesWhenPreservedSite);
  if (!folio) return;
  const memory::OwnerName owner = row_of(context.fd.memfds[memfd].kind).owner;
  const std::uint64_t pages = folio->frames.count;
  const auto range = kernel::allocate_user_pages(context, pages, pages, owner, memfd);
  if (range) move_folio(context, memfd, *folio, range->first);
}

// Whoever reads it next gets a new page of zeroes. Only memory of shmem is ever reclaimed.
void may_be_reclaimed(Context& context, std::uint32_t memfd) {
  const auto folio = folio_of_fault(context, memfd, kReclaimedAsCleanSite);
  if (!folio || context.fd.memfds[memfd].kind != MemoryKind::shmem) return;
  take_pages_out(context.fd, memfd, folio->index, folio->frames.count);
  kernel::free_pages(context, folio->frames);
}

}  // namespace luosim::fd
