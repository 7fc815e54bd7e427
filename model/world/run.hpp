// SPDX-License-Identifier: Apache-2.0
//
// Replays a scenario in order of simulated time until its people have nothing left to do, or
// nothing can happen any more.
#pragma once

#include <csignal>
#include <cstdint>
#include <string_view>

#include "model/world/build.hpp"
#include "model/world/world.hpp"

namespace luosim::world {

struct RunLimits {
  std::uint64_t events = 200'000'000;
  sim::SimTime time{sim::seconds(86'400).ns};  // a day
  /// The run stops once it is not zero. Null: nobody interrupts.
  const volatile std::sig_atomic_t* is_interrupted = nullptr;
};

enum class Stop : std::uint8_t {
  scripts_ended,
  kernel_died,
  stuck,  ///< somebody waits for what will never happen
  event_limit,
  time_limit,
  interrupted,
};
std::string_view word_of(Stop stop);

/// Switches the machine on and runs it.
Stop run(World& world, const Surroundings& surroundings, const RunLimits& limits);

/// Whether some task can never go on for a lock that it waits for, directly or not, by its own
/// doing.
bool has_deadlock(const World& world);

}  // namespace luosim::world
