// SPDX-License-Identifier: Apache-2.0
#include "app/report/report_lanes.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace luosim::app {

namespace {

enum class RowsOf : std::uint8_t { task, vcpu, device, kernel, luo, kho, drivers };

struct ProgramRow {
  std::string_view prefix;
  RowsOf place;
};
// Whose lane the rows of a program are drawn in, by the first part of its name. What is not listed
// is a file type or the ioctl interface, which are LUO's business.
constexpr ProgramRow kPrograms[] = {
    {"user", RowsOf::task},     {"vmm", RowsOf::task},       {"guest", RowsOf::vcpu},
    {"nvme", RowsOf::device},   {"nic", RowsOf::device},     {"pcie", RowsOf::device},
    {"kernel", RowsOf::kernel}, {"machine", RowsOf::kernel}, {"kho", RowsOf::kho},
    {"pci", RowsOf::drivers},   {"port", RowsOf::drivers},   {"iommu", RowsOf::drivers},
    {"irq", RowsOf::drivers},
};

RowsOf place_of_program(std::string_view program) {
  const std::string_view prefix = program.substr(0, program.find('.'));
  for (const ProgramRow& row : kPrograms)
    if (row.prefix == prefix) return row.place;
  return RowsOf::luo;
}

}  // namespace

ReportLanes::ReportLanes(std::span<const sim::Record> boots, std::span<const sim::Symbol> files,
                         const world::Blueprint& blueprint, const RecordWords& words)
    : blueprint_(blueprint), words_(words), who_(boots, blueprint, words) {
  const std::vector<LaneName> names = who_.names();
  add_group(names, "user space");
  add_vms(names);
  const std::size_t generations = std::max<std::size_t>(boots.size(), 1);
  for (std::size_t generation = 1; generation <= generations; ++generation) {
    const std::int64_t process = who_.kernel(generation, KernelThread::core).process;
    const auto first = std::find_if(names.begin(), names.end(), [&](const LaneName& each) {
      return each.lane.process == process;
    });
    const std::string group =
        generations == 1 ? first->group : fmt::format("{}. {}", generation, first->group);
    phases_.push_back(static_cast<std::uint32_t>(lanes_.size()));
    lanes_.push_back({group, "phase"});
    for (auto each = first; each != names.end() && each->lane.process == process; ++each) {
      places_[{process, each->lane.thread}] = static_cast<std::uint32_t>(lanes_.size());
      lanes_.push_back({group, each->name});
    }
  }
  for (const sim::Symbol file : files) {
    files_.emplace(file, static_cast<std::uint32_t>(lanes_.size()));
    lanes_.push_back({"files", std::string(words.name(file))});
  }
  add_group(names, "hardware");
}

void ReportLanes::add_group(const std::vector<LaneName>& names, std::string_view group) {
  for (const LaneName& each : names) {
    if (each.group != group) continue;
    places_[{each.lane.process, each.lane.thread}] = static_cast<std::uint32_t>(lanes_.size());
    lanes_.push_back({each.group, each.name});
  }
}

// Each VM, and its vCPUs below it.
void ReportLanes::add_vms(const std::vector<LaneName>& names) {
  static constexpr std::string_view kGroup = "VMs";
  const auto vcpus = vcpu_lanes(blueprint_.cast.vms, words_);
  std::size_t vm = 0;
  for (const LaneName& each : names) {
    if (each.group != kGroup) continue;
    const auto place = static_cast<std::uint32_t>(lanes_.size());
    places_[{each.lane.process, each.lane.thread}] = place;
    lanes_.push_back({each.group, each.name});
    // The last one is for whoever the scenario does not name.
    if (vm == vcpus.size()) continue;
    std::vector<std::uint32_t>& own = vcpus_[blueprint_.cast.vms[vm].name];
    for (const VcpuLane& lane : vcpus[vm]) {
      own.push_back(static_cast<std::uint32_t>(lanes_.size()));
      lanes_.push_back({each.group, lane.name, place, lane.vcpus});
    }
    ++vm;
  }
}

// A machine without devices has no lanes for them: what there is to tell is the kernel's.
std::uint32_t ReportLanes::place_of(PerfettoLane lane) const {
  const auto place = places_.find({lane.process, lane.thread});
  if (place != places_.end()) return place->second;
  return phases(static_cast<std::size_t>(lane.process)) + 1;
}

std::uint32_t ReportLanes::of_row(const sim::Record& record, sim::Symbol task,
                                  std::size_t generation) const {
  static constexpr RecordField kProgram{"program", 0, ValueForm::program};
  sim::Record by_task = record;
  by_task.subject = task;
  switch (place_of_program(words_.text(kProgram, record))) {
    case RowsOf::task:
      return place_of(who_.of(by_task, {{}, "user.row"}, generation));
    case RowsOf::vcpu:
      return of_guest(task, GuestPart::vcpu);
    case RowsOf::device:
      return place_of(who_.device(task));
    case RowsOf::kernel:
      return place_of(who_.kernel(generation, KernelThread::core));
    case RowsOf::kho:
      return place_of(who_.kernel(generation, KernelThread::kho));
    case RowsOf::drivers:
      return place_of(who_.kernel(generation, KernelThread::drivers));
    case RowsOf::luo:
      break;
  }
  return place_of(who_.kernel(generation, KernelThread::luo));
}

std::uint32_t ReportLanes::of(const sim::Record& record, const RecordName& name, sim::Symbol task,
                              std::size_t generation) const {
  if (record.kind == sim::EngineRecord::step) return of_row(record, task, generation);
  const auto guest = guest_place(record, blueprint_.cast.vms);
  if (guest) return of_guest(blueprint_.cast.vms[guest->vm].name, guest->part);
  return place_of(who_.of(record, name, generation));
}

std::uint32_t ReportLanes::phases(std::size_t generation) const {
  return phases_[std::clamp<std::size_t>(generation, 1, phases_.size()) - 1];
}

std::uint32_t ReportLanes::kernel(std::size_t generation) const {
  return place_of(who_.kernel(generation, KernelThread::core));
}

std::uint32_t ReportLanes::vm(sim::Symbol name) const {
  return place_of(who_.vm(name));
}

std::span<const std::uint32_t> ReportLanes::vcpus(sim::Symbol vm) const {
  const auto own = vcpus_.find(vm);
  if (own == vcpus_.end()) return {};
  return own->second;
}

std::uint32_t ReportLanes::of_guest(sim::Symbol vm_name, GuestPart part) const {
  const std::span<const std::uint32_t> own = vcpus(vm_name);
  return part == GuestPart::host || own.empty() ? vm(vm_name) : own.front();
}

std::uint32_t ReportLanes::device(sim::Symbol name) const {
  return place_of(who_.device(name));
}

std::optional<std::uint32_t> ReportLanes::file(sim::Symbol name) const {
  const auto place = files_.find(name);
  if (place == files_.end()) return std::nullopt;
  return place->second;
}

}  // namespace luosim::app
