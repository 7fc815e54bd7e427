// SPDX-License-Identifier: Apache-2.0
//
// A network port that receives. Frames come from outside at moments that nobody in the machine has
// chosen, and do not stop because a host reboots: each takes the next descriptor of a ring in
// memory, is written to the buffer that the descriptor names, and raises a vector
// (devices.md, G.5 row 93). Without a descriptor it is dropped, and counted.
//
// When a frame comes is part of the outside world, like the contents of a disk: it follows from the
// number of the frame alone, and no Choice is asked for it. Runs that differ in what the machine
// does see the same frames at the same moments, so that what differs in their outcome is the
// machine's doing, and an exploration has no branch for each packet.
#pragma once

#include <cstdint>
#include <span>

#include "model/device/address.hpp"
#include "sim/core/digest.hpp"
#include "sim/core/program.hpp"
#include "sim/core/time.hpp"

namespace luosim::device {
struct Context;
}

namespace luosim::device::nic {

/// A receive descriptor, 16 bytes in memory.
struct Descriptor {
  std::uint64_t buffer = 0;   ///< IOVA of a page; the bits below a page are ignored
  std::uint32_t bytes = 0;    ///< written by the port: of the frame
  std::uint32_t is_done = 0;  ///< 0: the port may use it, 1: it has a frame
};
static_assert(sizeof(Descriptor) == 16);

/// Bytes of every frame: it fills a buffer.
inline constexpr std::uint32_t kFrameBytes = memory::kPageBytes;

/// Registers, by offset in BAR 0. The ring has 2^32 - 1 descriptors at most. Writing its base or
/// size starts it anew: head and tail are 0. A tail beyond the ring is not accepted. With head
/// equal to tail there is no descriptor, so one of them is always left to software.
inline constexpr std::uint64_t kControl = 0x00;  ///< bit 0: receive
inline constexpr std::uint64_t kRingBase = 0x08;
inline constexpr std::uint64_t kRingSize = 0x10;  ///< descriptors
inline constexpr std::uint64_t kRingTail = 0x18;  ///< first descriptor that the port may not use
inline constexpr std::uint64_t kRingHead = 0x20;  ///< the one that it uses next; read only
inline constexpr std::uint64_t kReceiveBit = 1;

/// Why a frame was dropped: values[3] of its frame_dropped record.
enum class DropReason : std::uint8_t {
  not_receiving,  ///< nobody has set the port up, or it was reset
  no_descriptor,  ///< the ring is empty, or its next descriptor has a frame already
  lost_request,   ///< a request of the port did not reach memory: its dma record says why
  ring_changed,   ///< the ring was set up anew while the frame was on its way to memory
};

struct Port {
  FunctionId function{};
  std::uint32_t receives = 0;
  std::uint64_t ring_base = 0;
  std::uint32_t ring_size = 0;
  std::uint32_t head = 0;
  std::uint32_t tail = 0;
  std::uint32_t has_traffic = 0;  ///< 1: a task brings frames
  sim::Duration frame_every{};    ///< mean distance of frames; 0: no traffic
  std::uint64_t frames = 0;       ///< that came so far, received or not
  std::uint64_t received = 0;
  std::uint64_t dropped = 0;
  friend bool operator==(const Port&, const Port&) = default;
};

/// With memory decoding off, or the function gone or in reset, reads give all ones and writes are
/// lost. Registers that do not exist read as zero.
std::uint64_t read_register(Context& context, FunctionId function, std::uint64_t offset);
void write_register(Context& context, FunctionId function, std::uint64_t offset,
                    std::uint64_t value);

/// Begins the traffic of every port that has some; it stops when State::traffic_ends is set. Ports
/// whose task goes on are left alone, so it may be called again, as it has to be after a power
/// cycle, which drops the tasks.
void start_traffic(Context& context);

/// The function was reset: the port does not receive any more and forgets its ring. Frames go on
/// coming. A function without a port has nothing to lose.
void lose_state(Context& context, FunctionId function);

/// The contents that frame number `frame` leaves in its buffer.
memory::Content contents_of_frame(FunctionId function, std::uint64_t frame);

/// The distance of frame number `frame` from the one before it: from half of `mean` to one and a
/// half, at least a nanosecond.
sim::Duration distance_of_frame(FunctionId function, std::uint64_t frame, sim::Duration mean);

std::span<const sim::Program* const> programs();

}  // namespace luosim::device::nic
