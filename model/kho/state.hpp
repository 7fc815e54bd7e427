// SPDX-License-Identifier: Apache-2.0
//
// Kexec HandOver as RFC v2 found it: stateful, with a finalized flag, a tracker of preserved blocks
// and a chain of clients (luo-v2.md, section 6; devices.md, A.2 to A.7). Models
// kernel/kexec_handover.c and its debugfs part.
#pragma once

#include <cstdint>
#include <vector>

#include "model/kernel/allocator.hpp"
#include "model/kernel/context.hpp"
#include "model/memory/page.hpp"

namespace luosim::kho {

/// Locks of a kernel generation, by number; LUO's follow in its own header.
inline constexpr sim::LockId kKhoLock{0};

/// Owners of KHO's pages; the name is the function that allocates.
inline constexpr memory::OwnerName kRootOwner{"kho.root"};
inline constexpr memory::OwnerName kScratchListOwner{"kho.scratch_list"};
inline constexpr memory::OwnerName kBitmapOwner{"xa_load_or_alloc"};
inline constexpr memory::OwnerName kChunkOwner{"new_chunk"};
/// The first megabyte, which no kernel gives out; so no page has the address 0.
inline constexpr memory::OwnerName kFirmwareOwner{"firmware"};
/// Handed over, reserved at boot and not yet given back by whoever restores it.
inline constexpr memory::OwnerName kIncomingOwner{"kho.incoming"};

/// One bit per block of 2^order pages; 4096 blocks from `index * 4096` on.
struct Bitmap {
  std::uint32_t order = 0;
  std::uint32_t reserved = 0;
  std::uint64_t index = 0;
  memory::PhysicalAddress address{};  ///< of its 512 bytes
  friend auto operator<=>(const Bitmap&, const Bitmap&) = default;
};

/// Which blocks are preserved. The bits are bytes in memory, for the next kernel reads them there.
struct Tracker {
  std::uint64_t orders = 0;              ///< bit n: the array of order n exists
  std::vector<Bitmap> bitmaps;           ///< sorted by order and index
  std::vector<memory::PageRange> pages;  ///< that the bitmaps lie in
  std::uint32_t slots_left = 0;          ///< in the last of them
  std::uint32_t reserved = 0;
  friend bool operator==(const Tracker&, const Tracker&) = default;
};

/// What a client of the notifier chain is told.
enum class Event : std::uint64_t { finalize = 0, abort = 1 };

/// A notifier block. `notify` is called with values {argument, event} and returns 0 or an error.
struct Client {
  sim::Symbol name{};
  std::int32_t priority = 0;
  sim::ProgramId notify{};
  std::uint32_t argument = 0;
  friend bool operator==(const Client&, const Client&) = default;
};

/// A blob that debugfs shows: a name and an address that it does not own.
struct DebugfsBlob {
  std::uint32_t name_hash = 0;
  std::uint32_t reserved = 0;
  memory::PhysicalAddress address{};
  friend bool operator==(const DebugfsBlob&, const DebugfsBlob&) = default;
};

/// What the kexec image tells the next kernel about KHO (x86: setup_data). Hardware: it outlives
/// the kernel that wrote it.
struct BootParameters {
  memory::PhysicalAddress root{};
  memory::PhysicalAddress scratch_list{};
  std::uint32_t scratch_areas = 0;
  std::uint32_t root_is_passed = 0;  ///< 0 or 1
  friend bool operator==(const BootParameters&, const BootParameters&) = default;
};

struct State {
  bool enabled = false;
  bool finalized = false;
  bool incoming = false;  ///< this kernel was booted with a tree that it accepted
  bool debugfs = false;
  bool open = false;  ///< finalized, but memory can be preserved and unpreserved all the same
  std::uint32_t map_offset = 0;    ///< of the map's address in the root page
  memory::PhysicalAddress root{};  ///< the page of the outgoing root tree
  memory::PhysicalAddress incoming_root{};
  memory::PhysicalAddress scratch_list{};
  std::vector<memory::PageRange> scratch;
  Tracker tracker;
  std::vector<memory::PhysicalAddress> chunks;  ///< of the serialized map, in order
  std::vector<Client> clients;                  ///< highest priority first
  std::vector<DebugfsBlob> blobs;

  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const State&, const State&) = default;
};

struct Context : kernel::Context {
  State& kho;
  BootParameters& boot_parameters;
};

}  // namespace luosim::kho
