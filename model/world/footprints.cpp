// SPDX-License-Identifier: Apache-2.0
#include "model/world/footprints.hpp"

#include <algorithm>
#include <array>

#include "model/fd/guest_memfd.hpp"
#include "model/fd/hugetlb.hpp"
#include "model/fd/memfd.hpp"
#include "model/world/quiet_steps.hpp"

namespace luosim::world {

namespace {

bool holds_contents_of_files(const memory::Extent& extent) {
  constexpr std::array kOwners = {fd::kMemfdOwner.tag(), fd::kHugetlbOwner.tag(),
                                  fd::kGuestMemfdOwner.tag()};
  return std::find(kOwners.begin(), kOwners.end(), extent.owner) != kOwners.end();
}

void add_devices(const World& world, sim::Hasher& hasher) {
  world.hardware.devices.add_to(hasher);
  for (const userspace::GuestDisk& disk : world.user.disks) {
    hasher.add(disk.registers);
    hasher.add_sequence(disk.commands);
    hasher.add_sequence(disk.expected);
  }
  hasher.add_sequence(world.user.ports);
  for (const memory::Extent& extent : world.hardware.memory.extents()) {
    if (!holds_contents_of_files(extent)) continue;
    hasher.add(extent.first.value);
    hasher.add(extent.count);
    hasher.add(extent.content.version);
  }
}

void add_update(const World& world, sim::Hasher& hasher) {
  world.kernel.luo.add_to(hasher);
  world.kernel.kho.add_to(hasher);
  hasher.add_sequence(world.kernel.core.files.descriptors());
  hasher.add_sequence(world.hardware.disk.tokens);
  hasher.add_sequence(world.user.holdings);
}

}  // namespace

Half half_left_alone_by(const World& world, sim::TaskId task) {
  return is_usual_work(world, task) ? Half::update : Half::devices;
}

sim::Digest128 digest_of(const World& world, Half half) {
  sim::Hasher hasher;
  if (half == Half::devices) add_devices(world, hasher);
  if (half == Half::update) add_update(world, hasher);
  return hasher.finish();
}

}  // namespace luosim::world
