// SPDX-License-Identifier: Apache-2.0
#include "model/world/world.hpp"

#include <vector>

#include "model/fd/file_type.hpp"
#include "model/kho/programs.hpp"
#include "model/luo/v2/programs.hpp"
#include "model/uapi/uapi.hpp"
#include "model/userspace/programs.hpp"
#include "model/world/boot.hpp"
#include "sim/core/engine.hpp"

namespace luosim::world {

void Hardware::add_to(sim::Hasher& hasher) const {
  memory.add_to(hasher);
  hasher.add(boot_parameters);
  disk.add_to(hasher);
}

void Kernel::add_to(sim::Hasher& hasher) const {
  core.add_to(hasher);
  kho.add_to(hasher);
  luo.add_to(hasher);
  fd.add_to(hasher);
}

sim::Digest128 digest_of(const World& world) {
  sim::Hasher hasher;
  world.schedule.add_to(hasher);
  // Scripts and fault windows name absolute times, so the time belongs to what decides the future.
  hasher.add(world.schedule.now().ns);
  world.faults.add_to(hasher, world.schedule.now());
  world.hardware.add_to(hasher);
  world.kernel.add_to(hasher);
  world.user.add_to(hasher);
  world.progress.add_to(hasher);
  world.ledger.add_to(hasher);
  return hasher.finish();
}

sim::Programs programs_with(const sim::KnobValues& knobs) {
  std::vector<const sim::Program*> all;
  for (const auto part : {boot_programs(), kho::programs(), luo::v2::programs(), fd::programs(),
                          uapi::programs(), userspace::programs()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return sim::Programs(all, knobs);
}

World make_world(const Blueprint& blueprint) {
  World world;
  world.hardware.memory = memory::PhysicalMemory(blueprint.memory_bytes / memory::kPageBytes);
  world.progress.actors.resize(blueprint.cast.actors.size());
  world.progress.pauses.resize(blueprint.cast.vms.size());
  world.progress.resumes.resize(blueprint.cast.vms.size());
  std::uint32_t labels = 0;
  for (const userspace::Actor& actor : blueprint.cast.actors) {
    for (const userspace::Entry& entry : actor.script)
      if (entry.label) labels = std::max(labels, *entry.label + 1);
  }
  world.progress.labels.resize(labels);
  return world;
}

Context context_for(World& world, const Surroundings& surroundings, sim::TaskId task) {
  const Blueprint& blueprint = surroundings.blueprint;
  const sim::Context engine{world.schedule,
                            blueprint.programs,
                            blueprint.names,
                            surroundings.choice,
                            world.faults,
                            surroundings.trace,
                            task};
  const kernel::Context core{engine, world.hardware.memory, world.kernel.core, blueprint.timing};
  const kho::Context kho{core, world.kernel.kho, world.hardware.boot_parameters};
  const luo::v2::Context luo{kho, world.kernel.luo, fd::participant_types(), blueprint.image_notes};
  const fd::Context files{luo, world.kernel.fd};
  const userspace::Context user{files,          world.user,   world.hardware.disk,
                                world.progress, world.ledger, blueprint.cast};
  return Context{user, world, blueprint};
}

bool advance(World& world, const Surroundings& surroundings) {
  if (world.schedule.is_idle()) return false;
  Context context = context_for(world, surroundings, world.schedule.take_next());
  sim::Engine::run_step(context);
  // Nobody waits in a kernel that has died: its tasks are gone.
  if (world.kernel.core.death.ending != kernel::Ending::running) world.user.waiting.clear();
  if (!world.user.waiting.empty()) userspace::wake_who_waited(context);
  return true;
}

}  // namespace luosim::world
