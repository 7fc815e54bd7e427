// SPDX-License-Identifier: Apache-2.0
//
// The Live Update Orchestrator as posted in RFC v2, May 2025 (luo-v2.md). Models
// drivers/misc/liveupdate: core, files and subsystems. What the posted code gets wrong it gets
// wrong here too; bug numbers refer to luo-v2-bugs.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/kho/state.hpp"
#include "model/luo/participant.hpp"
#include "model/luo/v2/phase.hpp"

namespace luosim::luo::v2 {

/// Locks of LUO; KHO's come before them.
inline constexpr sim::LockId kPhaseLock{1};          ///< rwsem: transitions write, calls read
inline constexpr sim::LockId kSubsystemListLock{2};  ///< mutex
inline constexpr sim::LockId kHandlerListLock{3};    ///< rwsem

/// Fault sites of the core.
inline constexpr sim::FaultSite kKilledWaitSite{
    "luo.phase_lock.killed", "a fatal signal ends a contended wait for the phase lock", -11};
inline constexpr sim::FaultSite kDescriptorSite{
    "kernel.descriptor", "no descriptor is free when FD_RESTORE asks for one", -24};

inline constexpr sim::FaultSite kStoreReorderSite{
    "cpu.store_reorder",
    "the mark of the list of incoming files becomes visible before the list, as weakly ordered "
    "processors may do",
    1};

/// The 1 MiB buffer of the handover tree; named for the function that allocates it.
inline constexpr memory::OwnerName kTreeOwner{"luo_fdt_setup"};
inline constexpr std::uint64_t kTreeBytes = 1ULL << 20;
inline constexpr std::uint64_t kTreePages = kTreeBytes / memory::kPageBytes;

/// The structure that a subsystem hands to liveupdate_register_subsystem(). It belongs to the
/// caller, whose word LUO writes into and does not clear when it is registered again (bug B28).
struct SubsystemObject {
  sim::Symbol name{};
  std::uint32_t type = 0;  ///< index of the participant type
  std::uint32_t argument = 0;
  CallbackMask callbacks{};
  std::uint16_t takes_part = 0;  ///< 1 from prepare to cancel or finish; RFC v2 does not look at it
  std::uint64_t word = 0;
  friend bool operator==(const SubsystemObject&, const SubsystemObject&) = default;
};

/// Whether an object's list head was ever linked: unlinking one that never was is an oops (B20).
enum class Link : std::uint8_t { never, linked, unlinked };

/// The structure that a file type hands to liveupdate_register_filesystem().
struct HandlerObject {
  sim::Symbol compatible{};
  std::uint32_t type = 0;
  std::uint32_t argument = 0;
  CallbackMask callbacks{};
  Link link = Link::never;
  std::uint8_t reserved = 0;
  friend bool operator==(const HandlerObject&, const HandlerObject&) = default;
};

/// A preserved file, outgoing or incoming.
struct FileRecord {
  std::uint64_t token = 0;
  std::uint64_t word = 0;
  std::uint32_t handler = 0;              ///< index of the handler object
  kernel::FileId file = kernel::kNoFile;  ///< incoming: once restored
  std::uint32_t reclaimed = 0;            ///< 1 once FD_RESTORE was tried (bug B14)
  Phase phase = Phase::normal;            ///< incoming: updated until its finish callback ran
  std::uint32_t takes_part = 0;           ///< as of a subsystem
  std::uint32_t is_held = 0;              ///< incoming: 1 if it has a reference to the file
  friend bool operator==(const FileRecord&, const FileRecord&) = default;
};

struct State {
  Phase phase = Phase::normal;
  bool sysfs = false;  ///< the state file exists
  bool incoming_list_built = false;
  std::uint16_t reboots_under_way = 0;  ///< kept by kRebootStopsPrepare only
  std::uint64_t next_token = 0;
  memory::PhysicalAddress tree{};           ///< outgoing; 0 if the core points at none
  memory::PhysicalAddress incoming_tree{};  ///< 0 if nothing was handed over
  std::vector<SubsystemObject> subsystem_objects;
  std::vector<HandlerObject> handler_objects;
  std::vector<std::uint32_t> subsystems;  ///< registered objects, in order of registration
  std::vector<std::uint32_t> handlers;    ///< registered objects, in order of registration
  std::vector<FileRecord> outgoing;       ///< by token
  std::vector<kernel::FileId> files;  ///< that have a token, sorted; kept by kOneTokenAFile only
  std::vector<FileRecord> incoming;   ///< by token

  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const State&, const State&) = default;
};

/// What a kernel image announces about itself, as a note that the loader of kexec images can read.
struct ImageNote {
  bool takes_over = true;    ///< its command line switches KHO and live update on
  sim::Symbol compatible{};  ///< of the tree that it writes and accepts; empty: luo-v1
  std::vector<sim::Symbol> subsystems;
  std::vector<sim::Symbol> handlers;
};

struct Context : kho::Context {
  State& luo;
  std::span<const ParticipantType> participant_types;
  std::span<const ImageNote> image_notes;  ///< of all images that can be booted, by number
};

/// The handler of a record whose handler the running kernel does not have.
inline constexpr std::uint32_t kNoHandlerObject = 0xFFFF'FFFF;

/// Stores a phase and wakes who polls sysfs, as every store after init does.
void store_phase(Context& context, Phase phase);

/// A reboot that the hook had let pass does not happen after all: prepare works again.
void note_failed_reboot(Context& context);

/// The record with this token, or null. O(log n).
FileRecord* find_record(std::vector<FileRecord>& records, std::uint64_t token);

/// Writes the record of a callback that has returned `result`; `file` may be kNoFile.
void record_callback(Context& context, Callback callback, sim::Symbol participant, bool is_handler,
                     kernel::FileId file, bool reclaimed, std::uint64_t word_before,
                     std::int64_t result, std::uint64_t word_after);

/// Takes the phase lock to write. Interrupted: -EAGAIN, which never changes the phase.
sim::Outcome take_phase_lock(Context& context);
/// Takes the phase lock to read; this wait cannot be killed.
sim::Outcome read_phase_lock(Context& context);
sim::Outcome release_phase_lock(Context& context);

}  // namespace luosim::luo::v2
