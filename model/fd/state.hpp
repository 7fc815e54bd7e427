// SPDX-License-Identifier: Apache-2.0
//
// What the file types and the other participants keep in one kernel generation. All of it is gone
// with the kernel; what the next one needs, they put into preserved memory.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/luo/v2/state.hpp"

namespace luosim::fd {

/// A programmable participant: a subsystem, or a file handler for files of one type.
struct TestParticipant {
  sim::Symbol name{};
  sim::Symbol accepts{};       ///< file type; the text `*` accepts any
  std::uint32_t number = 0;    ///< shows in its data words
  std::uint32_t prepares = 0;  ///< how many prepare calls have succeeded
  std::uint32_t dummy = 0;     ///< a subsystem object that is never registered, for reentering
  std::uint8_t is_handler = 0;
  std::uint8_t preserves_page = 0;       ///< prepare allocates, tags and preserves a page
  std::uint8_t preserves_in_freeze = 0;  ///< freeze tries to preserve a page
  std::uint8_t reenters = 0xFF;          ///< callback that calls unregister, by number; 0xFF: none
  friend bool operator==(const TestParticipant&, const TestParticipant&) = default;
};

/// Another client of KHO.
struct TestKhoClient {
  sim::Symbol name{};
  std::uint32_t subtrees = 0;  ///< how many nodes it adds when told to finalize
  friend bool operator==(const TestKhoClient&, const TestKhoClient&) = default;
};

/// A slot of the in-kernel self test.
struct SelfTestSlot {
  sim::Symbol name{};
  std::uint32_t object = 0;        ///< its subsystem object
  memory::PhysicalAddress page{};  ///< may be freed (bug B36)
  std::uint8_t is_used = 0;
  std::uint8_t is_preserved = 0;
  std::uint16_t reserved = 0;
  std::uint32_t has_object = 0;
  friend bool operator==(const SelfTestSlot&, const SelfTestSlot&) = default;
};
inline constexpr std::size_t kSelfTestSlots = 16;

/// A shmem file without a name.
struct Memfd {
  std::uint64_t pages = 0;      ///< size
  std::uint32_t order = 0;      ///< folios are of 2^order pages
  std::uint32_t is_frozen = 0;  ///< 1 between prepare and cancel: it can change no size
  friend bool operator==(const Memfd&, const Memfd&) = default;
};

/// A contiguous part of a memfd that has memory; what lies between pieces are holes.
struct MemfdPiece {
  std::uint32_t memfd = 0;
  std::uint32_t reserved = 0;
  std::uint64_t index = 0;  ///< page of the file
  memory::Pfn first{};
  std::uint64_t pages = 0;
  friend bool operator==(const MemfdPiece&, const MemfdPiece&) = default;
};

struct State {
  std::vector<TestParticipant> test_participants;
  std::vector<TestKhoClient> test_clients;
  std::vector<SelfTestSlot> self_test;  ///< empty, or kSelfTestSlots
  std::vector<Memfd> memfds;
  std::vector<MemfdPiece> pieces;  ///< sorted by memfd and index

  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const State&, const State&) = default;
};

struct Context : luo::v2::Context {
  State& fd;
};

}  // namespace luosim::fd
