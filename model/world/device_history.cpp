// SPDX-License-Identifier: Apache-2.0
#include "model/world/device_history.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "model/device/iommu/unit.hpp"
#include "model/device/nvme/lifecycle.hpp"
#include "model/device/pcie/fabric.hpp"
#include "model/guarantees/acknowledged_writes.hpp"
#include "model/guarantees/all.hpp"
#include "model/userspace/guest_disk.hpp"
#include "model/userspace/guest_memory.hpp"
#include "model/userspace/guest_wishes.hpp"
#include "model/world/nameless_tasks.hpp"
#include "model/world/queue_history.hpp"
#include "model/world/write_numbers.hpp"
#include "sim/choice/choice.hpp"

namespace luosim::world {

namespace {

namespace nvme = device::nvme;
using userspace::GuestCommand;
using userspace::GuestDisk;

// Moments and counts.

void forget_counts(World& world) {
  for (userspace::Vm& vm : world.user.vms) vm.since = {};
  for (userspace::Ledger::Io& io : world.ledger.io) io = {};
  for (userspace::Progress::Actor& actor : world.progress.actors) actor.last_ended = {};
  // Conditions ask whether, and not how often.
  for (std::uint32_t& pauses : world.progress.pauses) pauses = std::min(pauses, 1U);
  for (std::uint32_t& resumes : world.progress.resumes) resumes = std::min(resumes, 1U);
  for (GuestDisk& disk : world.user.disks)
    for (GuestCommand& command : disk.commands) command.submitted = {};
  for (userspace::GuestPort& port : world.user.ports) port.frames = 0;
  for (fd::Kvm& kvm : world.kernel.fd.kvms) kvm.injected = 0;
  world.hardware.devices.iommu.faults = 0;
}

void forget_counts(nvme::Controller& controller) {
  controller.unit_free = {};
  controller.link_free = {};
  controller.commands_fetched = 0;
  controller.commands_completed = 0;
  const std::uint64_t destaged = std::exchange(controller.destaged, 0);
  for (nvme::Command& command : controller.commands) {
    command.ready = {};
    command.flushes = std::max(command.flushes, destaged) - destaged;
    // What a page leaves for the block that it shares with the next one.
    if (command.entry.prp1 % memory::kPageBytes == 0) command.carried = 0;
  }
}

// How often somebody has looked in vain decides when to look again, and after many thousand times
// when to give up: time stands still here, and nobody gives up.
void forget_tries(sim::Schedule& schedule) {
  for (std::uint32_t index = 0; index < schedule.tasks().size(); ++index) {
    const sim::Task& task = schedule.tasks()[index];
    if (task.state == sim::Task::State::unused || task.frame == sim::Frame::kNone) continue;
    sim::Frame& frame = schedule.frame_of({index});
    if (frame.program == userspace::kGuestDisk) frame.local[0] = 0;
    const bool sends = frame.program == nvme::kFetchProgram.id() ||
                       frame.program == nvme::kCommandProgram.id() ||
                       frame.program == nvme::kPostProgram.id();
    if (sends) frame.local[2] = std::min<std::uint64_t>(frame.local[2], 1);
  }
}

// A processor keeps one bit for each vector: an interrupt that comes while the same one has not
// been taken yet is the same.
void join_interrupts(sim::Schedule& schedule) {
  std::vector<std::uint64_t> waiting;
  for (std::uint32_t index = 0; index < schedule.tasks().size(); ++index) {
    const sim::Task& task = schedule.tasks()[index];
    if (task.state != sim::Task::State::ready || task.frame == sim::Frame::kNone) continue;
    const sim::Frame& frame = schedule.frame(task.frame);
    if (frame.program != device::irq::kInterruptEntry || frame.step != 0) continue;
    const std::uint64_t vector = frame.values[0];
    if (std::find(waiting.begin(), waiting.end(), vector) != waiting.end()) {
      schedule.drop({index});
    } else {
      waiting.push_back(vector);
    }
  }
}

// Slots are a controller's own: those in use come first, in the order of their commands.
void sort_slots(sim::Schedule& schedule, nvme::Controller& controller) {
  std::vector<std::uint32_t> used;
  for (std::uint32_t slot = 0; slot < controller.commands.size(); ++slot)
    if (controller.commands[slot].stage != nvme::CommandStage::none) used.push_back(slot);
  std::sort(used.begin(), used.end(), [&](std::uint32_t left, std::uint32_t right) {
    const auto rank = [&](std::uint32_t slot) {
      const nvme::Command& command = controller.commands[slot];
      return std::tuple(command.submission_queue, command.entry.command_id, slot);
    };
    return rank(left) < rank(right);
  });
  std::vector<nvme::Command> sorted;
  std::vector<std::uint32_t> now(controller.commands.size());
  for (const std::uint32_t slot : used) {
    now[slot] = static_cast<std::uint32_t>(sorted.size());
    sorted.push_back(std::move(controller.commands[slot]));
  }
  for (std::uint32_t index = 0; index < schedule.tasks().size(); ++index) {
    const sim::Task& task = schedule.tasks()[index];
    if (task.state == sim::Task::State::unused || task.frame == sim::Frame::kNone) continue;
    sim::Frame& frame = schedule.frame_of({index});
    if (frame.program == nvme::kCommandProgram.id() &&
        frame.values[0] == controller.function.index && frame.values[2] == controller.epoch)
      frame.values[1] = now[frame.values[1]];
  }
  controller.commands = std::move(sorted);
  controller.free_commands.clear();
}

// The block that the next command is about, as far as that is for the load to say.
std::uint32_t next_block(const GuestDisk& disk, const userspace::Workload& load) {
  std::uint64_t word = disk.registers.random;
  const std::uint32_t wanted = userspace::next_wish(word, load).block;
  for (std::uint32_t tried = 0; tried < load.blocks; ++tried) {
    const std::uint32_t block = (wanted + tried) % load.blocks;
    if (disk.is_in_use[block] == 0) return block;
  }
  return wanted;
}

// Which of several free commands is taken next is for a driver to choose: here it is the one with
// the number of the block that it will be about, so that two commands in flight are not told apart
// by which came first, and else the lowest. A cache that nobody flushes has no order.
void forget_orders(GuestDisk& disk, nvme::Controller& controller, const userspace::Workload& load) {
  std::sort(disk.free_commands.rbegin(), disk.free_commands.rend());
  const auto namesake =
      std::find(disk.free_commands.begin(), disk.free_commands.end(), next_block(disk, load));
  if (namesake != disk.free_commands.end())
    std::rotate(namesake, namesake + 1, disk.free_commands.end());
  if (load.kind != userspace::Workload::Kind::database)
    std::sort(controller.cached.begin(), controller.cached.end());
}

// While a guest is stopped, its memory holds what its drivers know, and numbers stay.
bool runs(const World& world, std::uint32_t vm) {
  const auto& saved = world.hardware.disk.saved_vms;
  const bool is_saved =
      std::any_of(saved.begin(), saved.end(), [vm](const auto& each) { return each.vm == vm; });
  return world.user.vms[vm].state == userspace::Vm::State::running && !is_saved;
}

}  // namespace

void forget_device_history(ExploredState& state, const Blueprint& blueprint) {
  World& world = state.world;
  forget_counts(world);
  forget_tries(world.schedule);
  join_interrupts(world.schedule);
  move_nameless_tasks_behind(world);
  for (nvme::Controller& controller : world.hardware.devices.controllers) {
    forget_counts(controller);
    sort_slots(world.schedule, controller);
  }
  if (world.user.disks.empty()) return;
  const auto& notes =
      state.notes.of_guarantee[guarantees::index_of(guarantees::kAcknowledgedWritesSurvive)];
  const bool numbers_are_known = guarantees::remembers_writes(notes);
  sim::ScriptedChoice nobody_asks;
  sim::NoTrace trace;
  Context context = context_for(world, {blueprint, nobody_asks, trace}, {});
  for (GuestDisk& disk : world.user.disks) {
    const userspace::VmPlan& plan = blueprint.cast.vms[disk.registers.vm];
    const userspace::VmDevice& device = plan.devices[disk.registers.device];
    nvme::Controller* controller = device::controller_of(world.hardware.devices, device.function);
    if (controller == nullptr || !runs(world, disk.registers.vm)) continue;
    if (plan.workload.kind != userspace::Workload::Kind::database) disk.registers.unflushed = 0;
    disk.registers.random =
        userspace::word_of_round(disk.registers.random,
                                 userspace::first_word(blueprint.names.text(device.file),
                                                       world.progress.starts[disk.registers.vm]),
                                 plan.workload);
    forget_orders(disk, *controller, plan.workload);
    forget_entries_of_queues(context, disk, *controller);
    if (!numbers_are_known)
      number_writes_anew(world.hardware.memory, disk, *controller, plan.workload);
  }
}

}  // namespace luosim::world
