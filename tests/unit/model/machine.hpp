// SPDX-License-Identifier: Apache-2.0
//
// A machine for tests of the model: a world that a test builds from a scenario, switches on, asks
// through the interfaces that user space has, and stops wherever it likes. What it answers is what
// a process would be told; beside that, a test looks into the world itself.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/kernel/record.hpp"
#include "model/userspace/programs.hpp"
#include "model/userspace/record.hpp"
#include "model/world/build.hpp"
#include "model/world/run.hpp"
#include "model/world/world.hpp"
#include "sim/choice/choice.hpp"
#include "sim/core/assert.hpp"

namespace luosim::world {

inline constexpr std::uint64_t kMiB = 1ULL << 20;
inline constexpr std::uint64_t kGiB = 1ULL << 30;
inline constexpr std::uint64_t kTiB = 1ULL << 40;

/// A host with one kernel, which a kexec boots again, and nobody who does anything.
inline Scenario bare_scenario(std::uint64_t memory_bytes = 4 * kGiB) {
  Scenario scenario;
  scenario.host.memory_bytes = memory_bytes;
  scenario.host.scratch_bytes = 64 * kMiB;
  scenario.kernels.resize(1);
  scenario.kernels[0].name = "linux";
  return scenario;
}

inline void add_subsystem(Scenario& scenario, std::string name, bool preserves_page = false) {
  SubsystemSpec& spec = scenario.subsystems.emplace_back();
  spec.name = std::move(name);
  spec.preserves_page = preserves_page;
}

inline void add_handler(Scenario& scenario, std::string compatible, std::string accepts) {
  HandlerSpec& spec = scenario.handlers.emplace_back();
  spec.compatible = std::move(compatible);
  spec.accepts = std::move(accepts);
}

inline void add_memfd(Scenario& scenario, std::string name, std::uint64_t bytes,
                      std::uint64_t hole_bytes = 0, std::uint64_t folio_bytes = 2 * kMiB) {
  FileSpec& spec = scenario.files.emplace_back();
  spec.name = std::move(name);
  spec.size_bytes = bytes;
  spec.folio_bytes = folio_bytes;
  spec.hole_bytes = hole_bytes;
}

inline void add_test_file(Scenario& scenario, std::string name, std::string type) {
  FileSpec& spec = scenario.files.emplace_back();
  spec.name = std::move(name);
  spec.type = std::move(type);
}

inline void add_fault(Scenario& scenario, std::string site, std::uint32_t nth = 1,
                      std::optional<std::int32_t> value = std::nullopt) {
  FaultSpec& spec = scenario.faults.emplace_back();
  spec.site = std::move(site);
  spec.nth = nth;
  spec.value = value;
}

inline ScriptEntry entry(Verb verb, std::vector<std::string> arguments = {}) {
  ScriptEntry made;
  made.verb = verb;
  made.arguments = std::move(arguments);
  return made;
}

inline ActorSpec& add_actor(Scenario& scenario, std::string name,
                            std::vector<ScriptEntry> script = {}) {
  ActorSpec& spec = scenario.actors.emplace_back();
  spec.name = std::move(name);
  spec.script = std::move(script);
  return spec;
}

class Machine {
 public:
  /// What a call came to.
  struct Answer {
    std::int64_t status = 0;
    std::uint64_t word = 0;
    bool has_returned = true;  ///< false: the machine died, went to another kernel, or it waits
  };

  Blueprint blueprint;
  World world;
  sim::RecordedTrace trace;
  sim::ScriptedChoice choice;

  explicit Machine(const Scenario& scenario) {
    Built built = build(scenario);
    sim::require(built.errors.empty(), "a test builds a scenario without mistakes");
    blueprint = std::move(built.blueprint);
    world = make_world(blueprint);
    world.faults = built.faults;
    trace.keep_steps(false);
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  Surroundings surroundings() { return {blueprint, choice, trace}; }
  Context context() { return context_for(world, surroundings(), {}); }

  void start() { power_on(world, surroundings(), 0); }
  bool step() { return advance(world, surroundings()); }
  /// Goes on until `reached` holds; false if nothing is pending before it does.
  template <class Reached>
  bool run_until(Reached reached) {
    while (!reached()) {
      if (!step()) return false;
    }
    return true;
  }
  void run_until_quiet() {
    while (step()) {
    }
  }
  /// For machines without guests, whose vCPUs never leave the queue empty.
  void switch_on() {
    start();
    run_until_quiet();
  }
  Stop run(RunLimits limits = {}) { return world::run(world, surroundings(), limits); }

  sim::TaskId spawn(sim::ProgramId program, sim::Arguments arguments = {}) {
    return world.schedule.spawn({}, kProcess, program, arguments, {}, /*keep_result=*/true);
  }

  Answer call(sim::ProgramId program, sim::Arguments arguments = {}) {
    const std::uint32_t generation = world.kernel.core.generation;
    const sim::TaskId task = spawn(program, arguments);
    run_until_quiet();
    if (is_dead() || world.kernel.core.generation != generation ||
        !world.schedule.has_ended(task)) {
      return {0, 0, false};
    }
    const std::uint64_t word = world.schedule.task(task).result_word;
    return {world.schedule.collect(task), word, true};
  }

  Answer ioctl(std::uint32_t number, std::uint64_t first = 0, std::uint64_t second = 0) {
    return call(uapi::kIoctl, {.values = {kProcess, number, first, second}});
  }
  Answer preserve(std::string_view file) {
    return ioctl(uapi::kFdPreserve, uapi::pack_descriptor(descriptor_of(file), 0));
  }
  Answer unpreserve(std::uint64_t token) { return ioctl(uapi::kFdUnpreserve, token); }
  Answer restore(std::uint64_t token) { return ioctl(uapi::kFdRestore, 0, token); }
  std::int64_t prepare() { return ioctl(uapi::kEventPrepare).status; }
  std::int64_t freeze() { return ioctl(uapi::kEventFreeze).status; }
  std::int64_t cancel() { return ioctl(uapi::kEventCancel).status; }
  std::int64_t finish() { return ioctl(uapi::kEventFinish).status; }
  /// True if another kernel runs afterwards.
  bool kexec(std::uint32_t image = 0) {
    const std::uint32_t generation = world.kernel.core.generation;
    call(uapi::kReboot, {.values = {image, 0, 0, 0}});
    return !is_dead() && world.kernel.core.generation == generation + 1;
  }

  /// The next call of `site` for `instance`, after `skip` others, returns the site's value.
  void fail(const sim::FaultSite& site, std::string_view instance = {}, std::uint32_t skip = 0) {
    world.faults.add({.site = site.id(),
                      .instance = instance.empty() ? 0 : sim::name_hash(instance),
                      .skip = skip,
                      .value = site.value});
  }

  bool is_dead() const { return world.kernel.core.death.ending != kernel::Ending::running; }
  luo::v2::Phase phase() const { return world.kernel.luo.phase; }
  memory::PhysicalMemory& memory() { return world.hardware.memory; }
  std::uint64_t owned(memory::OwnerName owner) const {
    return world.hardware.memory.count_owned(owner.tag());
  }

  /// -1 if no process has the file open.
  std::int32_t descriptor_of(std::string_view file) const {
    for (const userspace::Holding& holding : world.user.holdings)
      if (blueprint.names.text(holding.file) == file) return holding.descriptor;
    return -1;
  }
  kernel::FileId file(std::string_view name) const {
    return *world.kernel.core.files.find(kProcess, descriptor_of(name));
  }

  std::vector<sim::Record> records(sim::RecordKind kind) const {
    std::vector<sim::Record> found;
    for (const sim::Record& record : trace.records())
      if (record.kind == kind) found.push_back(record);
    return found;
  }
  /// What the calls of a verb were told, in order, whoever made them.
  std::vector<std::int64_t> answers(userspace::Verb verb) const {
    std::vector<std::int64_t> found;
    for (const sim::Record& record : records(userspace::UserRecord::call_returns)) {
      if (record.values[0] == static_cast<std::uint64_t>(verb))
        found.push_back(static_cast<std::int64_t>(record.values[1]));
    }
    return found;
  }

 private:
  // The process of the first actor, which owns the files of a scenario.
  static constexpr std::uint32_t kProcess = userspace::process_of_actor(0);
};

/// The digest of any part of a world.
template <class Part>
sim::Digest128 digest_of_part(const Part& part) {
  sim::Hasher hasher;
  part.add_to(hasher);
  return hasher.finish();
}

}  // namespace luosim::world
