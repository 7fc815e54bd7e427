// SPDX-License-Identifier: Apache-2.0
#include "model/device/nvme/media.hpp"

#include <algorithm>

namespace luosim::device::nvme {

namespace {

using sim::SimTime;
using timing::Cost;

// A write buffer of 1 MiB (devices.md, F.8): what does not fit any more has been programmed. Its
// share of a unit is how many blocks may wait for that unit before a write has to.
constexpr std::size_t kCachedBlocks = 256;
constexpr std::int64_t kCachedBlocksOfUnit = kCachedBlocks / kMediaUnits;

std::size_t place_of(const Controller& controller, std::uint64_t number) {
  const auto place = std::lower_bound(
      controller.media.begin(), controller.media.end(), number,
      [](const Block& block, std::uint64_t value) { return block.number < value; });
  return static_cast<std::size_t>(place - controller.media.begin());
}

bool is_at(const Controller& controller, std::size_t place, std::uint64_t number) {
  return place < controller.media.size() && controller.media[place].number == number;
}

void make_durable(Context& context, const Controller& controller, Block& block) {
  if (block.durable == block.current) return;
  block.durable = block.current;
  context.record({.kind = DeviceRecord::cache_flushed,
                  .subject = context.name_of(controller.function),
                  .values = {controller.function.index, block.number, block.current, 0}});
}

}  // namespace

Block block_at(const Controller& controller, std::uint64_t number) {
  const std::size_t place = place_of(controller, number);
  return is_at(controller, place, number) ? controller.media[place] : Block{.number = number};
}

SimTime read_media(Controller& controller, const timing::Durations& timing, SimTime start,
                   std::uint64_t block, std::uint32_t blocks) {
  SimTime ready = start;
  const std::uint64_t units = std::min<std::uint64_t>(blocks, kMediaUnits);
  for (std::uint64_t index = 0; index < units; ++index) {
    SimTime& unit_free = controller.unit_free[(block + index) % kMediaUnits];
    const std::uint64_t here = (blocks - index - 1) / kMediaUnits + 1;
    unit_free = std::max(start, unit_free) + timing.of(Cost::nvme_read) +
                timing.of_each(Cost::nvme_channel, here);
    ready = std::max(ready, unit_free);
  }
  return ready;
}

SimTime program_media(Controller& controller, const timing::Durations& timing, SimTime now,
                      std::uint64_t block, bool durable) {
  SimTime& unit_free = controller.unit_free[block % kMediaUnits];
  const sim::Duration program = timing.of(Cost::nvme_program);
  unit_free = std::max(now, unit_free) + program;
  if (durable) return std::max(unit_free, now + timing.of(Cost::nvme_flush));
  return std::max(now, unit_free + program * -kCachedBlocksOfUnit);
}

SimTime flush_media(const Controller& controller, const timing::Durations& timing, SimTime now) {
  if (controller.cached.empty()) return now;
  const SimTime last = *std::max_element(controller.unit_free.begin(), controller.unit_free.end());
  return std::max(last, now + timing.of(Cost::nvme_flush));
}

void write_block(Context& context, Controller& controller, std::uint64_t number,
                 std::uint64_t version, bool durable) {
  const std::size_t place = place_of(controller, number);
  if (!is_at(controller, place, number)) {
    controller.media.insert(controller.media.begin() + static_cast<std::ptrdiff_t>(place),
                            Block{.number = number});
  }
  Block& block = controller.media[place];
  const bool was_cached = block.current != block.durable;
  block.current = version;
  context.record({.kind = DeviceRecord::block_written,
                  .subject = context.name_of(controller.function),
                  .values = {controller.function.index, number, version, 0}});
  if (durable) {
    make_durable(context, controller, block);
  } else if (!was_cached && block.current != block.durable) {
    controller.cached.push_back(number);
    if (controller.cached.size() > kCachedBlocks)
      destage(context, controller, controller.destaged + 1);
  }
}

void destage(Context& context, Controller& controller, std::uint64_t upto) {
  if (upto <= controller.destaged) return;
  const std::uint64_t entries =
      std::min<std::uint64_t>(upto - controller.destaged, controller.cached.size());
  for (std::size_t entry = 0; entry < entries; ++entry) {
    make_durable(context, controller,
                 controller.media[place_of(controller, controller.cached[entry])]);
  }
  controller.cached.erase(controller.cached.begin(),
                          controller.cached.begin() + static_cast<std::ptrdiff_t>(entries));
  controller.destaged += entries;
}

void lose_cache(Controller& controller) {
  for (const std::uint64_t number : controller.cached) {
    Block& block = controller.media[place_of(controller, number)];
    block.current = block.durable;
  }
  controller.cached.clear();
  controller.destaged = 0;
  controller.unit_free.fill({});
  controller.link_free = {};
}

void forget_media(Controller& controller) {
  lose_cache(controller);
  controller.media.clear();
}

}  // namespace luosim::device::nvme
