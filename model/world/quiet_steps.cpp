// SPDX-License-Identifier: Apache-2.0
#include "model/world/quiet_steps.hpp"

#include <algorithm>

#include "model/device/irq/message.hpp"
#include "model/fd/kvm.hpp"
#include "model/kho/programs.hpp"
#include "model/luo/v2/programs.hpp"
#include "model/uapi/uapi.hpp"
#include "model/userspace/free_actor.hpp"
#include "model/userspace/guest_disk.hpp"
#include "model/userspace/guest_vcpu.hpp"
#include "model/userspace/programs.hpp"

namespace luosim::world {

namespace {

using userspace::Verb;

// What devices and guests do all the time: it knows nothing of an update, and nothing of the
// machine but memory, registers of BAR 0, and which interrupts are pending.
constexpr sim::ProgramId kUsualWork[] = {
    {sim::name_hash("nvme.fetch")}, {sim::name_hash("nvme.command")},
    {sim::name_hash("nvme.post")},  {sim::name_hash("nvme.lifecycle")},
    device::irq::kInterruptEntry,   fd::kInject,
    userspace::kGuestDisk,          userspace::kGuestVcpu,
};

// Rows that work on what LUO, KHO and the process keep, on records, and on marks of files of memory
// and of address spaces, and call whoever works on anything else. Those that give a file up are not
// among them: with its last reference a device may go.
constexpr sim::ProgramId kWorkOfTheUpdate[] = {
    uapi::kIoctl,
    {sim::name_hash("uapi.fd_preserve")},
    {sim::name_hash("uapi.get_state")},
    uapi::kReadState,
    luo::v2::kNotifier,
    luo::v2::kPrepare,
    luo::v2::kTreeSetup,
    luo::v2::kPrepareFiles,
    luo::v2::kPrepareSubsystems,
    luo::v2::kFreeze,
    luo::v2::kFreezeFiles,
    luo::v2::kFreezeSubsystems,
    luo::v2::kCancel,
    luo::v2::kCancelFiles,
    luo::v2::kCancelSubsystems,
    luo::v2::kFinish,
    luo::v2::kFinishSubsystems,
    luo::v2::kBuildIncomingList,
    luo::v2::kReboot,
    uapi::kReboot,
    luo::v2::kPreserveFile,
    luo::v2::kRestoreFile,
    luo::v2::kSubsystemData,
    luo::v2::kRegisterSubsystem,
    luo::v2::kRegisterHandler,
    {sim::name_hash("memfd.can_preserve")},
    {sim::name_hash("memfd.prepare")},
    {sim::name_hash("memfd.freeze")},
    {sim::name_hash("memfd.cancel")},
    {sim::name_hash("iommufd.can_preserve")},
    {sim::name_hash("iommufd.prepare")},
    {sim::name_hash("iommufd.freeze")},
    {sim::name_hash("iommufd.cancel")},
    {sim::name_hash("vfio.can_preserve")},
    kho::kFinalize,
    kho::kAbort,
    kho::kAbortLocked,
    kho::kAbortClients,
    kho::kSerializeAnew,
};

// Rows of finish give back what was handed over. If all of it was taken back, that is records, the
// marks of devices that are ordinary ones again, and what no device is attached to; devices write
// to none of what these rows read.
constexpr sim::ProgramId kWorkOfFinishedFiles[] = {
    luo::v2::kFinishFiles,
    {sim::name_hash("memfd.finish")},
    {sim::name_hash("iommufd.finish")},
    {sim::name_hash("vfio.finish")},
};
constexpr sim::ProgramId kWorkOfFinishedSubsystems[] = {
    {sim::name_hash("iommu.subsystem_finish")},
    {sim::name_hash("pci.subsystem_finish")},
};

// Calls that an actor makes by a system call alone.
constexpr Verb kSystemCalls[] = {Verb::preserve, Verb::unpreserve, Verb::restore,
                                 Verb::prepare,  Verb::freeze,     Verb::cancel,
                                 Verb::finish,   Verb::get_state,  Verb::read_sysfs};

constexpr std::uint16_t kWaitsForItsTurn = 0;  // rows of an actor
constexpr std::uint16_t kMakesTheCall = 1;
constexpr std::uint16_t kWaitsForInterrupts = 0;  // and of a guest's vCPU
constexpr std::uint16_t kServesDevices = 1;

template <class Table, class Value>
bool contains(const Table& table, const Value& value) {
  return std::find(std::begin(table), std::end(table), value) != std::end(table);
}

bool is_pending(const sim::Task& task) {
  return task.state != sim::Task::State::unused && task.frame != sim::Frame::kNone;
}

// An interrupt has found who is told, or a vCPU has nothing to do: it looks for interrupts, and
// waits if there are none.
bool is_quiet_work(const sim::Schedule& schedule, const sim::Frame& frame) {
  if (frame.program == userspace::kGuestVcpu) return frame.step == kWaitsForInterrupts;
  return frame.program == fd::kInject && frame.caller != sim::Frame::kNone &&
         schedule.frame(frame.caller).program == device::irq::kInterruptEntry;
}

// Every file came back and somebody besides LUO has it open, so that none goes when LUO lets go of
// it.
bool all_was_taken_back(const World& world) {
  const kernel::Files& files = world.kernel.core.files;
  const std::vector<luo::v2::FileRecord>& incoming = world.kernel.luo.incoming;
  return std::all_of(incoming.begin(), incoming.end(), [&](const luo::v2::FileRecord& record) {
    if (record.file == kernel::kNoFile || record.file.index >= files.size()) return false;
    return files[record.file].references > (record.is_held != 0 ? 1U : 0U);
  });
}

// What the kernel before had, and no driver of this one has taken over.
bool a_device_was_left(const driver::State& drivers) {
  return std::any_of(drivers.pci.devices.begin(), drivers.pci.devices.end(),
                     [](const driver::pci::Device& device) { return device.incoming != 0; }) ||
         std::any_of(drivers.iommu.attachments.begin(), drivers.iommu.attachments.end(),
                     [](const driver::iommu::Attachment& attachment) {
                       return attachment.is_handed_over != 0 && attachment.is_preserved == 0;
                     });
}

bool is_quiet_row_of_finish(const World& world, const sim::Frame& frame) {
  if (!all_was_taken_back(world)) return false;
  if (contains(kWorkOfFinishedFiles, frame.program)) return true;
  return contains(kWorkOfFinishedSubsystems, frame.program) &&
         !a_device_was_left(world.kernel.drivers);
}

bool is_quiet_row_of_actor(const World& world, const Blueprint& blueprint,
                           const sim::Frame& frame) {
  const auto number = static_cast<std::uint32_t>(frame.values[0]);
  const userspace::Actor& actor = blueprint.cast.actors[number];
  const userspace::Progress::Actor& progress = world.progress.actors[number];
  // A choice is a move of its own.
  if (frame.step == kWaitsForItsTurn) {
    if (actor.free || progress.entry >= actor.script.size()) return false;
    return actor.script[progress.entry].after.kind == userspace::Condition::Kind::always;
  }
  if (frame.step != kMakesTheCall) return true;
  const userspace::Entry* entry = userspace::current_entry(actor, progress);
  return entry != nullptr && contains(kSystemCalls, entry->verb);
}

}  // namespace

bool is_usual_work(const World& world, sim::TaskId task) {
  return contains(kUsualWork, world.schedule.frame_of(task).program);
}

bool begins_a_round(const World& world, sim::TaskId task) {
  const sim::Frame& frame = world.schedule.frame_of(task);
  return frame.program == userspace::kGuestVcpu && frame.step == kServesDevices;
}

std::optional<sim::TaskId> quiet_task(const World& world, const Blueprint& blueprint) {
  const sim::Schedule& schedule = world.schedule;
  const std::vector<sim::Task>& tasks = schedule.tasks();
  std::optional<sim::TaskId> of_actor;
  std::uint32_t others = 0;
  for (std::uint32_t index = 0; index < tasks.size(); ++index) {
    const sim::Task& task = tasks[index];
    if (!is_pending(task)) continue;
    const sim::Frame& frame = schedule.frame(task.frame);
    const bool is_ready = task.state == sim::Task::State::ready;
    if (contains(kUsualWork, frame.program)) {
      if (is_ready && is_quiet_work(schedule, frame)) return sim::TaskId{index};
      continue;
    }
    ++others;
    if (!is_ready || (task.group & sim::kBackgroundGroup) != 0) continue;
    const bool is_quiet =
        frame.program == userspace::kActorProgramId
            ? is_quiet_row_of_actor(world, blueprint, frame)
            : contains(kWorkOfTheUpdate, frame.program) || is_quiet_row_of_finish(world, frame);
    if (is_quiet) of_actor = sim::TaskId{index};
  }
  return others == 1 ? of_actor : std::nullopt;
}

}  // namespace luosim::world
