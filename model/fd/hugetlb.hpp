// SPDX-License-Identifier: Apache-2.0
//
// hugetlb: files of huge pages, which boot sets aside in a pool of each size (devices.md, B.7). A
// kernel that takes huge pages over sets that many fewer aside, because those that came over join
// its pool when their file is retrieved: for that, a subsystem tells the next kernel how many come.
// A retrieve that fails leaks what it has on purpose: a device may still be writing to it.
#pragma once

#include <optional>

#include "model/fd/state.hpp"

namespace luosim::fd {

/// Of huge pages, in use (number: the memfd) and in the pool (number: kInPool).
inline constexpr memory::OwnerName kHugetlbOwner{"hugetlb"};
inline constexpr std::uint32_t kInPool = 0xFFFF'FFFF;
inline constexpr memory::OwnerName kHugetlbRecordOwner{"hugetlb_record"};
inline constexpr memory::OwnerName kHugetlbPoolRecordOwner{"hugetlb_pool_record"};
/// The function that accounts a folio that came over to the file's user, for mm.alloc.
inline constexpr std::string_view kHugetlbCharge = "hugetlb_charge";

inline constexpr sim::FaultSite kCountsTwiceSite{
    "hugetlb.counts_twice",
    "boot sets as many huge pages aside as ever, although some were handed over", 1};
inline constexpr sim::FaultSite kFreesOnFailureSite{
    "hugetlb.frees_on_failure",
    "a retrieve that fails frees the folios it had, to which a device may still write; :NAME is "
    "the handler",
    1};

/// The name of the subsystem that hands over how many huge pages there are.
inline constexpr std::string_view kHugetlbSubsystem = "hugetlb-v1";

extern const luo::ParticipantType kHugetlbType;
extern const luo::ParticipantType kHugetlbPoolType;  ///< a subsystem
std::span<const sim::Program* const> hugetlb_programs();
std::span<const sim::Program* const> hugetlb_pool_programs();

/// Boot sets `count` huge pages of 2^order pages aside, fewer by those that were handed over: after
/// LUO has found its tree and memory can be given out. 0; -ENOMEM if there is not room for all, the
/// pool has what there was; -EEXIST if this kernel has such a pool already; -EINVAL for a size that
/// no huge page has.
std::int64_t reserve_hugetlb_pool(Context& context, std::uint32_t order, std::uint64_t count);

/// As create_memfd, of huge pages of 2^order pages. Nothing if the pool has not enough, or for a
/// size that is not of whole huge pages.
std::optional<kernel::FileId> create_hugetlb_memfd(Context& context, sim::Symbol name,
                                                   std::uint64_t bytes, std::uint32_t order,
                                                   std::uint64_t hole_bytes = 0);

/// The pool of a size, or null.
const HugetlbPool* pool_of(const State& fd, std::uint32_t order);
/// At most `most` pages in one piece for a memfd, zeroed; nothing if the pool is empty.
std::optional<memory::PageRange> take_from_pool(Context& context, std::uint32_t order,
                                                std::uint64_t most, std::uint32_t memfd);
/// Huge pages that came from the pool are free again; without a pool they are ordinary memory.
void give_to_pool(Context& context, std::uint32_t order, memory::PageRange range);
/// As give_to_pool for pages that came from elsewhere: the pool becomes larger.
void add_to_pool(Context& context, std::uint32_t order, memory::PageRange range);
/// Pages of the pool that somebody has become more or fewer, without passing through it.
void count_into_pool(State& fd, std::uint32_t order, std::uint64_t pages);
void count_out_of_pool(State& fd, std::uint32_t order, std::uint64_t pages);

/// How many huge pages of a size the kernel before hands over, as its subsystem says.
std::uint64_t handed_over_huge_pages(const Context& context, std::uint32_t order);

}  // namespace luosim::fd
