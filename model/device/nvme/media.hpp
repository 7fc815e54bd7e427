// SPDX-License-Identifier: Apache-2.0
//
// The media of a controller, for the other files of this folder: what blocks contain, what of it
// survives the loss of power, and when the units that hold them have time (devices.md, F.8).
#pragma once

#include "model/device/context.hpp"
#include "model/device/nvme/controller.hpp"

namespace luosim::device::nvme {

/// Gives the units a read to do from `start` on, and says when all of it lies in the controller's
/// buffer. Blocks of one unit are read together; only their transfer takes time for each.
sim::SimTime read_media(Controller& controller, const timing::Durations& timing, sim::SimTime start,
                        std::uint64_t block, std::uint32_t blocks);

/// Gives a unit a block to program, and says when the write may be acknowledged: at once as long as
/// there is room in the buffer, or when the block is on the media if it must be `durable`.
sim::SimTime program_media(Controller& controller, const timing::Durations& timing,
                           sim::SimTime now, std::uint64_t block, bool durable);

/// When a flush that begins now is through.
sim::SimTime flush_media(const Controller& controller, const timing::Durations& timing,
                         sim::SimTime now);

/// Changes what a block contains; in the write cache only, unless `durable`.
void write_block(Context& context, Controller& controller, std::uint64_t number,
                 std::uint64_t version, bool durable);

/// Makes durable what entered the cache before its entry number `upto`.
void destage(Context& context, Controller& controller, std::uint64_t upto);
/// The number of the entry that will enter the cache next.
constexpr std::uint64_t next_cache_entry(const Controller& controller) {
  return controller.destaged + controller.cached.size();
}

/// The power was lost, and with it the cache.
void lose_cache(Controller& controller);
/// The controller is another one, whose media was never written.
void forget_media(Controller& controller);

}  // namespace luosim::device::nvme
