// SPDX-License-Identifier: Apache-2.0
//
// The step of a load that puts files, devices and VMs in the place of those with `copies`. After it
// nobody knows that some were written as one; and before it the sum is known of all that it will
// make, because a few lines could ask for terabytes of names.
#pragma once

#include <cstdint>

#include "app/scenario/load_context.hpp"
#include "model/world/scenario.hpp"

namespace luosim::app {

/// What copies may make in all cases of a file; more is a diagnostic.
namespace copies_limits {
inline constexpr std::uint64_t kBytesOfName = 64;  ///< that a name counts besides its text
inline constexpr std::uint64_t kBytes = 256U << 20U;
}  // namespace copies_limits

/// What was made so far.
struct CopiesMade {
  std::uint64_t names = 0;
  std::uint64_t bytes = 0;

  bool is_too_much() const { return bytes > copies_limits::kBytes; }
};

/// Makes the copies, and has the name of a group stand for them in scripts and expectations. What
/// would be too many is reported and left as it is. Adds to `made`, also what is only too much.
void expand_copies(LoadContext& context, world::Scenario& scenario, CopiesMade& made);

}  // namespace luosim::app
