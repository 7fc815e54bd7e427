// SPDX-License-Identifier: Apache-2.0
//
// What the file types and the other participants keep in one kernel generation. All of it is gone
// with the kernel; what the next one needs, they put into preserved memory.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/driver/state.hpp"

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

/// Where the memory of a file without a name comes from (devices.md, B.1).
enum class MemoryKind : std::uint16_t { shmem, hugetlb, guest_memfd };

/// Seals of a memfd, as F_ADD_SEALS has them.
inline constexpr std::uint16_t kSealSeal = 1;
inline constexpr std::uint16_t kSealShrink = 2;
inline constexpr std::uint16_t kSealGrow = 4;
inline constexpr std::uint16_t kAllSizeSeals = kSealSeal | kSealShrink | kSealGrow;
inline constexpr std::uint16_t kKnownSeals = 0x3F;  ///< these, and WRITE, FUTURE_WRITE and EXEC

/// A file of memory without a name.
struct Memfd {
  std::uint64_t pages = 0;      ///< size
  std::uint32_t order = 0;      ///< folios are of 2^order pages
  std::uint32_t is_frozen = 0;  ///< 1 between prepare and cancel: it can change no size
  MemoryKind kind = MemoryKind::shmem;
  std::uint16_t seals = 0;
  std::uint32_t pins = 0;                ///< mappings into address spaces of devices
  kernel::FileId kvm = kernel::kNoFile;  ///< of a guest_memfd: its virtual machine
  std::uint32_t is_released = 0;         ///< 1: no file is left; it has memory while it is pinned
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

/// An address space of devices.
struct Iommufd {
  std::uint32_t domain = 0xFFFF'FFFF;       ///< of driver::iommu; its own
  std::uint32_t handed_over = 0xFFFF'FFFF;  ///< restored: the domain of the kernel before
  std::uint32_t is_immutable = 0;           ///< 1 between prepare and cancel
  std::uint32_t is_live = 1;
  friend bool operator==(const Iommufd&, const Iommufd&) = default;
};

/// Something that is mapped into one.
struct IommufdMapping {
  std::uint32_t iommufd = 0;
  kernel::FileId file = kernel::kNoFile;  ///< kNoFile: anonymous memory
  device::Iova iova{};
  std::uint64_t pages = 0;
  memory::Pfn first{};      ///< of anonymous memory
  std::uint16_t seals = 0;  ///< of the file when it was mapped
  std::uint16_t reserved = 0;
  std::uint32_t reserved_too = 0;
  friend bool operator==(const IommufdMapping&, const IommufdMapping&) = default;
};

/// A function that a process drives.
/// Stands for a device that nobody has opened.
inline constexpr std::uint32_t kNoVfio = 0xFFFF'FFFF;

struct VfioDevice {
  device::FunctionId function{};
  device::Bdf bdf{};
  std::uint16_t interrupts = 0;  ///< vectors that are set up
  kernel::FileId iommufd = kernel::kNoFile;
  kernel::FileId kvm = kernel::kNoFile;
  std::uint32_t is_frozen = 0;    ///< of vfio_phase1: it answers EIO from then on
  std::uint32_t is_incoming = 0;  ///< restored and not finished
  std::uint16_t is_live = 1;
  std::uint16_t is_posted = 0;      ///< its vectors go to the guest without the kernel
  std::uint8_t first_vector = 0;    ///< of the guest: the one that its vector 0 is
  std::uint8_t is_resetting = 0;    ///< 1: a task waits until it can restore what is saved here
  std::uint16_t saved_command = 0;  ///< registers that a reset takes and the kernel writes again
  std::array<std::uint64_t, device::pcie::kBars> saved_bars{};
  friend bool operator==(const VfioDevice&, const VfioDevice&) = default;
};

/// A virtual machine.
struct Kvm {
  std::uint32_t vm = 0;  ///< number in the scenario
  std::uint32_t is_running = 0;
  std::uint64_t pending = 0;                 ///< vectors, bit n for vector n
  std::uint32_t waiting_task = 0xFFFF'FFFF;  ///< of the guest; none: all ones
  std::uint32_t is_live = 1;
  std::uint32_t waiting_group = 0;    ///< of that task and what it runs: numbers of tasks are used
  std::uint32_t waiting_program = 0;  ///< again
  std::uint64_t injected = 0;
  friend bool operator==(const Kvm&, const Kvm&) = default;
};

/// A counter that is a file.
struct Eventfd {
  std::uint64_t count = 0;
  std::uint64_t is_frozen = 0;  ///< 1 between freeze and cancel: it counts no more
  friend bool operator==(const Eventfd&, const Eventfd&) = default;
};

/// Huge pages that boot set aside, of one size.
struct HugetlbPool {
  std::uint32_t order = 0;
  std::uint32_t reserved = 0;
  std::uint64_t total = 0;
  std::vector<memory::PageRange> free{};  ///< whole folios, sorted; neighbours are one range
  friend bool operator==(const HugetlbPool&, const HugetlbPool&) = default;
};

struct State {
  std::vector<Iommufd> iommufds;
  std::vector<IommufdMapping> iommufd_mappings;  ///< sorted by iommufd and iova
  std::vector<VfioDevice> vfio_devices;
  std::vector<Kvm> kvms;
  std::vector<Eventfd> eventfds;
  std::vector<HugetlbPool> hugetlb_pools;  ///< by order
  std::vector<TestParticipant> test_participants;
  std::vector<TestKhoClient> test_clients;
  std::vector<SelfTestSlot> self_test;  ///< empty, or kSelfTestSlots
  std::vector<Memfd> memfds;
  std::vector<MemfdPiece> pieces;  ///< sorted by memfd and index

  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const State&, const State&) = default;
};

struct Context : driver::Context {
  State& fd;
};

}  // namespace luosim::fd
