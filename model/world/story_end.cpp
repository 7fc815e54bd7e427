// SPDX-License-Identifier: Apache-2.0
#include "model/world/story_end.hpp"

#include "model/userspace/guest_vcpu.hpp"

namespace luosim::world {

void end_the_story_if_quiet(World& world, const Surroundings& surroundings) {
  if (!world.schedule.is_quiet() || world.progress.is_over != 0) return;
  world.hardware.devices.traffic_ends = 1;
  Context context = context_for(world, surroundings, {});
  userspace::tell_guests_that_it_is_over(context);
}

}  // namespace luosim::world
