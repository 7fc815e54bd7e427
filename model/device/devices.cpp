// SPDX-License-Identifier: Apache-2.0
#include "model/device/devices.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "model/device/context.hpp"
#include "model/device/nvme/lifecycle.hpp"
#include "model/device/nvme/media.hpp"

namespace luosim::device {

namespace {

// What hardware of a class adds; what it does not have is null or empty.
struct DeviceClass {
  void (*lose_state)(Context&, FunctionId, pcie::ResetKind);  // does nothing if it is another's
  std::span<const sim::Program* const> (*programs)();
  std::span<const sim::FaultSite> fault_sites;
  sim::ProgramId from_outside{};  // of tasks in the function's group that are not the function's
};

void lose_controller(Context& context, FunctionId function, pcie::ResetKind kind) {
  if (controller_of(context.devices, function) == nullptr) return;
  nvme::lose_state(context, function, kind == pcie::ResetKind::power);
}

void lose_port(Context& context, FunctionId function, pcie::ResetKind /*kind*/) {
  if (port_of(context.devices, function) == nullptr) return;
  nic::lose_state(context, function);
}

constexpr sim::FaultSite kFunctionFaults[] = {pcie::kResetFault};
constexpr sim::FaultSite kControllerFaults[] = {nvme::kCommandFault, nvme::kFatalFault,
                                                nvme::kDoorbellFault};

// Functions as such come first. Frames are sent by somebody who does not know of resets.
constexpr DeviceClass kClasses[] = {
    {nullptr, pcie::programs, kFunctionFaults},
    {lose_controller, nvme::programs, kControllerFaults},
    {lose_port, nic::programs, {}, {sim::name_hash("nic.receive")}},
};

bool is_from_outside(const sim::Schedule& schedule, sim::TaskId task) {
  if (schedule.task(task).frame == sim::Frame::kNone) return false;
  const sim::ProgramId program = schedule.outermost_frame_of(task).program;
  return std::any_of(std::begin(kClasses), std::end(kClasses), [program](const DeviceClass& each) {
    return each.from_outside != sim::ProgramId{} && each.from_outside == program;
  });
}

std::vector<const sim::Program*> programs_of_all() {
  std::vector<const sim::Program*> all;
  for (const DeviceClass& each : kClasses) {
    for (const sim::Program* program : each.programs()) all.push_back(program);
  }
  return all;
}

std::vector<sim::FaultSite> fault_sites_of_all() {
  std::vector<sim::FaultSite> all;
  for (const DeviceClass& each : kClasses) {
    for (const sim::FaultSite& site : each.fault_sites) all.push_back(site);
  }
  return all;
}

}  // namespace

void lose_state(Context& context, FunctionId function, pcie::ResetKind kind) {
  for (const DeviceClass& each : kClasses) {
    if (each.lose_state != nullptr) each.lose_state(context, function, kind);
  }
}

void become_another(Context& context, FunctionId function) {
  if (nvme::Controller* controller = controller_of(context.devices, function))
    nvme::forget_media(*controller);
}

void drop_own_tasks(Context& context, FunctionId function) {
  const std::uint32_t group = group_of(function);
  for (std::uint32_t index = 0; index < context.schedule.tasks().size(); ++index) {
    const sim::Task& task = context.schedule.tasks()[index];
    if (task.state == sim::Task::State::unused || task.group != group) continue;
    if (!is_from_outside(context.schedule, {index})) context.schedule.drop({index});
  }
}

void power_cycle(Context& context) {
  pcie::power_cycle(context);
  // The count of refused accesses is the observer's and goes on.
  const std::uint64_t faults = context.devices.iommu.faults;
  context.devices.iommu = iommu::Unit{};
  context.devices.iommu.faults = faults;
  context.devices.processors = irq::Processors{};
}

std::span<const sim::Program* const> programs() {
  static const std::vector<const sim::Program*> kAll = programs_of_all();
  return kAll;
}

std::span<const sim::FaultSite> fault_sites() {
  static const std::vector<sim::FaultSite> kAll = fault_sites_of_all();
  return kAll;
}

}  // namespace luosim::device
