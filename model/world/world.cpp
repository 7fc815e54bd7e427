// SPDX-License-Identifier: Apache-2.0
#include "model/world/world.hpp"

#include <vector>

#include "model/device/devices.hpp"
#include "model/driver/state.hpp"
#include "model/fd/file_type.hpp"
#include "model/fd/release.hpp"
#include "model/kho/programs.hpp"
#include "model/luo/v2/programs.hpp"
#include "model/uapi/uapi.hpp"
#include "model/userspace/programs.hpp"
#include "model/world/boot.hpp"
#include "sim/core/engine.hpp"

namespace luosim::world {

void Hardware::add_to(sim::Hasher& hasher, sim::SimTime now) const {
  memory.add_to(hasher);
  devices.add_to(hasher, now);
  hasher.add(boot_parameters);
  disk.add_to(hasher);
}

void Kernel::add_to(sim::Hasher& hasher) const {
  core.add_to(hasher);
  kho.add_to(hasher);
  luo.add_to(hasher);
  drivers.add_to(hasher);
  fd.add_to(hasher);
}

sim::Digest128 digest_of(const World& world) {
  sim::Hasher hasher;
  world.schedule.add_to(hasher);
  // Scripts and fault windows name absolute times, so the time belongs to what decides the future.
  hasher.add(world.schedule.now().ns);
  world.faults.add_to(hasher, world.schedule.now());
  world.hardware.add_to(hasher, world.schedule.now());
  world.kernel.add_to(hasher);
  world.user.add_to(hasher);
  world.progress.add_to(hasher);
  world.ledger.add_to(hasher);
  return hasher.finish();
}

sim::Programs programs_with(const sim::KnobValues& knobs) {
  std::vector<const sim::Program*> all;
  for (const auto part :
       {device::programs(), boot_programs(), kho::programs(), luo::v2::programs(),
        driver::programs(), fd::programs(), uapi::programs(), userspace::programs()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return sim::Programs(all, knobs);
}

World make_world(const Blueprint& blueprint) {
  World world;
  world.hardware.devices = blueprint.devices;
  world.ledger.io.resize(blueprint.cast.vms.size());
  world.hardware.memory = memory::PhysicalMemory(blueprint.memory_bytes / memory::kPageBytes);
  world.progress.actors.resize(blueprint.cast.actors.size());
  world.progress.pauses.resize(blueprint.cast.vms.size());
  world.progress.resumes.resize(blueprint.cast.vms.size());
  world.progress.starts.resize(blueprint.cast.vms.size());
  std::uint32_t labels = 0;
  for (const userspace::Actor& actor : blueprint.cast.actors) {
    for (const userspace::Entry& entry : actor.script) {
      if (entry.label) labels = std::max(labels, *entry.label + 1);
      // Somebody may wait for a label that nobody comes to, in a script that was cut off before it.
      for (const userspace::Condition& condition : {entry.after, entry.when})
        if (condition.kind == userspace::Condition::Kind::label)
          labels = std::max(labels, condition.number + 1);
    }
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
  const device::Context hardware{engine, world.hardware.memory, world.hardware.devices,
                                 blueprint.timing};
  const kernel::Context core{hardware, world.kernel.core};
  const kho::Context kho{core, world.kernel.kho, world.hardware.boot_parameters};
  const luo::v2::Context luo{kho, world.kernel.luo, fd::participant_types(), blueprint.image_notes};
  const driver::Context drivers{luo, world.kernel.drivers, blueprint.bindings};
  const fd::Context files{drivers, world.kernel.fd};
  const userspace::Context user{files,          world.user,   world.hardware.disk,
                                world.progress, world.ledger, blueprint.cast};
  return Context{user, world, blueprint};
}

bool advance(World& world, const Surroundings& surroundings) {
  Context context = context_for(world, surroundings, {});
  return advance(context);
}

void run_step_of_task(Context& context) {
  World& world = context.world;
  sim::Engine::run_step(context);
  // Nobody waits in a kernel that has died: its tasks are gone.
  if (world.kernel.core.death.ending != kernel::Ending::running) world.user.waiting.clear();
  fd::release_files(context);
  if (!world.user.waiting.empty()) userspace::wake_who_waited(context);
}

bool advance(Context& context) {
  World& world = context.world;
  if (world.schedule.is_idle()) return false;
  context.task = world.schedule.take_next();
  run_step_of_task(context);
  return true;
}

}  // namespace luosim::world
