// SPDX-License-Identifier: Apache-2.0
#include "model/world/headway.hpp"

#include <algorithm>

#include "model/device/record.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::world {

namespace {

namespace UserRecord = userspace::UserRecord;
namespace KernelRecord = kernel::KernelRecord;
namespace DeviceRecord = device::DeviceRecord;

constexpr sim::RecordKind kHeadway[] = {
    UserRecord::call_returns,
    // Somebody has come or gone.
    UserRecord::actor_started, UserRecord::actor_ended, UserRecord::actor_died,
    UserRecord::vm_started, UserRecord::vm_paused, UserRecord::vm_resumed,
    UserRecord::vm_stopped_hard, UserRecord::vm_boots, UserRecord::vmm_died,
    UserRecord::guest_crashed, KernelRecord::boot_begins, KernelRecord::boot_done,
    KernelRecord::died, KernelRecord::kexec, KernelRecord::power_cycle,
    DeviceRecord::presence_changed,
    // A device, or who works with it, has finished something.
    UserRecord::io_completed, UserRecord::io_failed, UserRecord::io_lost, UserRecord::driver_ready,
    UserRecord::driver_failed, DeviceRecord::reset_done, DeviceRecord::completion_posted,
    DeviceRecord::frame_received, DeviceRecord::frame_dropped};

}  // namespace

bool is_headway(const sim::Record& record) {
  return std::find(std::begin(kHeadway), std::end(kHeadway), record.kind) != std::end(kHeadway);
}

bool hardware_can_go_on(const sim::Schedule& schedule) {
  const std::vector<sim::Task>& tasks = schedule.tasks();
  return std::any_of(tasks.begin(), tasks.end(), [](const sim::Task& task) {
    return task.state == sim::Task::State::ready && (task.group & sim::kBackgroundGroup) != 0;
  });
}

}  // namespace luosim::world
