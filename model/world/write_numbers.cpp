// SPDX-License-Identifier: Apache-2.0
#include "model/world/write_numbers.hpp"

#include <algorithm>
#include <vector>

#include "model/userspace/guest_disk.hpp"

namespace luosim::world {

namespace {

namespace nvme = device::nvme;
using userspace::GuestCommand;
using userspace::GuestDisk;

class WritesNumberedAnew {
 public:
  WritesNumberedAnew(memory::PhysicalMemory& memory, GuestDisk& disk, nvme::Controller& controller,
                     const userspace::Workload& load)
      : memory_(memory), disk_(disk), controller_(controller), load_(load) {}

  void number() {
    if (!collect()) return;
    disk_.registers.sequence = 0;
    for (const Write& write : alive_)
      disk_.registers.sequence = std::max(disk_.registers.sequence, write.number);
    for_each_block_version(
        [&](std::uint64_t& version, std::uint64_t) { version = renumbered({version}).version; });
    std::vector<memory::Extent> changed;
    for (const memory::Extent& extent : memory_.extents())
      if (renumbered(extent.content) != extent.content) changed.push_back(extent);
    for (const memory::Extent& extent : changed)
      memory_.fill(extent.range(), renumbered(extent.content));
    for_each_sequence(
        [&](std::uint64_t& sequence, std::uint64_t) { sequence = number_of(sequence); });
  }

 private:
  struct Write {
    std::uint64_t block = 0;
    std::uint64_t sequence = 0;
    std::uint64_t number = 0;
    friend auto operator<=>(const Write&, const Write&) = default;
  };

  // False if there is a write of which nobody knows the block.
  bool collect() {
    for_each_block_version([&](std::uint64_t version, std::uint64_t block) {
      if (const auto written = userspace::written_page(disk_, {version}))
        alive_.push_back({block, written->sequence});
    });
    for (const nvme::Command& command : controller_.commands)
      if (userspace::written_page(disk_, {command.carried})) return false;
    for_each_sequence([&](std::uint64_t sequence, std::uint64_t block) {
      alive_.push_back({block, sequence});
    });
    std::sort(alive_.begin(), alive_.end());
    alive_.erase(std::unique(alive_.begin(), alive_.end()), alive_.end());
    std::uint64_t in_block = 0;
    for (std::size_t index = 0; index < alive_.size(); ++index) {
      in_block = index > 0 && alive_[index].block == alive_[index - 1].block ? in_block + 1 : 0;
      alive_[index].number = in_block * load_.blocks + alive_[index].block + 1;
    }
    std::sort(alive_.begin(), alive_.end(),
              [](const Write& left, const Write& right) { return left.sequence < right.sequence; });
    const auto is_of_two_blocks = [](const Write& left, const Write& right) {
      return left.sequence == right.sequence;
    };
    if (std::adjacent_find(alive_.begin(), alive_.end(), is_of_two_blocks) != alive_.end())
      return false;
    return std::all_of(memory_.extents().begin(), memory_.extents().end(),
                       [&](const memory::Extent& extent) {
                         const auto written = userspace::written_page(disk_, extent.content);
                         return !written || find(written->sequence) != nullptr;
                       });
  }

  template <class Visit>
  void for_each_block_version(Visit visit) {
    for (nvme::Block& block : controller_.media) {
      visit(block.durable, block.number / load_.pages);
      visit(block.current, block.number / load_.pages);
    }
  }

  template <class Visit>
  void for_each_sequence(Visit visit) {
    for (std::size_t block = 0; block < disk_.expected.size(); ++block) {
      std::uint64_t& sequence = disk_.expected[block];
      if (sequence != 0 && sequence != userspace::kTornBlock) visit(sequence, block);
    }
    for (GuestCommand& command : disk_.commands) {
      if (command.state == GuestCommand::State::free) command = {};
      if (command.sequence != 0 && command.sequence != userspace::kTornBlock)
        visit(command.sequence, command.block);
    }
  }

  const Write* find(std::uint64_t sequence) const {
    const auto place = std::lower_bound(
        alive_.begin(), alive_.end(), sequence,
        [](const Write& write, std::uint64_t wanted) { return write.sequence < wanted; });
    return place != alive_.end() && place->sequence == sequence ? &*place : nullptr;
  }
  std::uint64_t number_of(std::uint64_t sequence) const { return find(sequence)->number; }

  memory::Content renumbered(memory::Content content) const {
    const auto written = userspace::written_page(disk_, content);
    if (!written) return content;
    return userspace::contents_of_write(disk_, number_of(written->sequence), written->page);
  }

  memory::PhysicalMemory& memory_;
  GuestDisk& disk_;
  nvme::Controller& controller_;
  const userspace::Workload& load_;
  std::vector<Write> alive_;  // by sequence
};

}  // namespace

void number_writes_anew(memory::PhysicalMemory& memory, GuestDisk& disk,
                        nvme::Controller& controller, const userspace::Workload& load) {
  WritesNumberedAnew(memory, disk, controller, load).number();
}

}  // namespace luosim::world
