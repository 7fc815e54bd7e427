// SPDX-License-Identifier: Apache-2.0
//
// A kernel with files, LUO and KHO, and a test that plays user space through the calls that
// processes have. What stands here is the same whatever the machine has; how it boots is not.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "model/fd/file_type.hpp"
#include "model/fd/release.hpp"
#include "model/kho/boot.hpp"
#include "model/kho/programs.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/v2/programs.hpp"
#include "sim/choice/choice.hpp"
#include "sim/core/assert.hpp"
#include "sim/core/engine.hpp"

namespace luosim::fd {

class FilesWorld {
 public:
  sim::Schedule schedule;
  sim::Faults faults;
  sim::Names names;
  memory::PhysicalMemory memory;
  device::State devices;
  kernel::Core core;
  kho::State kho;
  kho::BootParameters boot_parameters;
  luo::v2::State luo;
  driver::State drivers;
  State fd;
  std::vector<driver::Binding> bindings;
  timing::Durations timing;
  sim::RecordedTrace trace;
  sim::ScriptedChoice choice;
  sim::Programs programs;

  FilesWorld(const FilesWorld&) = delete;
  FilesWorld& operator=(const FilesWorld&) = delete;

  Context context(sim::TaskId task = {}) {
    const device::Context hardware{
        {schedule, programs, names, choice, faults, trace, task}, memory, devices, timing};
    const luo::v2::Context orchestrator{
        {{hardware, core}, kho, boot_parameters}, luo, participant_types(), {}};
    return {{orchestrator, drivers, bindings}, fd};
  }

  /// Runs the next step. False if nothing is pending.
  bool step() {
    if (schedule.is_idle()) return false;
    Context now = context(schedule.take_next());
    sim::Engine::run_step(now);
    release_files(now);
    return true;
  }
  /// Runs what is pending until nothing is, or until `limit` has passed.
  void run(sim::Duration limit = sim::seconds(100)) {
    const sim::SimTime end = schedule.now() + limit;
    while (!schedule.is_idle() && schedule.next_time() <= end) step();
  }

  struct Answer {
    std::int64_t status = 0;
    std::uint64_t word = 0;
  };
  sim::TaskId spawn(sim::ProgramId program, const sim::Arguments& arguments = {}) {
    return schedule.spawn({}, kProcess, program, arguments, {}, /*keep_result=*/true);
  }
  Answer call(sim::ProgramId program, const sim::Arguments& arguments = {}) {
    const sim::TaskId task = spawn(program, arguments);
    run();
    sim::require(schedule.has_ended(task), "a call of a test comes back");
    const std::uint64_t word = schedule.task(task).result_word;
    return {schedule.collect(task), word};
  }

  Answer try_preserve(kernel::FileId file) {
    return call(luo::v2::kPreserveFile, {.values = {file.index, 0, 0, 0}});
  }
  /// FD_PRESERVE: the token.
  std::uint64_t preserve(kernel::FileId file) {
    const Answer answer = try_preserve(file);
    sim::require(answer.status == 0, "a test preserves what can be");
    return answer.word;
  }
  std::int64_t prepare() { return call(kho::kFinalize).status; }
  std::int64_t cancel() { return call(kho::kAbort).status; }
  std::int64_t finish() { return call(luo::v2::kFinish).status; }
  Answer restore(std::uint64_t token) {
    return call(luo::v2::kRestoreFile, {.values = {token, 0, 0, 0}});
  }
  /// The file of a token, which can be restored.
  kernel::FileId restored(std::uint64_t token) {
    const Answer answer = restore(token);
    sim::require(answer.status == 0, "a test restores what can be");
    return {static_cast<std::uint32_t>(answer.word)};
  }
  void close(kernel::FileId file) {
    core.files.put(file);
    Context now = context();
    release_files(now);
  }

  std::uint32_t object(kernel::FileId file) const { return core.files[file].object; }
  std::uint64_t owned(memory::OwnerName owner) const { return memory.count_owned(owner.tag()); }
  std::uint64_t preserved() const { return kho::preserved_pages(memory, kho.tracker); }

 protected:
  FilesWorld(std::uint64_t pages, sim::Programs all) : memory(pages), programs(std::move(all)) {}

  /// The jump: everything of the kernel is gone, memory and devices are not. Nobody has booted yet.
  void leave_kernel() {
    Context now = context();
    boot_parameters = kho::boot_parameters_for_kexec(now);
    for (const memory::PageRange& area : kho.scratch) memory.fill(area, memory::kGarbage);
    schedule.drop_all_without(device::kHardwareBit);
    devices.processors.listens = 0;
    const std::uint32_t generation = core.generation;
    core = {};
    core.generation = generation;
    kho = {};
    luo = {};
    drivers = {};
    fd = {};
  }

 private:
  static constexpr std::uint32_t kProcess = 7;
};

}  // namespace luosim::fd
