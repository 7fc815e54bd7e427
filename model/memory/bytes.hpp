// SPDX-License-Identifier: Apache-2.0
//
// Real bytes at physical addresses, for the few pages whose contents the model itself reads back:
// handover trees, memory maps, bitmaps, records of files. Everything that one kernel tells the next
// passes through here as bytes. Runs are sorted by address, never touch each other, and lie in one
// arena in that order, so that the same bytes at the same places are the same value however they
// came there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "model/memory/page.hpp"
#include "sim/core/digest.hpp"

namespace luosim::memory {

class Bytes {
 public:
  /// Stores `contents` at `address`; what was stored there before is replaced. Linear in the bytes
  /// stored at higher addresses when a new run is inserted, else in the size of `contents`.
  void write(PhysicalAddress address, std::span<const std::byte> contents);

  /// Replaces all that is stored in the pages from `page` on by `contents`; longer runs of zeroes
  /// are not stored, so that equal contents are equal values.
  void write_pages(Pfn page, std::span<const std::byte> contents);

  /// Copies from `address`; bytes that were never stored read as zero.
  void read(PhysicalAddress address, std::span<std::byte> into) const;

  /// Forgets what is stored in a range of pages, or of bytes.
  void erase(PageRange range);
  void erase(PhysicalAddress address, std::uint64_t length);

  /// A stretch of memory.
  struct Piece {
    PhysicalAddress address;
    std::uint64_t length = 0;
  };
  /// Forgets what is stored in each piece; they do not overlap. Linear in all that is stored,
  /// however many they are.
  void erase_all(std::vector<Piece> pieces);

  /// Forgets what is stored in every page that does not satisfy `keep(Pfn)`. Linear.
  template <class Keep>
  void keep_if(Keep keep) {
    Bytes kept;
    for (const Run& run : runs_) {
      for (std::uint64_t done = 0; done < run.length;) {
        const PhysicalAddress at = run.address + done;
        const std::uint64_t to_page_end = kPageBytes - at.value % kPageBytes;
        const std::uint64_t here = std::min(to_page_end, run.length - done);
        if (keep(page_of(at))) kept.write(at, std::span(arena_).subspan(run.offset + done, here));
        done += here;
      }
    }
    *this = std::move(kept);
  }

  template <class T>
  void write_value(PhysicalAddress address, const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    write(address, std::as_bytes(std::span(&value, 1)));
  }
  template <class T>
  T read_value(PhysicalAddress address) const {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    read(address, std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }

  std::size_t stored_bytes() const { return arena_.size(); }
  /// Calls `visit(PhysicalAddress, std::span<const std::byte>)` for each run of stored bytes, in
  /// the order of addresses.
  template <class Visit>
  void for_each_run(Visit visit) const {
    for (const Run& run : runs_)
      visit(run.address, std::span(arena_).subspan(run.offset, run.length));
  }
  void add_to(sim::Hasher& hasher) const;

  friend bool operator==(const Bytes&, const Bytes&) = default;

 private:
  struct Run {
    PhysicalAddress address;
    std::uint64_t length = 0;
    std::uint64_t offset = 0;  // in the arena
    friend bool operator==(const Run&, const Run&) = default;
  };

  std::size_t first_run_ending_after(PhysicalAddress address) const;
  void cut(PhysicalAddress from, PhysicalAddress to);
  void join(std::size_t run);
  void shift_offsets(std::size_t from_run, std::int64_t by);

  std::vector<Run> runs_;
  std::vector<std::byte> arena_;
};

}  // namespace luosim::memory
