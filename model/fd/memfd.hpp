// SPDX-License-Identifier: Apache-2.0
//
// memfd: guest memory and other unnamed shared memory, preserved in place (devices.md, B.2 to B.5).
// Prepare freezes the mapping, fills the holes, preserves every folio and writes a record into
// preserved memory, whose address is the data word; retrieve builds a new file from that record;
// finish gives the record back, and the memory too if nobody took the file.
//
// The record claims the room of the real one, 16 bytes a folio, but describes runs of folios rather
// than each of them: the contents of a terabyte of 4 KiB folios would be four gigabytes of entries.
#pragma once

#include <optional>

#include "model/fd/state.hpp"
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

/// Creates the handler's object in the running kernel (not registered yet).
std::uint32_t add_memfd_handler(Context& context, sim::Symbol compatible,
                                luo::CallbackMask callbacks);

/// Overwrites part of a memfd, a `part` of `parts` equal ones, with new contents; holes in it get
/// memory first. 0; -EPERM for a hole while the mapping is frozen; -ENOMEM.
std::int64_t write_memfd(Context& context, std::uint32_t memfd, std::uint64_t part,
                         std::uint64_t parts, memory::Content content);

/// What the file reads as, from its first page to its last, holes as zeroes.
sim::Digest128 contents_of(const memory::PhysicalMemory& memory, const State& fd,
                           std::uint32_t memfd);

}  // namespace luosim::fd
