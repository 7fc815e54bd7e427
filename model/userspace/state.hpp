// SPDX-License-Identifier: Apache-2.0
//
// User space: the processes of the scenario's actors, and the VMMs with their guests. It dies with
// its kernel. A process that starts in the next one knows what is on disk and what it gets back
// from LUO, nothing else.
#pragma once

#include <cstdint>
#include <vector>

#include "model/uapi/uapi.hpp"
#include "model/userspace/guest_state.hpp"

namespace luosim::userspace {

/// A descriptor that a process has for a file of the scenario.
struct Holding {
  std::uint32_t process = 0;
  sim::Symbol file{};
  std::int32_t descriptor = 0;
  friend bool operator==(const Holding&, const Holding&) = default;
  friend bool operator<(const Holding& left, const Holding& right) {
    if (left.file != right.file) return left.file < right.file;
    if (left.process != right.process) return left.process < right.process;
    return left.descriptor < right.descriptor;
  }
};

/// A guest and its VMM.
struct Vm {
  enum class State : std::uint32_t {
    absent,  ///< no VMM process
    running,
    paused,    ///< vCPUs stopped, their state saved to disk
    resuming,  ///< a VMM is about to start the vCPUs
  };
  State state = State::absent;
  std::uint32_t memfd = 0;       ///< of its memory, in the running kernel
  std::uint32_t kvm = 0;         ///< its virtual machine, if it has devices
  std::uint32_t is_booting = 0;  ///< 1: its drivers are not there yet
  std::uint64_t writes =
      0;                    ///< that the guest has made in this kernel, as far as memory shows them
  sim::SimTime since{};     ///< when its vCPUs were started last
  std::uint64_t shown = 0;  ///< of the writes since then
  friend bool operator==(const Vm&, const Vm&) = default;
};

struct State {
  std::vector<Holding> holdings;  ///< sorted
  std::vector<Vm> vms;            ///< in the order of the scenario
  std::vector<GuestDisk> disks;   ///< of guests that are there, by VM and device
  std::vector<GuestPort> ports;
  std::vector<std::uint32_t> waiting;  ///< tasks that wait for something to happen
  std::uint32_t is_started = 0;        ///< 1 once init has started the processes
  std::uint32_t actors_left = 0;       ///< processes of actors that have not ended
  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const State&, const State&) = default;
};

/// What processes write to a disk that every kernel can read. Hardware.
struct Disk {
  /// A token that the agent was given, by the name it knows the file under. Kernels number tokens
  /// anew, so the agent notes which boot it was.
  struct Token {
    sim::Symbol file{};
    std::uint32_t generation = 0;  ///< of the kernel that gave it
    std::uint64_t token = 0;
    friend bool operator==(const Token&, const Token&) = default;
  };
  std::vector<Token> tokens;  ///< sorted by file, then generation
  /// The vCPU state that a VMM has saved.
  struct SavedVm {
    std::uint32_t vm = 0;
    std::uint32_t is_booting = 0;
    std::uint64_t pending = 0;  ///< interrupts that had come and were not served
    friend bool operator==(const SavedVm&, const SavedVm&) = default;
  };
  std::vector<SavedVm> saved_vms;
  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const Disk&, const Disk&) = default;
};

/// How far the people are with their scripts. Neither hardware nor kernel: a script goes on in the
/// next kernel.
struct Progress {
  /// One that is free remembers nothing between its calls, so that it is then always the same.
  struct Actor {
    std::uint32_t entry = 0;        ///< of one that is free: 1 once it does nothing any more
    std::uint32_t last_failed = 0;  ///< 1 if the entry before it answered with an error
    sim::SimTime last_ended{};
    std::uint32_t is_killed = 0;    ///< 1: does nothing any more
    std::uint32_t alternative = 0;  ///< of one that is free, while it is in a call: which, from 1
    std::uint32_t calls = 0;        ///< that it has begun; counted only if there is a limit
    std::uint32_t reserved = 0;
    friend bool operator==(const Actor&, const Actor&) = default;
  };
  std::vector<Actor> actors;
  std::vector<std::uint32_t> labels;  ///< 1 for each label whose entry has ended
  std::vector<std::uint32_t> pauses;  ///< how often each VM was paused
  std::vector<std::uint32_t> resumes;
  std::vector<std::uint32_t> starts;  ///< how often each VM was started anew
  std::uint32_t unexpected = 0;       ///< entries whose answer was not the expected one
  std::uint32_t is_over = 0;          ///< 1: all is done, guests finish what they have begun
  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const Progress&, const Progress&) = default;
};

/// What only an observer outside of the machine knows: what each guest, and each file that was
/// preserved, last contained. No kernel and no process reads it; checks do.
struct Ledger {
  struct Contents {
    sim::Symbol file{};
    std::uint32_t is_known = 0;
    sim::Digest128 before{};    ///< when the machine jumped, or the guest was paused
    std::uint32_t verdict = 0;  ///< 0 not looked at, 1 intact, 2 lost
    std::uint32_t reserved = 0;
    friend bool operator==(const Contents&, const Contents&) = default;
  };
  /// What became of the commands of a guest's load.
  struct Io {
    std::uint64_t submitted = 0;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;      ///< completed with an error
    std::uint64_t corrupted = 0;   ///< a read did not return what was last acknowledged
    std::uint64_t duplicated = 0;  ///< completions of commands that were not in flight
    std::uint64_t lost = 0;        ///< commands that never completed
    std::uint64_t late = 0;        ///< completions that only a timeout found
    std::uint64_t torn = 0;        ///< blocks of two writes that a guest found that began anew
    sim::Duration stall_max{};     ///< longest time from submission to completion
    std::uint64_t in_flight = 0;   ///< commands that a guest had given when it was stopped
    sim::SimTime waits_since{};    ///< since when the first of them waited; else, since the stop
    std::uint64_t is_cut_off = 0;  ///< 1: nothing has completed since the guest was started anew
    friend bool operator==(const Io&, const Io&) = default;
  };
  std::vector<Contents> files;
  std::vector<Io> io;  ///< by VM
  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const Ledger&, const Ledger&) = default;
};

}  // namespace luosim::userspace
