// SPDX-License-Identifier: Apache-2.0
#include "model/memory/bytes.hpp"

#include <algorithm>

namespace luosim::memory {

std::size_t Bytes::first_run_ending_after(PhysicalAddress address) const {
  const auto run = std::partition_point(runs_.begin(), runs_.end(), [&](const Run& candidate) {
    return candidate.address.value + candidate.length <= address.value;
  });
  return static_cast<std::size_t>(run - runs_.begin());
}

void Bytes::shift_offsets(std::size_t from_run, std::int64_t by) {
  for (std::size_t index = from_run; index < runs_.size(); ++index) {
    runs_[index].offset =
        static_cast<std::uint64_t>(static_cast<std::int64_t>(runs_[index].offset) + by);
  }
}

void Bytes::cut(PhysicalAddress from, PhysicalAddress to) {
  std::size_t index = first_run_ending_after(from);
  while (index < runs_.size() && runs_[index].address < to) {
    const Run run = runs_[index];
    const std::uint64_t run_end = run.address.value + run.length;
    const std::uint64_t cut_begin = std::max(run.address.value, from.value);
    const std::uint64_t cut_end = std::min(run_end, to.value);
    const std::uint64_t kept_before = cut_begin - run.address.value;
    const std::uint64_t kept_after = run_end - cut_end;
    const auto first = arena_.begin() + static_cast<std::ptrdiff_t>(run.offset + kept_before);
    arena_.erase(first, first + static_cast<std::ptrdiff_t>(cut_end - cut_begin));
    runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(index));
    if (kept_after > 0) {
      runs_.insert(runs_.begin() + static_cast<std::ptrdiff_t>(index),
                   Run{{cut_end}, kept_after, run.offset + kept_before});
    }
    if (kept_before > 0) {
      runs_.insert(runs_.begin() + static_cast<std::ptrdiff_t>(index),
                   Run{run.address, kept_before, run.offset});
      ++index;
    }
    const std::size_t next = index + (kept_after > 0 ? 1 : 0);
    shift_offsets(next, -static_cast<std::int64_t>(cut_end - cut_begin));
    index = next;
  }
}

void Bytes::write(PhysicalAddress address, std::span<const std::byte> contents) {
  if (contents.empty()) return;
  const PhysicalAddress end = address + contents.size();
  std::size_t index = first_run_ending_after(address);
  if (index < runs_.size() && runs_[index].address <= address &&
      end.value <= runs_[index].address.value + runs_[index].length) {
    const std::uint64_t offset = runs_[index].offset + (address.value - runs_[index].address.value);
    std::copy(contents.begin(), contents.end(),
              arena_.begin() + static_cast<std::ptrdiff_t>(offset));
    return;
  }
  cut(address, end);
  index = first_run_ending_after(address);
  const std::uint64_t offset = index < runs_.size() ? runs_[index].offset : arena_.size();
  arena_.insert(arena_.begin() + static_cast<std::ptrdiff_t>(offset), contents.begin(),
                contents.end());
  runs_.insert(runs_.begin() + static_cast<std::ptrdiff_t>(index),
               Run{address, contents.size(), offset});
  shift_offsets(index + 1, static_cast<std::int64_t>(contents.size()));
  join(index + 1);
  join(index);
}

// Joins a run with the one before it if they touch; their bytes already lie side by side.
void Bytes::join(std::size_t run) {
  if (run == 0 || run >= runs_.size()) return;
  Run& before = runs_[run - 1];
  if (before.address + before.length != runs_[run].address) return;
  before.length += runs_[run].length;
  runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(run));
}

void Bytes::write_pages(Pfn page, std::span<const std::byte> contents) {
  // A gap shorter than a run's own bookkeeping is cheaper to store than to skip.
  constexpr std::size_t kShortestGap = 64;
  erase({page, pages_for(contents.size())});
  std::size_t begin = 0;
  while (begin < contents.size()) {
    if (contents[begin] == std::byte{0}) {
      ++begin;
      continue;
    }
    std::size_t last = begin;
    for (std::size_t at = begin; at < contents.size() && at - last <= kShortestGap; ++at) {
      if (contents[at] != std::byte{0}) last = at;
    }
    write(address_of(page) + begin, contents.subspan(begin, last - begin + 1));
    begin = last + 1;
  }
}

void Bytes::read(PhysicalAddress address, std::span<std::byte> into) const {
  std::fill(into.begin(), into.end(), std::byte{0});
  const std::uint64_t end = address.value + into.size();
  for (std::size_t index = first_run_ending_after(address);
       index < runs_.size() && runs_[index].address.value < end; ++index) {
    const Run& run = runs_[index];
    const std::uint64_t begin = std::max(run.address.value, address.value);
    const std::uint64_t stop = std::min(run.address.value + run.length, end);
    const auto source =
        arena_.begin() + static_cast<std::ptrdiff_t>(run.offset + (begin - run.address.value));
    std::copy(source, source + static_cast<std::ptrdiff_t>(stop - begin),
              into.begin() + static_cast<std::ptrdiff_t>(begin - address.value));
  }
}

void Bytes::erase(PageRange range) {
  erase(address_of(range.first), range.count * kPageBytes);
}

void Bytes::erase(PhysicalAddress address, std::uint64_t length) {
  if (!runs_.empty()) cut(address, address + length);
}

void Bytes::erase_all(std::vector<Piece> pieces) {
  // A few are cut out one by one, each of which moves all that is stored behind it.
  constexpr std::size_t kFew = 16;
  if (pieces.size() <= kFew) {
    for (const Piece& piece : pieces) erase(piece.address, piece.length);
    return;
  }
  std::sort(pieces.begin(), pieces.end(),
            [](const Piece& left, const Piece& right) { return left.address < right.address; });
  Bytes kept;
  auto piece = pieces.begin();
  for (const Run& run : runs_) {
    const std::uint64_t end = run.address.value + run.length;
    std::uint64_t at = run.address.value;
    const auto keep_up_to = [&](std::uint64_t stop) {
      if (stop <= at) return;
      const std::uint64_t offset = run.offset + (at - run.address.value);
      kept.write({at}, std::span(arena_).subspan(offset, stop - at));
    };
    while (piece != pieces.end() && piece->address.value + piece->length <= at) ++piece;
    for (auto next = piece; next != pieces.end() && next->address.value < end; ++next) {
      keep_up_to(next->address.value);
      at = std::max(at, std::min(end, next->address.value + next->length));
    }
    keep_up_to(end);
  }
  *this = std::move(kept);
}

void Bytes::add_to(sim::Hasher& hasher) const {
  hasher.add_sequence(runs_);
  hasher.add_sequence(arena_);
}

}  // namespace luosim::memory
