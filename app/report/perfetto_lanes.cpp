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
    KernelThreadRow{KernelThread::core, "kernel"},
    KernelThreadRow{KernelThread::luo, "luo"},
    KernelThreadRow{KernelThread::kho, "kho"},
    KernelThreadRow{KernelThread::faults, "faults and locks"},
    KernelThreadRow{KernelThread::drivers, "drivers"},
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

void add_process(std::vector<ordered_json>& events, PerfettoLane lane, const std::string& name) {
  const std::int64_t process = lane.process;
  events.push_back(
      metadata_event("process_name", lane, {{"name", fmt::format("{} {}", process, name)}}));
  events.push_back(metadata_event("process_sort_index", lane, {{"sort_index", process}}));
}

// Numbered names keep the order where the sort index is not understood.
void add_thread(std::vector<ordered_json>& events, PerfettoLane lane, std::string_view name) {
  const std::int64_t number = lane.thread - lane.process * kThreadsPerProcess;
  events.push_back(
      metadata_event("thread_name", lane, {{"name", fmt::format("{} {}", number, name)}}));
  events.push_back(metadata_event("thread_sort_index", lane, {{"sort_index", lane.thread}}));
}

/// One lane for each element, and one for whoever the scenario does not name.
template <class Element>
void add_names(std::vector<LaneName>& names, std::int64_t process, const std::string& group,
               const std::vector<Element>& elements, const RecordWords& words,
               const std::string& others) {
  for (std::size_t place = 0; place < elements.size(); ++place)
    names.push_back(
        {lane_of(process, place), group, std::string(words.name(elements[place].name))});
  names.push_back({lane_of(process, elements.size()), group, others});
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

std::vector<LaneName> PerfettoLanes::names() const {
  std::vector<LaneName> names;
  for (std::size_t generation = 1; generation <= boots_.size(); ++generation) {
    const std::string group = fmt::format("kernel {}", words_.name(boots_[generation - 1]));
    for (const KernelThreadRow& row : kKernelThreads) {
      const bool is_used = row.thread != KernelThread::drivers || !devices_.empty();
      if (is_used) names.push_back({kernel(generation, row.thread), group, std::string(row.name)});
    }
  }
  add_names(names, user_process(), "user space", blueprint_.cast.actors, words_, "others");
  add_names(names, vm_process(), "VMs", blueprint_.cast.vms, words_, "others");
  if (!devices_.empty())
    add_names(names, hardware_process(), "hardware", blueprint_.devices.pcie.functions, words_,
              "IOMMU");
  return names;
}

std::vector<ordered_json> PerfettoLanes::metadata() const {
  std::vector<ordered_json> events;
  std::int64_t process = 0;
  for (const LaneName& each : names()) {
    if (each.lane.process != process)
      add_process(events, lane_of(each.lane.process, 0), each.group);
    process = each.lane.process;
    add_thread(events, each.lane, each.name);
  }
  return events;
}

}  // namespace luosim::app
