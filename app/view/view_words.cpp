// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/report/record_words.hpp"
#include "app/view/view_parts.hpp"

namespace luosim::app::view {

namespace {

const std::string kNone = "none";

}  // namespace

std::string hex(std::uint64_t value) {
  return address_text(value);
}

Json range(memory::PageRange pages) {
  return {{"first", hex(address_of(pages.first).value)}, {"pages", pages.count}};
}

std::string address(memory::PhysicalAddress where) {
  return where.value == 0 ? kNone : hex(where.value);
}

std::string word(ValueForm form, std::uint64_t value) {
  return value_text(form, value);
}

const std::string& text(const Viewed& viewed, sim::Symbol name) {
  return viewed.blueprint.names.text(name);
}

std::string function_name(const Viewed& viewed, device::FunctionId function) {
  const auto& functions = viewed.world.hardware.devices.pcie.functions;
  return function.index < functions.size() ? text(viewed, functions[function.index].name) : kNone;
}

std::string file_name(const Viewed& viewed, kernel::FileId file) {
  const kernel::Files& files = viewed.world.kernel.core.files;
  if (file.index >= files.size()) return kNone;
  const std::string& name = text(viewed, files[file].name);
  return name.empty() ? fmt::format("file {}", file.index) : name;
}

std::string file_with(const Viewed& viewed, fd::FileType type, std::uint32_t object) {
  const kernel::Files& files = viewed.world.kernel.core.files;
  for (std::uint32_t index = 0; index < files.size(); ++index) {
    const kernel::File& file = files[{index}];
    if (file.references > 0 && file.type == static_cast<std::uint32_t>(type) &&
        file.object == object)
      return file_name(viewed, {index});
  }
  return kNone;
}

std::string process_name(const Viewed& viewed, std::uint32_t process) {
  const userspace::Cast& cast = viewed.blueprint.cast;
  for (std::uint32_t actor = 0; actor < cast.actors.size(); ++actor)
    if (userspace::process_of_actor(actor) == process) return text(viewed, cast.actors[actor].name);
  for (std::uint32_t vm = 0; vm < cast.vms.size(); ++vm)
    if (userspace::process_of_vmm(cast, vm) == process)
      return fmt::format("vmm of {}", vm_name(viewed, vm));
  return fmt::format("process {}", process);
}

std::string vm_name(const Viewed& viewed, std::uint64_t vm) {
  const auto& vms = viewed.blueprint.cast.vms;
  return vm < vms.size() ? text(viewed, vms[vm].name) : kNone;
}

std::string task_name(const Viewed& viewed, sim::TaskId task) {
  const auto& tasks = viewed.world.schedule.tasks();
  if (task.index >= tasks.size()) return kNone;
  const std::string& name = text(viewed, tasks[task.index].name);
  return name.empty() ? fmt::format("task {}", task.index)
                      : fmt::format("{} (task {})", name, task.index);
}

std::string program_name(const Viewed& viewed, sim::ProgramId program) {
  const sim::Programs& programs = viewed.blueprint.programs;
  return programs.contains(program) ? std::string(programs.find(program).program->name) : kNone;
}

Json number_or_none(std::uint64_t value, std::uint64_t none) {
  return value == none ? Json(kNone) : Json(value);
}

}  // namespace luosim::app::view
