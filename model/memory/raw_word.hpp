// SPDX-License-Identifier: Apache-2.0
//
// Memory as hardware sees it: words and bytes at any address, whoever owns the page and whatever
// became of it. Most pages have no bytes in the model but a version of their contents; a device
// that reads such a page must not see zeroes, because on a real machine it would not: a table that
// was freed under it, or a queue, is walked and fetched as the garbage that it is by now
// (devices.md, A.10 and D.7).
//
// What a page holds:
//   - kZeroes or kStoredBytes: what is stored in Bytes, and zeroes where nothing is;
//   - another version, and a byte that is not zero is stored: the same. Kernels store structures
//     that way and leave zeroes out;
//   - another version, and no such byte: words that follow from the version and the place. Equal
//     versions give equal bytes, as Content promises, but for kGarbage, which says nothing of
//     equality: there each address has a word of its own.
// So whoever clears a page has to say it with fill(kZeroes), as the kernel's allocator does:
// storing zeroes into a page whose contents are lost makes nothing known.
//
// How a write of bytes shows to who compares contents by versions: write_raw() gives the page the
// version kStoredBytes, once; contents that were only a version are made bytes first, so that what
// was not overwritten stays as it was. Any comparison of versions sees the first such write after
// a fill. Later ones change bytes and no extent, which is what makes a queue entry cheap and leaves
// the pages of a ring in one extent; who wants to see those too compares content_of().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/memory/page.hpp"
#include "model/memory/physical_memory.hpp"

namespace luosim::memory {

/// The page holds what Bytes has stored there and zeroes elsewhere, and was written by bytes.
inline constexpr Content kStoredBytes{~1ULL};

/// The eight bytes at `address`. Beyond physical memory nobody answers: all ones.
/// O(log extents + log runs of bytes) for tables and queues as software sets them up.
std::uint64_t read_word(const PhysicalMemory& memory, PhysicalAddress address);

/// As read_word(), for any number of bytes, over the ends of pages too.
void read_raw(const PhysicalMemory& memory, PhysicalAddress address, std::span<std::byte> into);

/// Writes bytes so that the versions of contents show it; see above. What lies beyond physical
/// memory is lost.
void write_raw(PhysicalMemory& memory, PhysicalAddress address,
               std::span<const std::byte> contents);

/// What the page, which must exist, holds at present, as one version: that of its extent, or one
/// that follows from its bytes if it was written by bytes.
Content content_of(const PhysicalMemory& memory, Pfn page);

}  // namespace luosim::memory
