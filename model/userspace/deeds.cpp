// SPDX-License-Identifier: Apache-2.0
#include "model/userspace/deeds.hpp"

#include "model/device/pcie/fabric.hpp"
#include "model/fd/eventfd.hpp"
#include "model/fd/memfd.hpp"
#include "model/fd/vfio.hpp"
#include "model/kernel/errno.hpp"
#include "model/userspace/guest_disk.hpp"
#include "model/userspace/parts.hpp"
#include "model/userspace/programs.hpp"
#include "model/userspace/record.hpp"
#include "model/userspace/vmm_devices.hpp"

namespace luosim::userspace {

namespace {

using sim::Outcome;

// A VMM that is killed takes its guest along.
Outcome kill_vmm(Context& context, std::uint32_t vm) {
  if (context.user.vms[vm].state != Vm::State::absent) {
    context.record({.kind = UserRecord::vmm_died, .subject = context.cast.vms[vm].name});
    show_guest_writes(context, vm);
    if (context.user.vms[vm].state == Vm::State::running) note_commands_of_stopped(context, vm);
    stop_guest(context, vm);
    context.user.vms[vm].state = Vm::State::absent;
  }
  context.frame().result = 0;
  return sim::done();
}

// The numbers of VMs follow those of the actors.
Outcome kill_process(Context& context, std::uint32_t victim) {
  const auto actors = static_cast<std::uint32_t>(context.cast.actors.size());
  if (victim >= actors) return kill_vmm(context, victim - actors);
  context.progress.actors[victim].is_killed = 1;
  const std::vector<sim::Task>& tasks = context.schedule.tasks();
  for (std::uint32_t index = 0; index < tasks.size(); ++index) {
    if (tasks[index].state == sim::Task::State::unused ||
        tasks[index].group != process_of_actor(victim)) {
      continue;
    }
    // Who is in the middle of a call dies when it returns; who waits for its turn dies at once.
    const sim::Frame& frame = context.schedule.frame(tasks[index].frame);
    if (frame.program != kActorProgramId || frame.step != 0) {
      context.schedule.kill({index});
      continue;
    }
    std::erase(context.user.waiting, index);
    context.schedule.drop({index});
    --context.user.actors_left;
  }
  context.frame().result = 0;
  return sim::done();
}

// What a guest wrote before comes first.
void show_writes_of_guest_in(Context& context, sim::Symbol file) {
  for (std::uint32_t vm = 0; vm < context.user.vms.size(); ++vm)
    if (context.cast.vms[vm].memory_file == file) show_guest_writes(context, vm);
}

// A memfd gets new contents, an eventfd counts one more.
std::int64_t write_contents(Context& context, kernel::FileId id) {
  const kernel::File file = context.kernel.files[id];
  switch (static_cast<fd::FileType>(file.type)) {
    case fd::FileType::memfd: {
      const auto version = static_cast<std::uint64_t>(context.now().ns) << 8 | 1;
      return fd::write_memfd(context, file.object, 0, 1, {version});
    }
    case fd::FileType::eventfd:
      return fd::write_eventfd(context, file.object, 1);
    default:
      return -kernel::kEBADF;
  }
}

Outcome write_file(Context& context, sim::Symbol operand) {
  show_writes_of_guest_in(context, operand);
  const auto file = file_held(context, operand);
  context.frame().result = file ? write_contents(context, *file) : -kernel::kEBADF;
  return sim::done(context.timing.of(timing::Cost::system_call));
}

// What is asked of a VMM or done to the hardware, at once.
std::int64_t do_at_once(Context& context, const Deed& deed) {
  const std::uint32_t number = deed.number;
  const device::FunctionId function{number};
  const auto file = file_held(context, deed.operand);
  switch (deed.verb) {
    case Verb::map:
      return map_more(context, number);
    case Verb::unmap:
      return unmap_more(context, number);
    case Verb::interrupts_off:
      return turn_interrupts_off(context, number);
    case Verb::resize:
      return file && context.kernel.files[*file].type == kMemfdFileType
                 ? fd::halve_memfd(context, *file)
                 : -kernel::kEBADF;
    case Verb::reset_device:
      return file ? fd::reset_vfio(context, *file) : -kernel::kEBADF;
    case Verb::suspend_device:
      return file ? fd::suspend_vfio(context, *file) : -kernel::kEBADF;
    case Verb::remove_device:
      device::pcie::remove(context, function);
      return 0;
    default:
      device::pcie::insert(context, function, context.devices.pcie[function].serial + 1);
      return 0;
  }
}

}  // namespace

bool is_deed(Verb verb) {
  return verb == Verb::kill || verb == Verb::write ||
         (Verb::map <= verb && verb <= Verb::insert_device);
}

Outcome do_deed(Context& context, const Deed& deed) {
  if (deed.verb == Verb::kill) return kill_process(context, deed.number);
  if (deed.verb == Verb::write) return write_file(context, deed.operand);
  context.frame().result = do_at_once(context, deed);
  return sim::done(context.timing.of(timing::Cost::system_call));
}

}  // namespace luosim::userspace
