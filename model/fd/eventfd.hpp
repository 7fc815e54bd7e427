// SPDX-License-Identifier: Apache-2.0
//
// eventfd: a counter as a file, which one process adds to and another waits on. VMMs use it for
// kicks and interrupts, so that a count that is lost is a wakeup that never comes. Upstream hands
// no eventfd over; this one is what docs/tutorial/7-your-own-file-type.md walks through. The record
// is one page. Guests run between prepare and freeze, so the file can be written to, and what
// prepare wrote down is out of date: freeze writes it down again. From then on the file counts no
// more, for nobody would know of it.
//
// Nobody in the model reads one, and a write that finds no room fails as with EFD_NONBLOCK.
#pragma once

#include <optional>

#include "model/fd/state.hpp"
#include "sim/core/digest.hpp"

namespace luosim::fd {

inline constexpr memory::OwnerName kEventfdRecordOwner{"eventfd_record"};
/// The function that makes one, for mm.alloc.
inline constexpr std::string_view kEventfdObject = "do_eventfd";

extern const luo::ParticipantType kEventfdType;
std::span<const sim::Program* const> eventfd_programs();

/// eventfd(2). Nothing if memory is short.
std::optional<kernel::FileId> create_eventfd(Context& context, sim::Symbol name,
                                             std::uint64_t count = 0);

/// write(2): adds to the count. -EINVAL for the one value that no count can have, -EAGAIN if the
/// sum would be too large or the file is frozen.
std::int64_t write_eventfd(Context& context, std::uint32_t eventfd, std::uint64_t value);

/// What the file holds, to be compared.
sim::Digest128 contents_of_eventfd(const State& fd, std::uint32_t eventfd);

}  // namespace luosim::fd
