// SPDX-License-Identifier: Apache-2.0
//
// What a guest knows of its devices: the variables of its drivers. They live in its memory and in
// its vCPUs; while it runs they are kept here, and whenever it stops they are written to its memory
// (guest_save.cpp), from where a later kernel's VMM has to get them back.
#pragma once

#include <cstdint>
#include <vector>

#include "model/device/address.hpp"
#include "sim/core/digest.hpp"
#include "sim/core/time.hpp"

namespace luosim::userspace {

/// A command that a guest may have in flight, with a buffer of its own.
struct GuestCommand {
  enum class State : std::uint32_t { free, reading, writing, flushing, lost, finding };
  std::uint32_t block = 0;  ///< of the workload
  State state = State::free;
  std::uint64_t sequence = 0;  ///< of a write: what the block will hold
  sim::SimTime submitted{};
  friend bool operator==(const GuestCommand&, const GuestCommand&) = default;
};

/// Stands for the write that a block is of while pages of it are of different ones.
inline constexpr std::uint64_t kTornBlock = ~0ULL;

/// Where the driver of one device has its things in guest memory: numbers of guest pages.
struct DriverArea {
  std::uint64_t saved = 0;  ///< the driver's variables while the guest is stopped
  std::uint64_t saved_pages = 0;
  std::uint64_t admin_submission = 0;
  std::uint64_t admin_completion = 0;
  std::uint64_t submission = 0;  ///< of a network port: the ring
  std::uint64_t completion = 0;
  std::uint64_t shadow = 0;  ///< doorbells, and behind that page what the disk waits for
  std::uint64_t lists = 0;   ///< of pages, one page a command
  std::uint64_t buffers = 0;
  std::uint64_t end = 0;  ///< first page behind
  friend bool operator==(const DriverArea&, const DriverArea&) = default;
};

/// A guest's driver of an NVMe disk, and the load on it.
struct GuestDisk {
  struct Registers {
    std::uint32_t vm = 0;
    std::uint32_t device = 0;  ///< of VmPlan::devices
    std::uint32_t is_set_up = 0;
    std::uint32_t outstanding = 0;
    std::uint16_t admin_tail = 0;
    std::uint16_t admin_head = 0;
    std::uint16_t tail = 0;   ///< of the submission queue
    std::uint16_t head = 0;   ///< of the completion queue
    std::uint16_t phase = 1;  ///< of the next completion
    std::uint16_t reserved = 0;
    std::uint32_t has_failed = 0;  ///< 1: the controller did, or the driver gave up
    std::uint64_t random = 0;
    std::uint64_t sequence = 0;   ///< of the last write
    std::uint32_t unread = 0;     ///< blocks that a guest that was started anew has not looked at
    std::uint32_t unflushed = 0;  ///< of a database: blocks written since the last flush
    friend bool operator==(const Registers&, const Registers&) = default;
  };
  Registers registers;
  std::vector<GuestCommand> commands;        ///< by command id
  std::vector<std::uint64_t> expected;       ///< by block: sequence of the last acknowledged write
  std::vector<std::uint32_t> is_in_use;      ///< by block: 1 while a command is about it
  std::vector<std::uint32_t> free_commands;  ///< the next one last; follows from commands
  DriverArea area;                           ///< follows from the scenario
  std::uint32_t vfio = fd::kNoVfio;          ///< through which the guest reaches it, in this kernel
  friend bool operator==(const GuestDisk&, const GuestDisk&) = default;
};

/// A guest's driver of a network port.
struct GuestPort {
  std::uint32_t vm = 0;
  std::uint32_t device = 0;
  std::uint32_t is_set_up = 0;
  std::uint32_t next = 0;  ///< descriptor that it looks at next
  std::uint64_t frames = 0;
  std::uint32_t vfio = fd::kNoVfio;  ///< in this kernel
  std::uint32_t reserved = 0;
  friend bool operator==(const GuestPort&, const GuestPort&) = default;
};

}  // namespace luosim::userspace
