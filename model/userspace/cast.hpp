// SPDX-License-Identifier: Apache-2.0
//
// Who does what: the actors with their scripts and the VMs, as the scenario says. Constant during a
// run; what changes is in `Progress` and `State`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/userspace/state.hpp"

namespace luosim::userspace {

/// What an entry of a script does.
enum class Verb : std::uint8_t {
  preserve,
  unpreserve,
  restore,
  prepare,
  freeze,
  cancel,
  finish,
  get_state,
  read_sysfs,
  reboot_kexec,
  reboot_without_image,
  reboot_cold,
  pause,
  resume,
  write,
  close,
  kho_finalize,
  kho_abort,
  debugfs_finalize,
  register_subsystem,
  unregister_subsystem,
  register_handler,
  unregister_handler,
  preserve_page,
  kill,
  bind,
  unbind,
  map,
  unmap,
  resize,
  interrupts_off,
  reset_device,
  suspend_device,
  remove_device,
  insert_device,
  sleep,
  start,
};

std::string_view word_of(Verb verb);

/// A condition on the machine, for `after` and `when`.
struct Condition {
  enum class Kind : std::uint8_t {
    always,
    phase,    ///< number: phase
    label,    ///< number: label
    boot,     ///< number: image; its user space has started
    paused,   ///< number: VM; it was paused at least once
    resumed,  ///< number: VM
    last_failed,
    last_succeeded,
    kernel,  ///< number: image; it runs
  };
  Kind kind = Kind::always;
  std::uint32_t number = 0;
};

struct Entry {
  Verb verb = Verb::get_state;
  std::vector<sim::Symbol> operands;   ///< each is one call
  std::vector<std::uint32_t> numbers;  ///< of the operands: VM, image, actor, object or 0 and 1
  sim::Duration duration{};
  std::optional<sim::SimTime> not_before;  ///< at: 5ms
  sim::Duration pause_before{};            ///< at: +5ms
  Condition after;
  Condition when;
  bool any_answer = false;
  bool any_failure = false;
  std::int64_t expected = 0;  ///< 0 or -errno
  std::optional<std::uint32_t> label;
  std::uint32_t flags = 0;  ///< of FD_PRESERVE
  std::uint32_t line = 0;   ///< in the scenario file, for messages
};

/// What an actor may do that has no script: any of these calls, at any time, in any order.
struct FreePlan {
  std::vector<Entry> alternatives;   ///< one call each, in the order of the scenario, none twice
  std::optional<std::uint32_t> max;  ///< calls that the actor makes at most
  std::optional<std::uint32_t> reboots;  ///< of the machine; then the actor asks for no more
};

struct Actor {
  sim::Symbol name{};
  std::vector<Entry> script;
  std::optional<FreePlan> free = std::nullopt;  ///< then the script is empty
};

/// A device that a guest drives by itself, and its file.
struct VmDevice {
  enum class Kind : std::uint8_t { disk, port };
  device::FunctionId function{};
  sim::Symbol file{};
  Kind kind = Kind::disk;
};

/// What a guest does with its disks.
struct Workload {
  enum class Kind : std::uint8_t { idle, verify_io, database };
  Kind kind = Kind::idle;
  bool waits_for_interrupts = true;  ///< false: polls
  bool shadow_doorbells = false;     ///< tells the disk of commands in memory, if it can
  std::uint32_t queue_depth = 1;
  std::uint32_t pages = 1;   ///< of each command
  std::uint32_t blocks = 1;  ///< that it uses of each disk, each of so many pages
  std::uint32_t read_percent = 50;
  sim::Duration timeout{};  ///< after it, a command that has not completed is looked for
};

struct VmPlan {
  sim::Symbol name{};
  sim::Symbol memory_file{};
  std::uint64_t memory_bytes = 0;
  std::uint64_t folio_bytes = 0;
  std::uint32_t vcpus = 1;
  sim::Duration write_every{};
  fd::MemoryKind backing = fd::MemoryKind::shmem;
  sim::Symbol iommu_file{};  ///< of a guest with devices
  sim::Symbol kvm_file{};
  std::vector<VmDevice> devices{};
  Workload workload{};
  bool injects_interrupts = true;
  bool posts_interrupts = false;
  bool seals = true;
};

/// Stands for "the image after the running one" in a reboot.
inline constexpr std::uint32_t kNextImage = 0xFFFF'FFFF;

struct Cast {
  std::vector<Actor> actors;
  std::vector<VmPlan> vms;
  std::uint32_t images = 1;  ///< kernels that can be booted
};

/// Number of a process in its kernel: actors first, then the VMMs.
constexpr std::uint32_t process_of_actor(std::uint32_t actor) {
  return 1 + actor;
}
std::uint32_t process_of_vmm(const Cast& cast, std::uint32_t vm);

struct Context : fd::Context {
  State& user;
  Disk& disk;
  Progress& progress;
  Ledger& ledger;
  const Cast& cast;
};

}  // namespace luosim::userspace
