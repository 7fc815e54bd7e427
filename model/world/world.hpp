// SPDX-License-Identifier: Apache-2.0
//
// The world as one value: what survives a kexec, what it replaces, and what dies with it. It can be
// copied in the middle of a run, compared, hashed and stepped; it holds no pointer into itself.
#pragma once

#include "model/fd/state.hpp"
#include "model/kernel/context.hpp"
#include "model/kho/state.hpp"
#include "model/luo/v2/state.hpp"
#include "model/userspace/state.hpp"
#include "model/world/blueprint.hpp"
#include "sim/core/schedule.hpp"
#include "sim/fault/fault.hpp"

namespace luosim::world {

/// Survives kexec: memory with whatever is in it, the devices, what the image was told, and the
/// disk.
struct Hardware {
  memory::PhysicalMemory memory;
  device::State devices;
  kho::BootParameters boot_parameters;
  userspace::Disk disk;
  void add_to(sim::Hasher& hasher, sim::SimTime now) const;
  friend bool operator==(const Hardware&, const Hardware&) = default;
};

/// One kernel generation. A kexec replaces it.
struct Kernel {
  kernel::Core core;
  kho::State kho;
  luo::v2::State luo;
  driver::State drivers;
  fd::State fd;
  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const Kernel&, const Kernel&) = default;
};

struct World {
  sim::Schedule schedule;
  sim::Faults faults;
  Hardware hardware;
  Kernel kernel;
  userspace::State user;
  userspace::Progress progress;  ///< of the people, who are not part of the machine
  userspace::Ledger ledger;      ///< of the observer, whom nobody in the machine can ask

  friend bool operator==(const World&, const World&) = default;
};

/// Hash of everything that decides the future.
sim::Digest128 digest_of(const World& world);

/// The context of a step anywhere in the world.
struct Context : userspace::Context {
  World& world;
  const Blueprint& blueprint;
};

/// Everything that a step may ask besides the world.
struct Surroundings {
  const Blueprint& blueprint;
  sim::Choice& choice;
  sim::Trace& trace;
};

/// A machine that is switched off, with zero time on its clock.
World make_world(const Blueprint& blueprint);

/// Switches the machine on, or off and on again: memory loses its contents, `image` boots.
void power_on(World& world, const Surroundings& surroundings, std::uint32_t image);

/// A context for `task`; also for calls into the model from outside of any task.
Context context_for(World& world, const Surroundings& surroundings, sim::TaskId task);

/// Takes the next event and runs its step. False if nothing is pending.
bool advance(World& world, const Surroundings& surroundings);
/// Runs the next step of `context.task`, whose event has been taken, and what follows from it at
/// once.
void run_step_of_task(Context& context);
/// The same as advance() for who advances many times: `context` is context_for() of the world, and
/// can be used again and again as long as the world stays where it is.
bool advance(Context& context);

}  // namespace luosim::world
