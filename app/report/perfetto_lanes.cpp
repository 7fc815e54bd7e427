// SPDX-License-Identifier: Apache-2.0
#include "app/report/perfetto_lanes.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "model/kernel/record.hpp"

namespace luosim::app {

namespace {

using nlohmann::ordered_json;

// More than any scenario has of actors or VMs.
constexpr std::int64_t kThreadsPerProcess = 100'000;

PerfettoLane lane_of(std::int64_t process, std::size_t number) {
  return {process, process * kThreadsPerProcess + static_cast<std::int64_t>(number)};
}

struct KernelThreadRow {
  KernelThread thread;
  std::string_view name;
};
constexpr std::array kKernelThreads{
    KernelThreadRow{KernelThread::core, "0 kernel"},
    KernelThreadRow{KernelThread::luo, "1 luo"},
    KernelThreadRow{KernelThread::kho, "2 kho"},
    KernelThreadRow{KernelThread::faults, "3 faults and locks"},
    KernelThreadRow{KernelThread::drivers, "4 drivers"},
};

struct LayerRow {
  std::string_view layer;
  KernelThread thread;
  bool may_be_of_an_actor = false;  ///< if the subject is one
};
// What belongs to a kernel, by the first part of a kind's name; the rest is user space.
constexpr LayerRow kLayers[] = {
    {"engine", KernelThread::faults, true},
    {"kernel", KernelThread::core, true},
    {"kho", KernelThread::kho},
    {"luo", KernelThread::luo},
    {"participant", KernelThread::luo},
    {"driver", KernelThread::drivers},
    {"iommu", KernelThread::drivers},
    {"irq", KernelThread::drivers},
};
constexpr std::string_view kHardware = "device";

const LayerRow* row_of(const RecordName& name) {
  for (const LayerRow& row : kLayers)
    if (row.layer == name.layer()) return &row;
  return nullptr;
}

ordered_json metadata_event(std::string_view what, PerfettoLane lane, ordered_json arguments) {
  return {{"ph", "M"},
          {"name", what},
          {"pid", lane.process},
          {"tid", lane.thread},
          {"args", std::move(arguments)}};
}

void add_process(std::vector<ordered_json>& events, std::int64_t process, const std::string& name) {
  const PerfettoLane lane = lane_of(process, 0);
  events.push_back(
      metadata_event("process_name", lane, {{"name", fmt::format("{} {}", process, name)}}));
  events.push_back(metadata_event("process_sort_index", lane, {{"sort_index", process}}));
}

void add_thread(std::vector<ordered_json>& events, PerfettoLane lane, std::string_view name) {
  events.push_back(metadata_event("thread_name", lane, {{"name", name}}));
  events.push_back(metadata_event("thread_sort_index", lane, {{"sort_index", lane.thread}}));
}

/// One thread for each element, and one for whoever the scenario does not name.
template <class Element>
void add_threads(std::vector<ordered_json>& events, std::int64_t process,
                 const std::vector<Element>& elements, const RecordWords& words) {
  for (std::size_t place = 0; place < elements.size(); ++place) {
    add_thread(events, lane_of(process, place),
               fmt::format("{} {}", place, words.name(elements[place].name)));
  }
  add_thread(events, lane_of(process, elements.size()), fmt::format("{} others", elements.size()));
}

}  // namespace

PerfettoLanes::PerfettoLanes(std::span<const sim::Record> records,
                             const world::Blueprint& blueprint, const RecordWords& words)
    : blueprint_(blueprint), words_(words) {
  for (const sim::Record& record : records)
    if (record.kind == kernel::KernelRecord::boot_begins) boots_.push_back(record.subject);
  if (boots_.empty()) boots_.emplace_back();
  for (const userspace::Actor& actor : blueprint.cast.actors)
    actors_.emplace(actor.name, actors_.size());
  for (std::size_t place = 0; place < blueprint.cast.vms.size(); ++place) {
    vms_.emplace(blueprint.cast.vms[place].name, place);
    vms_.emplace(blueprint.cast.vms[place].memory_file, place);
  }
  for (const device::pcie::Function& function : blueprint.devices.pcie.functions)
    devices_.emplace(function.name, devices_.size());
}

PerfettoLane PerfettoLanes::kernel(std::size_t generation, KernelThread thread) const {
  const std::size_t process = std::clamp<std::size_t>(generation, 1, boots_.size());
  return lane_of(static_cast<std::int64_t>(process), static_cast<std::size_t>(thread));
}

PerfettoLane PerfettoLanes::vm(sim::Symbol name) const {
  const auto place = vms_.find(name);
  return lane_of(vm_process(), place == vms_.end() ? blueprint_.cast.vms.size() : place->second);
}

PerfettoLane PerfettoLanes::device(sim::Symbol name) const {
  const auto place = devices_.find(name);
  return lane_of(hardware_process(), place == devices_.end() ? devices_.size() : place->second);
}

PerfettoLane PerfettoLanes::of(const sim::Record& record, const RecordName& name,
                               std::size_t generation) const {
  const LayerRow* row = row_of(name);
  const auto actor = actors_.find(record.subject);
  if (actor != actors_.end() && (row == nullptr || row->may_be_of_an_actor))
    return lane_of(user_process(), actor->second);
  if (row != nullptr) return kernel(generation, row->thread);
  if (name.layer() == kHardware) return device(record.subject);
  for (const sim::Symbol name_of_vm : {record.subject, record.object})
    if (vms_.count(name_of_vm) != 0) return vm(name_of_vm);
  return lane_of(user_process(), actors_.size());
}

std::vector<ordered_json> PerfettoLanes::metadata() const {
  std::vector<ordered_json> events;
  for (std::size_t generation = 1; generation <= boots_.size(); ++generation) {
    const std::string_view image = words_.name(boots_[generation - 1]);
    add_process(events, static_cast<std::int64_t>(generation), fmt::format("kernel {}", image));
    for (const KernelThreadRow& row : kKernelThreads) {
      const bool is_used = row.thread != KernelThread::drivers || !devices_.empty();
      if (is_used) add_thread(events, kernel(generation, row.thread), row.name);
    }
  }
  add_process(events, user_process(), "user space");
  add_threads(events, user_process(), blueprint_.cast.actors, words_);
  add_process(events, vm_process(), "VMs");
  add_threads(events, vm_process(), blueprint_.cast.vms, words_);
  if (devices_.empty()) return events;
  add_process(events, hardware_process(), "hardware");
  const auto& functions = blueprint_.devices.pcie.functions;
  for (std::size_t place = 0; place < functions.size(); ++place)
    add_thread(events, lane_of(hardware_process(), place),
               fmt::format("{} {}", place, words_.name(functions[place].name)));
  add_thread(events, device({}), fmt::format("{} IOMMU", functions.size()));
  return events;
}

}  // namespace luosim::app
