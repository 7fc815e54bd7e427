// SPDX-License-Identifier: Apache-2.0
//
// What a guarantee sees of the machine and of its people: everything, and nothing that it could
// change. The world makes one of itself.
#pragma once

#include "model/fd/state.hpp"
#include "model/kernel/context.hpp"
#include "model/kho/state.hpp"
#include "model/luo/v2/state.hpp"
#include "model/userspace/cast.hpp"
#include "model/userspace/state.hpp"
#include "sim/check/guarantee.hpp"
#include "sim/core/schedule.hpp"

namespace luosim::guarantees {

/// What the keys of a guarantee's notes are numbers of, where like files can be exchanged.
enum class NoteKeys : std::uint8_t {
  plain,              ///< of nothing that could be exchanged
  by_token,           ///< tokens below kPastTokens, tasks of a call from there on
  by_token_named,     ///< the same, and the value is the name of a file
  by_file,            ///< numbers of open files; the value is a token
  by_token_and_file,  ///< twice a token, twice an open file and 1, or from 1 << 61 on of a call
  by_participant,     ///< as in participants.hpp
};
inline constexpr std::uint64_t kPastTokens = 1ULL << 40;

struct Machine {
  using NoteKeys = guarantees::NoteKeys;

  const sim::Names& names;
  const sim::Schedule& schedule;
  const memory::PhysicalMemory& memory;
  const device::State& devices;
  const kernel::Core& kernel;
  const kho::State& kho;
  const luo::v2::State& luo;
  const driver::State& drivers;
  const fd::State& fd;
  const userspace::State& user;
  const userspace::Disk& disk;
  const userspace::Cast& cast;
};

using Guarantee = sim::Guarantee<Machine>;
using Look = sim::Look<Machine>;

/// True if no call is in the middle of changing KHO or LUO: nobody holds one of their locks, but
/// for a reboot that has passed LUO's hook and keeps others out until its jump.
bool is_at_rest(const Machine& machine);

/// How a call of a script is known in its records: `values` of UserRecord::call_returns.
userspace::Verb verb_of(const sim::Record& record);
std::int64_t status_of(const sim::Record& record);

/// Pages that kernel code has for an update: trees, maps, records, what was handed over. Without
/// user memory, images and scratch. O(extents).
std::uint64_t pages_of_the_update(const Machine& machine);

}  // namespace luosim::guarantees
