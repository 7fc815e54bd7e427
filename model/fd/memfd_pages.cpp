// SPDX-License-Identifier: Apache-2.0
#include "model/fd/memfd_pages.hpp"

#include <algorithm>

#include "model/fd/guest_memfd.hpp"
#include "model/fd/hugetlb.hpp"
#include "model/fd/memfd.hpp"
#include "model/kernel/errno.hpp"

namespace luosim::fd {

namespace {

// In the order of MemoryKind; errors are those of devices.md, B.9.
constexpr KindOfMemory kKinds[] = {
    {kMemfdOwner, kMemfdRecordOwner, -kernel::kEIO},
    {kHugetlbOwner, kHugetlbRecordOwner, -kernel::kEINVAL},
    {kGuestMemfdOwner, kGuestMemfdRecordOwner, -kernel::kEIO},
};

// The pieces of a memfd are neighbours; [first, last) of them.
std::pair<std::size_t, std::size_t> places_of(const State& fd, std::uint32_t memfd) {
  const auto before = [](const MemfdPiece& piece, std::uint32_t value) {
    return piece.memfd < value;
  };
  const auto first = std::lower_bound(fd.pieces.begin(), fd.pieces.end(), memfd, before);
  const auto last = std::lower_bound(first, fd.pieces.end(), memfd + 1, before);
  return {static_cast<std::size_t>(first - fd.pieces.begin()),
          static_cast<std::size_t>(last - fd.pieces.begin())};
}

bool populate_from_pool(Context& context, std::uint32_t memfd, std::uint64_t index,
                        std::uint64_t pages) {
  const std::uint32_t order = context.fd.memfds[memfd].order;
  for (std::uint64_t done = 0; done < pages;) {
    const auto range = take_from_pool(context, order, pages - done, memfd);
    if (!range) return false;
    add_piece(
        context.fd,
        {.memfd = memfd, .index = index + done, .first = range->first, .pages = range->count});
    done += range->count;
  }
  return true;
}

bool populate(Context& context, std::uint32_t memfd, std::uint64_t index, std::uint64_t pages) {
  const Memfd& file = context.fd.memfds[memfd];
  if (file.kind == MemoryKind::hugetlb) return populate_from_pool(context, memfd, index, pages);
  const std::uint64_t folio = 1ULL << file.order;
  std::uint64_t done = 0;
  // In as few pieces as there is room for: halves, where all of it does not fit.
  std::uint64_t piece = pages;
  while (done < pages) {
    piece = std::min(piece, pages - done);
    const auto range =
        kernel::allocate_user_pages(context, piece, folio, row_of(file.kind).owner, memfd);
    if (range) {
      add_piece(context.fd,
                {.memfd = memfd, .index = index + done, .first = range->first, .pages = piece});
      done += piece;
    } else if (piece / 2 < folio) {
      return false;
    } else {
      piece = piece / 2 / folio * folio;
    }
  }
  return true;
}

void give_back(Context& context, const Memfd& file, memory::PageRange range) {
  if (file.kind == MemoryKind::hugetlb) {
    give_to_pool(context, file.order, range);
  } else {
    kernel::free_pages(context, range);
  }
}

}  // namespace

const KindOfMemory& row_of(MemoryKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

std::span<const MemfdPiece> pieces_of_memfd(const State& fd, std::uint32_t memfd) {
  const auto [first, last] = places_of(fd, memfd);
  return std::span(fd.pieces).subspan(first, last - first);
}

void add_piece(State& fd, const MemfdPiece& piece) {
  const auto place = std::upper_bound(fd.pieces.begin(), fd.pieces.end(), piece,
                                      [](const MemfdPiece& left, const MemfdPiece& right) {
                                        return left.memfd != right.memfd ? left.memfd < right.memfd
                                                                         : left.index < right.index;
                                      });
  fd.pieces.insert(place, piece);
}

std::uint64_t present_pages(const State& fd, std::uint32_t memfd, std::uint64_t begin,
                            std::uint64_t end) {
  std::uint64_t present = 0;
  for (const MemfdPiece& piece : pieces_of_memfd(fd, memfd)) {
    const std::uint64_t from = std::max(begin, piece.index);
    const std::uint64_t to = std::min(end, piece.index + piece.pages);
    if (from < to) present += to - from;
  }
  return present;
}

bool fill_holes_between(Context& context, std::uint32_t memfd, std::uint64_t begin,
                        std::uint64_t end) {
  std::uint64_t reached = begin;
  while (reached < end) {
    std::uint64_t hole_end = end;
    bool covered = false;
    for (const MemfdPiece& existing : pieces_of_memfd(context.fd, memfd)) {
      if (existing.index <= reached && reached < existing.index + existing.pages) {
        reached = existing.index + existing.pages;
        covered = true;
      } else if (existing.index > reached) {
        hole_end = std::min(hole_end, existing.index);
      }
    }
    if (covered) continue;
    if (!populate(context, memfd, reached, hole_end - reached)) return false;
    reached = hole_end;
  }
  return true;
}

std::uint64_t drop_pages_from(Context& context, std::uint32_t memfd, std::uint64_t begin) {
  State& fd = context.fd;
  const auto [first, last] = places_of(fd, memfd);
  std::size_t left = last;
  std::uint64_t dropped = 0;
  for (; left > first; --left) {
    MemfdPiece& piece = fd.pieces[left - 1];
    if (piece.index + piece.pages <= begin) break;
    const std::uint64_t kept = piece.index < begin ? begin - piece.index : 0;
    give_back(context, fd.memfds[memfd], {piece.first + kept, piece.pages - kept});
    dropped += piece.pages - kept;
    piece.pages = kept;
    if (kept > 0) break;
  }
  fd.pieces.erase(fd.pieces.begin() + static_cast<std::ptrdiff_t>(left),
                  fd.pieces.begin() + static_cast<std::ptrdiff_t>(last));
  return dropped;
}

void take_pages_out(State& fd, std::uint32_t memfd, std::uint64_t index, std::uint64_t pages) {
  const auto [first, last] = places_of(fd, memfd);
  for (std::size_t place = first; place < last; ++place) {
    const MemfdPiece piece = fd.pieces[place];
    if (index < piece.index || index >= piece.index + piece.pages) continue;
    fd.pieces.erase(fd.pieces.begin() + static_cast<std::ptrdiff_t>(place));
    const std::uint64_t before = index - piece.index;
    if (before > 0)
      add_piece(fd, {.memfd = memfd, .index = piece.index, .first = piece.first, .pages = before});
    const std::uint64_t through = before + pages;
    if (through < piece.pages) {
      add_piece(fd, {.memfd = memfd,
                     .index = piece.index + through,
                     .first = piece.first + through,
                     .pages = piece.pages - through});
    }
    return;
  }
}

void forget_pieces(State& fd, std::uint32_t memfd) {
  const auto [first, last] = places_of(fd, memfd);
  fd.pieces.erase(fd.pieces.begin() + static_cast<std::ptrdiff_t>(first),
                  fd.pieces.begin() + static_cast<std::ptrdiff_t>(last));
}

}  // namespace luosim::fd
