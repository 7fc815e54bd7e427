// SPDX-License-Identifier: Apache-2.0
//
// memfd: guest memory and other unnamed shared memory, preserved in place (devices.md, B.2 to B.5).
// Prepare freezes the mapping, fills the holes, preserves every folio and writes a record into
// preserved memory, whose address is the data word; retrieve builds a new file from that record;
// finish gives the record back, and the memory too if nobody took the file.
//
// The record claims the room of the real one, 16 bytes a folio, but describes runs of folios rather
// than each of them: the contents of a terabyte of 4 KiB folios would be four gigabytes of entries.
//
// What one does with such a file while the kernel runs is the same for all kinds of memory, and
// stands here; hugetlb.hpp and guest_memfd.hpp make the other kinds of it.
#pragma once

#include <optional>
#include <span>

#include "model/fd/file_type.hpp"
#include "sim/core/digest.hpp"

namespace luosim::fd {

inline constexpr memory::OwnerName kMemfdOwner{"memfd"};
inline constexpr memory::OwnerName kMemfdRecordOwner{"memfd_record"};

extern const luo::ParticipantType kMemfdType;
std::span<const sim::Program* const> memfd_programs();

/// Makes a memfd of `bytes`, whose last `hole_bytes` were never written, and gives the rest memory.
/// Sizes are multiples of the folio size, a power of two of at least a page. Nothing if memory is
/// short.
std::optional<kernel::FileId> create_memfd(Context& context, sim::Symbol name, std::uint64_t bytes,
                                           std::uint64_t folio_bytes, std::uint64_t hole_bytes);
/// As create_memfd for a file of any kind, whose `pages` are unset. Nothing if memory is short.
std::optional<kernel::FileId> create_memory_file(Context& context, sim::Symbol name, Memfd file,
                                                 std::uint64_t bytes, std::uint64_t hole_bytes);
/// The order of folios of so many bytes.
std::uint32_t order_of_folio(std::uint64_t folio_bytes);

/// Overwrites part of a memfd, a `part` of `parts` equal ones, with new contents, but nothing
/// before page `first`; holes in it get memory first. 0; -EPERM for a hole while the mapping is
/// frozen; -ENOMEM.
std::int64_t write_memfd(Context& context, std::uint32_t memfd, std::uint64_t part,
                         std::uint64_t parts, memory::Content content, std::uint64_t first = 0);

/// ftruncate() to so many pages, rounded up to whole folios. -EINVAL for a file that has no size to
/// change, or for a part of a huge page; -EPERM if the size would change and is frozen or sealed.
///
/// Pages behind the new end are freed even while devices map them: the pin would keep a page from
/// being given out again, but it is no page of the file any more, so that nobody preserves it, and
/// the next kernel gives it out while the device still writes to it. The model frees it at once and
/// shows the same access to foreign memory earlier (devices.md, G.1, hazard 20).
std::int64_t resize_memfd(Context& context, kernel::FileId file, std::uint64_t pages);
/// As resize_memfd to half the size.
std::int64_t halve_memfd(Context& context, kernel::FileId file);

/// F_ADD_SEALS. -EPERM once kSealSeal is set; -EINVAL for a seal that is not known, or a file that
/// cannot be sealed. Only those of the size have an effect in the model. Not blocked by the frozen
/// mapping: a seal that comes after prepare is lost over the jump (devices.md, B.3).
std::int64_t add_seals(Context& context, kernel::FileId file, std::uint16_t seals);

/// A device maps the file: its holes get memory, and none of it goes away when the file does.
/// -EPERM for a hole while the mapping is frozen, -ENOMEM.
std::int64_t pin_memfd(Context& context, std::uint32_t memfd);
void unpin_memfd(Context& context, std::uint32_t memfd);

/// The file's last reference is gone: its memory goes where it came from, now or with the last pin.
void release_memfd(Context& context, std::uint32_t object);

/// What of a memfd has memory, sorted. Valid until a piece is added or goes away.
std::span<const MemfdPiece> pieces_of_memfd(const State& fd, std::uint32_t memfd);

/// What the file reads as, from page `first` to its last, holes as zeroes.
sim::Digest128 contents_of(const memory::PhysicalMemory& memory, const State& fd,
                           std::uint32_t memfd, std::uint64_t first = 0);

}  // namespace luosim::fd
