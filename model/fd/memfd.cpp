// SPDX-License-Identifier: Apache-2.0
#include "model/fd/memfd.hpp"

#include <algorithm>

#include "model/fd/file_type.hpp"
#include "model/fd/memfd_pages.hpp"
#include "model/fd/record.hpp"
#include "model/kernel/errno.hpp"
#include "sim/core/assert.hpp"

namespace luosim::fd {

namespace {

bool is_memfd(const Context& context, kernel::FileId file) {
  return context.kernel.files[file].type == static_cast<std::uint32_t>(FileType::memfd);
}

}  // namespace

std::uint32_t order_of_folio(std::uint64_t folio_bytes) {
  std::uint32_t order = 0;
  while ((memory::kPageBytes << order) < folio_bytes) ++order;
  return order;
}

std::optional<kernel::FileId> create_memory_file(Context& context, sim::Symbol name, Memfd file,
                                                 std::uint64_t bytes, std::uint64_t hole_bytes) {
  const auto memfd = static_cast<std::uint32_t>(context.fd.memfds.size());
  file.pages = memory::pages_for(bytes);
  context.fd.memfds.push_back(file);
  const std::uint64_t populated = file.pages - std::min(file.pages, memory::pages_for(hole_bytes));
  if (!fill_holes_between(context, memfd, 0, populated)) {
    release_memfd(context, memfd);
    return std::nullopt;
  }
  return context.kernel.files.open(name, static_cast<std::uint32_t>(FileType::memfd), memfd);
}

std::optional<kernel::FileId> create_memfd(Context& context, sim::Symbol name, std::uint64_t bytes,
                                           std::uint64_t folio_bytes, std::uint64_t hole_bytes) {
  return create_memory_file(context, name, {.order = order_of_folio(folio_bytes)}, bytes,
                            hole_bytes);
}

std::int64_t write_memfd(Context& context, std::uint32_t memfd, std::uint64_t part,
                         std::uint64_t parts, memory::Content content, std::uint64_t first) {
  const Memfd& file = context.fd.memfds[memfd];
  const std::uint64_t folio = 1ULL << file.order;
  const std::uint64_t folios = file.pages / folio;
  const std::uint64_t begin = folios * part / parts * folio;
  const std::uint64_t end =
      std::max(folios * (part + 1) / parts, folios * part / parts + 1) * folio;
  if (begin >= file.pages || end <= first) return 0;
  const std::uint64_t present = present_pages(context.fd, memfd, begin, end);
  if (present < end - begin) {
    if (file.is_frozen != 0) {
      if (file.kind == MemoryKind::guest_memfd) {
        context.record({.kind = ParticipantRecord::hole_refused,
                        .values = {memfd, begin, end - begin - present, 0}});
      }
      return -kernel::kEPERM;
    }
    if (!fill_holes_between(context, memfd, begin, end)) return -kernel::kENOMEM;
  }
  for (const MemfdPiece& piece : pieces_of_memfd(context.fd, memfd)) {
    const std::uint64_t from = std::max({begin, first, piece.index});
    const std::uint64_t to = std::min(end, piece.index + piece.pages);
    if (from < to) context.memory.fill({piece.first + (from - piece.index), to - from}, content);
  }
  return 0;
}

std::int64_t resize_memfd(Context& context, kernel::FileId file, std::uint64_t pages) {
  if (!is_memfd(context, file)) return -kernel::kEINVAL;
  const std::uint32_t memfd = context.kernel.files[file].object;
  Memfd& resized = context.fd.memfds[memfd];
  const std::uint64_t in_folio = pages & ((1ULL << resized.order) - 1);
  const bool is_fixed = resized.kind == MemoryKind::guest_memfd ||
                        (resized.kind == MemoryKind::hugetlb && in_folio != 0);
  // No machine has as much, and rounding up must not run over.
  if (is_fixed || pages > UINT64_MAX / memory::kPageBytes) return -kernel::kEINVAL;
  const std::uint64_t size = pages + (in_folio == 0 ? 0 : (1ULL << resized.order) - in_folio);
  const std::uint64_t before = resized.pages;
  if (size == before) return 0;
  const std::uint16_t seal = size < before ? kSealShrink : kSealGrow;
  if (resized.is_frozen != 0 || (resized.seals & seal) != 0) return -kernel::kEPERM;
  resized.pages = size;
  const std::uint64_t freed = drop_pages_from(context, memfd, size);
  context.record({.kind = ParticipantRecord::memfd_resized,
                  .object = context.kernel.files[file].name,
                  .values = {before, size, context.fd.memfds[memfd].pins, freed}});
  return 0;
}

std::int64_t halve_memfd(Context& context, kernel::FileId file) {
  if (!is_memfd(context, file)) return -kernel::kEINVAL;
  return resize_memfd(context, file,
                      context.fd.memfds[context.kernel.files[file].object].pages / 2);
}

std::int64_t add_seals(Context& context, kernel::FileId file, std::uint16_t seals) {
  if (!is_memfd(context, file)) return -kernel::kEINVAL;
  Memfd& sealed = context.fd.memfds[context.kernel.files[file].object];
  if (sealed.kind == MemoryKind::guest_memfd || (seals & ~kKnownSeals) != 0)
    return -kernel::kEINVAL;
  if ((sealed.seals & kSealSeal) != 0) return -kernel::kEPERM;
  sealed.seals = static_cast<std::uint16_t>(sealed.seals | seals);
  return 0;
}

std::int64_t pin_memfd(Context& context, std::uint32_t memfd) {
  Memfd& file = context.fd.memfds[memfd];
  sim::require(file.is_released == 0, "who maps a file has a reference to it");
  if (present_pages(context.fd, memfd, 0, file.pages) < file.pages) {
    if (file.is_frozen != 0) return -kernel::kEPERM;
    if (!fill_holes_between(context, memfd, 0, file.pages)) return -kernel::kENOMEM;
  }
  ++file.pins;
  return 0;
}

void unpin_memfd(Context& context, std::uint32_t memfd) {
  Memfd& file = context.fd.memfds[memfd];
  sim::require(file.pins > 0, "what is unpinned was pinned");
  --file.pins;
  if (file.pins == 0 && file.is_released != 0) drop_pages_from(context, memfd, 0);
}

void release_memfd(Context& context, std::uint32_t object) {
  Memfd& file = context.fd.memfds[object];
  file.is_released = 1;
  if (file.pins == 0) drop_pages_from(context, object, 0);
}

sim::Digest128 contents_of(const memory::PhysicalMemory& memory, const State& fd,
                           std::uint32_t memfd, std::uint64_t first) {
  sim::Hasher hasher;
  std::uint64_t run_version = 0;
  std::uint64_t run_pages = 0;
  const auto add_run = [&](std::uint64_t pages, std::uint64_t version) {
    if (version != run_version && run_pages > 0) {
      hasher.add(run_pages);
      hasher.add(run_version);
      run_pages = 0;
    }
    run_version = version;
    run_pages += pages;
  };
  std::uint64_t reached = first;
  for (const MemfdPiece& piece : pieces_of_memfd(fd, memfd)) {
    const std::uint64_t past_the_end = piece.index + piece.pages;
    if (past_the_end <= reached) continue;
    if (piece.index > reached) add_run(piece.index - reached, memory::kZeroes.version);
    const std::uint64_t skipped = reached > piece.index ? reached - piece.index : 0;
    const memory::Pfn end = piece.first + piece.pages;
    for (memory::Pfn page = piece.first + skipped; page < end;) {
      const memory::Extent& extent = memory.at(page);
      const memory::Pfn stop = std::min(extent.range().past_the_end(), end);
      add_run(stop.value - page.value, extent.content.version);
      page = stop;
    }
    reached = past_the_end;
  }
  if (reached < fd.memfds[memfd].pages)
    add_run(fd.memfds[memfd].pages - reached, memory::kZeroes.version);
  hasher.add(run_pages);
  hasher.add(run_version);
  return hasher.finish();
}

}  // namespace luosim::fd
