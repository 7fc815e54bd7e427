// SPDX-License-Identifier: Apache-2.0
//
// An NVMe controller as hardware: registers, queues that live in somebody's memory, commands in
// flight, and a namespace (devices.md, section F). It goes on by itself: what was submitted before
// a jump is fetched, carried out and completed after it, as long as its requests reach memory. The
// lifecycle is a Boost.MSM table (lifecycle.cpp), asked through next_state().
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "model/device/address.hpp"
#include "sim/core/digest.hpp"
#include "sim/core/lock.hpp"
#include "sim/core/program.hpp"
#include "sim/core/time.hpp"
#include "sim/fault/fault.hpp"

namespace luosim::device {
struct Context;
}

namespace luosim::device::nvme {

/// devices.md, F.5.
enum class ControllerState : std::uint8_t {
  disabled,
  enabling,
  ready,
  shutting_down,
  shut_down,
  disabling,
  fatal,
  in_reset,
};
inline constexpr std::size_t kControllerStates = 8;

enum class ControllerEvent : std::uint8_t {
  enable,  ///< CC.EN 0 to 1, with a configuration that it accepts
  refuse,  ///< CC.EN 0 to 1, with one that it does not
  enabled,
  disable,  ///< CC.EN 1 to 0
  disabled,
  shut_down,  ///< CC.SHN
  shutdown_complete,
  fail,   ///< a queue could not be reached, or the firmware gave up
  reset,  ///< of the function
  reset_complete,
};
inline constexpr std::size_t kControllerEvents = 10;

std::string_view word_of(ControllerState state);
std::string_view word_of(ControllerEvent event);
/// Where the lifecycle goes; nothing if the event means nothing in this state.
std::optional<ControllerState> next_state(ControllerState state, ControllerEvent event);

/// One edge of the lifecycle, for `explain`.
struct ControllerEdge {
  ControllerState from;
  ControllerEvent event;
  ControllerState to;
};
std::span<const ControllerEdge> controller_edges();

/// A command fails with a status: the fault's value, as the completion carries it.
inline constexpr sim::FaultSite kCommandFault{
    "device.command", "a command of an NVMe controller fails; :instance is the function", 6};
/// The firmware gives up when it fetches commands: CSTS.CFS.
inline constexpr sim::FaultSite kFatalFault{
    "device.fatal", "an NVMe controller's firmware gives up; :instance is the function", 1};

/// Registers of BAR 0, by offset.
inline constexpr std::uint64_t kCap = 0x00;
inline constexpr std::uint64_t kVersion = 0x08;
inline constexpr std::uint64_t kConfiguration = 0x14;
inline constexpr std::uint64_t kStatus = 0x1C;
inline constexpr std::uint64_t kAdminQueueAttributes = 0x24;
inline constexpr std::uint64_t kAdminSubmissionBase = 0x28;
inline constexpr std::uint64_t kAdminCompletionBase = 0x30;
inline constexpr std::uint64_t kDoorbells = 0x1000;
constexpr std::uint64_t submission_doorbell(std::uint16_t queue) {
  return kDoorbells + 8ULL * queue;
}
constexpr std::uint64_t completion_doorbell(std::uint16_t queue) {
  return kDoorbells + 8ULL * queue + 4;
}
/// CC.EN, CC.SHN (1 normal, 2 abrupt), and entry sizes (6 and 4) as a driver writes them.
inline constexpr std::uint32_t kEnableBit = 1;
inline constexpr std::uint32_t kShutdownShift = 14;
inline constexpr std::uint32_t kEntrySizes = 6U << 16 | 4U << 20;
/// CSTS.RDY, CSTS.CFS, CSTS.SHST.
inline constexpr std::uint32_t kReadyBit = 1;
inline constexpr std::uint32_t kFatalBit = 1U << 1;
inline constexpr std::uint32_t kShutdownStatusShift = 2;
/// Entries of the largest queue, 0-based (CAP.MQES), and how long enabling may take (CAP.TO).
inline constexpr std::uint32_t kMaxQueueEntries = 0x7FF;
inline constexpr std::uint32_t kTimeoutHalfSeconds = 0xF;
/// Most blocks of a read or write: an MDTS of 7.
inline constexpr std::uint32_t kMaxBlocks = 128;
/// Asynchronous event requests that may be outstanding.
inline constexpr std::uint32_t kMaxEventRequests = 4;

/// A submission queue entry, 64 bytes in memory.
struct SubmissionEntry {
  std::uint8_t opcode = 0;
  std::uint8_t flags = 0;
  std::uint16_t command_id = 0;
  std::uint32_t namespace_id = 1;
  std::uint64_t reserved = 0;
  std::uint64_t metadata = 0;
  std::uint64_t prp1 = 0;
  std::uint64_t prp2 = 0;
  std::uint32_t dw10 = 0;
  std::uint32_t dw11 = 0;
  std::uint32_t dw12 = 0;
  std::uint32_t dw13 = 0;
  std::uint32_t dw14 = 0;
  std::uint32_t dw15 = 0;
  friend bool operator==(const SubmissionEntry&, const SubmissionEntry&) = default;
};
static_assert(sizeof(SubmissionEntry) == 64);

/// A completion queue entry, 16 bytes in memory.
struct CompletionEntry {
  std::uint32_t result = 0;
  std::uint32_t reserved = 0;
  std::uint16_t submission_head = 0;
  std::uint16_t submission_queue = 0;
  std::uint16_t command_id = 0;
  std::uint16_t status_and_phase = 0;  ///< bit 0: phase, the rest: status
};
static_assert(sizeof(CompletionEntry) == 16);

/// Opcodes of I/O queues.
inline constexpr std::uint8_t kFlush = 0;
inline constexpr std::uint8_t kWrite = 1;
inline constexpr std::uint8_t kRead = 2;
/// And of the admin queue.
inline constexpr std::uint8_t kDeleteSubmissionQueue = 0;
inline constexpr std::uint8_t kCreateSubmissionQueue = 1;
inline constexpr std::uint8_t kDeleteCompletionQueue = 4;
inline constexpr std::uint8_t kCreateCompletionQueue = 5;
inline constexpr std::uint8_t kIdentify = 6;
inline constexpr std::uint8_t kAbort = 8;
inline constexpr std::uint8_t kSetFeatures = 9;
inline constexpr std::uint8_t kAsyncEventRequest = 0xC;
inline constexpr std::uint8_t kDoorbellBufferConfig = 0x7C;
/// Force unit access, in dw12 of a write.
inline constexpr std::uint32_t kForceUnitAccess = 1U << 30;
/// dw10 of a set features command: the number of queues.
inline constexpr std::uint32_t kNumberOfQueues = 7;

/// Statuses as a completion carries them above the phase (devices.md, F.2).
namespace status_code {
inline constexpr std::uint16_t kSuccess = 0;
inline constexpr std::uint16_t kInvalidOpcode = 0x01;
inline constexpr std::uint16_t kInvalidField = 0x02;
inline constexpr std::uint16_t kDataTransferError = 0x04;
inline constexpr std::uint16_t kInternalError = 0x06;
inline constexpr std::uint16_t kAbortRequested = 0x07;
inline constexpr std::uint16_t kQueueDeleted = 0x08;
inline constexpr std::uint16_t kInvalidNamespace = 0x0B;
inline constexpr std::uint16_t kInvalidPrpOffset = 0x13;
inline constexpr std::uint16_t kOutOfRange = 0x80;
inline constexpr std::uint16_t kInvalidCompletionQueue = 0x100;
inline constexpr std::uint16_t kInvalidQueueId = 0x101;
inline constexpr std::uint16_t kInvalidQueueSize = 0x102;
inline constexpr std::uint16_t kTooManyEventRequests = 0x105;
inline constexpr std::uint16_t kInvalidVector = 0x108;
inline constexpr std::uint16_t kInvalidQueueDeletion = 0x10C;
inline constexpr std::uint16_t kDoNotRetry = 0x4000;
}  // namespace status_code

struct SubmissionQueue {
  std::uint64_t base = 0;  ///< an IOVA; entries are contiguous
  std::uint16_t size = 0;  ///< entries; 0: the queue does not exist
  std::uint16_t head = 0;
  std::uint16_t tail = 0;
  std::uint16_t completion_queue = 0;
  std::uint32_t outstanding = 0;  ///< fetched and not completed
  std::uint32_t is_fetching = 0;  ///< 1: a task fetches, or will when a command's slot is free
  friend bool operator==(const SubmissionQueue&, const SubmissionQueue&) = default;
};

struct CompletionQueue {
  std::uint64_t base = 0;
  std::uint16_t size = 0;
  std::uint16_t head = 0;
  std::uint16_t tail = 0;
  std::uint16_t phase = 1;
  std::uint16_t vector = 0;
  std::uint16_t interrupts = 0;  ///< 1: completions raise the vector
  std::uint32_t is_posting = 0;  ///< 1: a task posts what waits
  std::uint32_t waiting = 0;     ///< completions that wait for room
  std::uint32_t reserved = 0;
  friend bool operator==(const CompletionQueue&, const CompletionQueue&) = default;
};

/// A completion for which its queue has no room yet.
struct WaitingCompletion {
  std::uint16_t completion_queue = 0;
  std::uint16_t submission_queue = 0;
  std::uint16_t command_id = 0;
  std::uint16_t status = 0;
  std::uint32_t result = 0;
  friend bool operator==(const WaitingCompletion&, const WaitingCompletion&) = default;
};

/// A block of the namespace that was ever written: 4 KiB, the contents as a version.
struct Block {
  std::uint64_t number = 0;
  std::uint64_t durable = 0;  ///< survives loss of power
  std::uint64_t current = 0;  ///< what a read returns: durable, or newer in the write cache
  friend bool operator==(const Block&, const Block&) = default;
};

/// Where a command is between fetch and completion (devices.md, F.6).
enum class CommandStage : std::uint8_t {
  none,         ///< the slot is free
  mapping,      ///< its list of pages is being fetched
  moving,       ///< its media works, or its data moves, page by page
  executing,    ///< flush, or a command of the admin queue
  finishing,    ///< its completion is about to be posted
  outstanding,  ///< an asynchronous event request: no task, completes when aborted
};

/// A command in flight: a slot that its task finds by number.
struct Command {
  SubmissionEntry entry;
  sim::TaskId task{};
  std::uint16_t submission_queue = 0;
  CommandStage stage = CommandStage::none;
  std::uint8_t reserved = 0;
  std::uint32_t result = 0;
  std::uint16_t status = 0;
  std::uint16_t moved = 0;          ///< pages of memory that are done
  std::uint64_t carried = 0;        ///< contents of the page before, where blocks straddle pages
  std::uint64_t flushes = 0;        ///< of a flush: value of Controller::destaged it must reach
  std::uint64_t next_list = 0;      ///< IOVA from where more of the list is to be fetched
  sim::SimTime ready{};             ///< the media is done with it then
  std::vector<std::uint64_t> list;  ///< IOVAs after prp1, of a command that has a list
  friend bool operator==(const Command&, const Command&) = default;
};

/// Units of the media that work at the same time; a block belongs to the unit of its number modulo
/// this (devices.md, F.8: 8 channels of 2 LUNs).
inline constexpr std::size_t kMediaUnits = 16;

/// What it does when a request of its own does not reach memory (devices.md, F.5).
enum class OnLostRequest : std::uint8_t { fatal, stall };

struct Controller {
  FunctionId function{};
  ControllerState state = ControllerState::disabled;
  OnLostRequest on_lost_request = OnLostRequest::fatal;
  std::uint8_t has_write_cache = 1;
  std::uint8_t reserved = 0;
  std::uint32_t configuration = 0;  ///< CC
  std::uint32_t admin_attributes = 0;
  std::uint64_t admin_submission_base = 0;
  std::uint64_t admin_completion_base = 0;
  std::uint64_t shadow_doorbells = 0;  ///< IOVA of the buffer, or 0
  std::uint64_t event_indexes = 0;
  std::uint64_t blocks = 0;           ///< size of the namespace
  std::uint32_t max_queues = 64;      ///< I/O queue pairs
  std::uint32_t epoch = 0;            ///< counts resets: a command of an older epoch is gone
  std::uint32_t max_commands = 1024;  ///< in flight; more stay in their queues
  std::uint32_t reserved_too = 0;
  std::uint64_t commands_fetched = 0;
  std::uint64_t commands_completed = 0;
  std::vector<SubmissionQueue> submission_queues;  ///< by number; 0 is the admin queue
  std::vector<CompletionQueue> completion_queues;
  std::vector<WaitingCompletion> waiting;
  std::vector<Block> media;           ///< sorted by number
  std::vector<std::uint64_t> cached;  ///< numbers of blocks only in the write cache, oldest first
  std::uint64_t destaged = 0;         ///< entries that ever left `cached`
  std::vector<Command> commands;      ///< slots
  std::vector<std::uint32_t> free_commands;           ///< slots; last in, first out
  std::vector<std::uint16_t> starved;                 ///< queues that wait for a slot, in order
  std::array<sim::SimTime, kMediaUnits> unit_free{};  ///< when each unit has done what it was given
  sim::SimTime link_free{};                           ///< the same of the link to memory

  /// Adds what decides the future, times relative to `now`.
  void add_to(sim::Hasher& hasher, sim::SimTime now) const;
  /// The same with absolute times: worlds that differ only in when they are do not look alike.
  void add_to(sim::Hasher& hasher) const { add_to(hasher, {}); }
  friend bool operator==(const Controller&, const Controller&) = default;
};

/// Software's accesses to BAR 0. With memory decoding off, or the function gone or in reset, reads
/// give all ones and writes are lost.
std::uint64_t read_register(Context& context, FunctionId function, std::uint64_t offset);
void write_register(Context& context, FunctionId function, std::uint64_t offset,
                    std::uint64_t value);

/// The function was reset, or its power failed: everything is lost but the media, and with the
/// power what was only in the write cache. A write that was being carried out may be torn.
void lose_state(Context& context, FunctionId function, bool lost_power);

/// What a read of the block would return, and what would be left of it without power.
Block block_at(const Controller& controller, std::uint64_t number);

std::span<const sim::Program* const> programs();

}  // namespace luosim::device::nvme
