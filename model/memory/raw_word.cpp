// SPDX-License-Identifier: Apache-2.0
#include "model/memory/raw_word.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "sim/core/digest.hpp"

namespace luosim::memory {

namespace {

using PageBytes = std::array<std::byte, kPageBytes>;

constexpr std::uint64_t kWordBytes = sizeof(std::uint64_t);

std::uint64_t to_page_end(PhysicalAddress address) {
  return kPageBytes - address.value % kPageBytes;
}

bool are_zero(std::span<const std::byte> bytes) {
  std::byte all{0};
  for (const std::byte byte : bytes) all |= byte;
  return all == std::byte{0};
}

// The finalizer of SplitMix64: every bit of the result depends on every bit of `value`.
constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9E37'79B9'7F4A'7C15;
  value = (value ^ (value >> 30)) * 0xBF58'476D'1CE4'E5B9;
  value = (value ^ (value >> 27)) * 0x94D0'49BB'1331'11EB;
  return value ^ (value >> 31);
}

// A word of a page of which only a version is known; `address` is a multiple of eight. Memory that
// was in use is not noise: of each four words one is zero, one a small number, one points into
// memory, and one is anything. A table walk through it therefore does find entries that look valid.
std::uint64_t left_over_word(const PhysicalMemory& memory, Content content,
                             PhysicalAddress address) {
  const std::uint64_t place = content == kGarbage ? address.value : address.value % kPageBytes;
  const std::uint64_t kind = mix(mix(content.version) ^ place);
  const std::uint64_t bits = mix(kind);
  switch (kind % 4) {
    case 0:
      return 0;
    case 1:
      return bits % 0x10000;
    case 2:
      return bits % (memory.pages() * kPageBytes);
    default:
      return bits;
  }
}

void fill_with_left_over(const PhysicalMemory& memory, Content content, PhysicalAddress address,
                         std::span<std::byte> into) {
  for (std::size_t done = 0; done < into.size();) {
    const PhysicalAddress at = address + done;
    const std::size_t skip = at.value % kWordBytes;
    const std::uint64_t word = left_over_word(memory, content, {at.value - skip});
    const std::size_t here = std::min(kWordBytes - skip, into.size() - done);
    std::memcpy(into.data() + done, reinterpret_cast<const std::byte*>(&word) + skip, here);
    done += here;
  }
}

bool holds_bytes(const PhysicalMemory& memory, Pfn page) {
  PageBytes bytes;
  memory.bytes().read(address_of(page), bytes);
  return !are_zero(bytes);
}

// Of one page that exists.
void read_within(const PhysicalMemory& memory, PhysicalAddress address, std::span<std::byte> into) {
  memory.bytes().read(address, into);
  const Content content = memory.at(page_of(address)).content;
  if (content == kZeroes || content == kStoredBytes) return;
  if (!are_zero(into) || holds_bytes(memory, page_of(address))) return;
  fill_with_left_over(memory, content, address, into);
}

// From now on the page's contents are what Bytes has stored. Zeroes are stored too: in a page that
// is stored as a whole, the entries of a ring move nothing else in the arena when they are written.
void make_bytes(PhysicalMemory& memory, Pfn page) {
  PageBytes bytes;
  read_within(memory, address_of(page), bytes);
  memory.fill({page, 1}, kStoredBytes);
  memory.bytes().write(address_of(page), bytes);
}

}  // namespace

std::uint64_t read_word(const PhysicalMemory& memory, PhysicalAddress address) {
  std::uint64_t word = 0;
  read_raw(memory, address, std::as_writable_bytes(std::span(&word, 1)));
  return word;
}

void read_raw(const PhysicalMemory& memory, PhysicalAddress address, std::span<std::byte> into) {
  while (!into.empty()) {
    const std::size_t here = std::min<std::uint64_t>(into.size(), to_page_end(address));
    if (page_of(address).value < memory.pages()) {
      read_within(memory, address, into.first(here));
    } else {
      std::fill_n(into.begin(), here, std::byte{0xFF});
    }
    into = into.subspan(here);
    address = address + here;
  }
}

void write_raw(PhysicalMemory& memory, PhysicalAddress address,
               std::span<const std::byte> contents) {
  while (!contents.empty()) {
    const std::size_t here = std::min<std::uint64_t>(contents.size(), to_page_end(address));
    const Pfn page = page_of(address);
    if (page.value < memory.pages()) {
      if (memory.at(page).content != kStoredBytes) make_bytes(memory, page);
      memory.bytes().write(address, contents.first(here));
    }
    contents = contents.subspan(here);
    address = address + here;
  }
}

Content content_of(const PhysicalMemory& memory, Pfn page) {
  const Content content = memory.at(page).content;
  if (content != kStoredBytes) return content;
  PageBytes bytes;
  memory.bytes().read(address_of(page), bytes);
  if (are_zero(bytes)) return kZeroes;
  return {sim::digest_of_bytes(bytes.data(), bytes.size()).low};
}

}  // namespace luosim::memory
