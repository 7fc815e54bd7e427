// SPDX-License-Identifier: Apache-2.0
//
// Whether a person can get a machine back to normal by calls alone, without a reboot: tried on a
// copy of the world, with nothing going wrong any more.
#pragma once

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "model/world/world.hpp"

namespace luosim::world {

struct Recovery {
  bool succeeded = false;
  /// With their answers, as `cancel: -EINVAL`: the calls that worked, or else each single one.
  std::vector<std::string> calls;
};

/// Normal means: the phase is normal, KHO is not finalized, and a prepare followed by a cancel
/// works. Sequences of up to two out of cancel, finish, kho_abort, freeze and FD_UNPRESERVE of all
/// files are tried, the shortest first.
/// Every call fails once `is_interrupted` is not zero; null: nobody interrupts.
Recovery recover(const World& end, const Blueprint& blueprint,
                 const volatile std::sig_atomic_t* is_interrupted = nullptr);

}  // namespace luosim::world
