// SPDX-License-Identifier: Apache-2.0
#include "model/userspace/state.hpp"

namespace luosim::userspace {

void State::add_to(sim::Hasher& hasher) const {
  hasher.add_sequence(holdings);
  hasher.add_sequence(vms);
  for (const GuestDisk& disk : disks) {
    hasher.add(disk.registers);
    hasher.add_sequence(disk.commands);
    hasher.add_sequence(disk.expected);
    hasher.add(disk.vfio);
  }
  hasher.add_sequence(ports);
  hasher.add_sequence(waiting);
  hasher.add(is_started);
  hasher.add(actors_left);
}

void Disk::add_to(sim::Hasher& hasher) const {
  hasher.add_sequence(tokens);
  hasher.add_sequence(saved_vms);
}

void Progress::add_to(sim::Hasher& hasher) const {
  hasher.add_sequence(actors);
  hasher.add_sequence(labels);
  hasher.add_sequence(pauses);
  hasher.add_sequence(resumes);
  hasher.add_sequence(starts);
  hasher.add(unexpected);
  hasher.add(is_over);
}

void Ledger::add_to(sim::Hasher& hasher) const {
  hasher.add_sequence(files);
  hasher.add_sequence(io);
}

}  // namespace luosim::userspace
