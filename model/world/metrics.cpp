// SPDX-License-Identifier: Apache-2.0
#include "model/world/metrics.hpp"

#include <algorithm>
#include <optional>

#include "model/device/record.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/bitmap.hpp"
#include "model/kho/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"
#include "model/world/checks.hpp"
#include "model/world/device_metrics.hpp"

namespace luosim::world {

namespace {

using sim::Record;
namespace UserRecord = userspace::UserRecord;

constexpr std::string_view kVmPrefix = "vm.";
constexpr std::string_view kBlackout = ".blackout_ns";
constexpr std::string_view kStall = ".io_stall_max_ns";

// All records of devices and of their drivers have numbers from here on.
constexpr sim::RecordKind kFirstOfDevices = device::DeviceRecord::dma;

constexpr MetricRow kTable[] = {
    {"dma.during_blackout",
     "accesses that landed while the guest of the device was stopped, or during the jump", true},
    {"dma.faulted", "accesses that the IOMMU refused", true},
    {"dma.logged", "of those, how many the IOMMU's log tells at the end: it holds one", true},
    {"dma.to_unowned_pages", "writes of devices to memory that is no guest's and no queue", true},
    {"irq.during_blackout",
     "interrupts while the guest of the device was stopped, or during the jump", true},
    {"irq.lost", "interrupts of which nobody was told", true},
    {"io.completed", "commands of guests that completed", true},
    {"io.corrupted", "reads that did not return what was last acknowledged", true},
    {"io.duplicated", "completions of commands that were not in flight", true},
    {"io.failed", "commands of guests that completed with an error", true},
    {"io.late", "completions that only a timeout found", true},
    {"io.lost", "commands of guests that never completed", true},
    {"io.submitted", "commands that guests gave to their disks", true},
    {"io.torn", "blocks of two writes that guests found which were started anew", true},
    {"boot_ns", "from the jump to the end of the next kernel's boot, the last time"},
    {"fd.lost", "files that were preserved at a jump and not restored by the end"},
    {"fd.preserved", "FD_PRESERVE calls that succeeded"},
    {"fd.restored", "FD_RESTORE calls that brought a file"},
    {"finish_ns", "time in EVENT_FINISH, all calls together"},
    {"kexec_ns", "from the reboot call to the jump, the last time"},
    {"kho.fdt_bytes", "bytes of the handover trees as last built"},
    {"kho.metadata_bytes", "bytes of bitmaps and serialized map as last built"},
    {"kho.pages_preserved", "pages marked when KHO was last finalized"},
    {"luo.freeze_ns", "time in EVENT_FREEZE or in the reboot hook, all calls together"},
    {"luo.prepare_ns", "time in EVENT_PREPARE, all calls together"},
    {"host.memory_overhead_bytes", "memory that the update itself took and still holds at the end"},
    {"restore_ns", "time in FD_RESTORE, all calls together"},
    {"vm.*.blackout_ns",
     "from the last instruction of the guest to its next, or to the first of one that is "
     "started anew, the longest"},
    {"vm.*.io_stall_max_ns",
     "from the submission of a command to its completion, or to the first one of a guest "
     "that is started anew, the longest",
     true},
};

std::string name_of(const Blueprint& blueprint, sim::Symbol vm, std::string_view suffix) {
  return std::string(kVmPrefix) + blueprint.names.text(vm) + std::string(suffix);
}

}  // namespace

MetricsCollector::MetricsCollector(const Blueprint& blueprint)
    : blueprint_(blueprint), devices_(blueprint) {
  for (const MetricRow& row : kTable)
    if (!row.name.starts_with(kVmPrefix) && !row.of_devices) metrics_[std::string(row.name)] = 0;
  for (const userspace::VmPlan& vm : blueprint.cast.vms) metrics_[blackout_of(vm.name)] = 0;
}

std::string MetricsCollector::blackout_of(sim::Symbol vm) const {
  return name_of(blueprint_, vm, kBlackout);
}

void MetricsCollector::add_time(const char* name, sim::SimTime from, sim::SimTime to) {
  metrics_[name] += (to - from).ns;
}

void MetricsCollector::take_call(const Record& record, bool begins) {
  using userspace::Verb;
  const auto verb = static_cast<Verb>(record.values[0]);
  if (begins) {
    call_began_[record.subject.index] = record.time;
    rebooting_.reset();
    if (verb == Verb::reboot_kexec) rebooting_ = record.time;
    return;
  }
  const auto began = call_began_.find(record.subject.index);
  if (began == call_began_.end()) return;
  const bool succeeded = static_cast<std::int64_t>(record.values[1]) >= 0;
  switch (verb) {
    case Verb::prepare:
      add_time("luo.prepare_ns", began->second, record.time);
      break;
    case Verb::freeze:
      add_time("luo.freeze_ns", began->second, record.time);
      break;
    case Verb::finish:
      add_time("finish_ns", began->second, record.time);
      break;
    case Verb::restore:
      add_time("restore_ns", began->second, record.time);
      break;
    case Verb::preserve:
      if (succeeded) ++metrics_["fd.preserved"];
      break;
    default:
      break;
  }
}

void MetricsCollector::take(const Record& record) {
  if (record.kind == sim::EngineRecord::step) return;
  devices_.take(record);
  if (record.kind >= kFirstOfDevices) return;
  const auto is = [&](sim::RecordKind kind) { return record.kind == kind; };
  if (is(UserRecord::call_begins)) return take_call(record, true);
  if (is(UserRecord::call_returns)) return take_call(record, false);
  if (is(UserRecord::vm_paused) || is(UserRecord::vm_stopped_hard) || is(UserRecord::vmm_died)) {
    // A VMM may die over a guest that was stopped before.
    paused_.try_emplace(record.subject.index, record.time);
  } else if (is(UserRecord::vm_resumed) || is(UserRecord::vm_boots)) {
    const auto paused = paused_.find(record.subject.index);
    if (paused == paused_.end()) return;
    std::int64_t& blackout = metrics_[blackout_of(record.subject)];
    blackout = std::max(blackout, (record.time - paused->second).ns);
    paused_.erase(paused);
  } else if (is(kernel::KernelRecord::kexec)) {
    jumped_ = record.time;
    if (rebooting_) metrics_["kexec_ns"] = (record.time - *rebooting_).ns;
    call_began_.clear();
  } else if (is(kernel::KernelRecord::boot_done)) {
    if (jumped_) metrics_["boot_ns"] = (record.time - *jumped_).ns;
    jumped_.reset();
    restored_here_ = 0;
    carried_ = 0;
  } else if (is(luo::v2::LuoRecord::incoming_built)) {
    carried_ = static_cast<std::int64_t>(record.values[0]);
  } else if (is(luo::v2::LuoRecord::file_restored)) {
    ++metrics_["fd.restored"];
    ++restored_here_;
  } else if (is(kho::KhoRecord::finalized)) {
    metrics_["kho.pages_preserved"] = static_cast<std::int64_t>(record.values[0]);
    metrics_["kho.fdt_bytes"] = static_cast<std::int64_t>(record.values[2]) + tree_bytes_;
  } else if (is(luo::v2::LuoRecord::tree_built)) {
    tree_bytes_ = static_cast<std::int64_t>(record.values[3]);
  } else if (is(luo::v2::LuoRecord::phase_stored)) {
    const bool frozen = record.values[1] == static_cast<std::uint64_t>(luo::v2::Phase::frozen);
    if (frozen && rebooting_) add_time("luo.freeze_ns", *rebooting_, record.time);
  } else if (is(kho::KhoRecord::map_serialized)) {
    metrics_["kho.metadata_bytes"] = static_cast<std::int64_t>(
        record.values[1] * kho::kBitmapBytes + record.values[2] * memory::kPageBytes);
  }
}

Metrics MetricsCollector::finish(const World& end) {
  devices_.add_to(metrics_, end);
  for (std::size_t vm = 0; vm < blueprint_.cast.vms.size(); ++vm) {
    const userspace::VmPlan& plan = blueprint_.cast.vms[vm];
    if (!plan.devices.empty() && vm < end.ledger.io.size())
      metrics_[name_of(blueprint_, plan.name, kStall)] = end.ledger.io[vm].stall_max.ns;
  }
  metrics_["fd.lost"] = std::max<std::int64_t>(carried_ - restored_here_, 0);
  const std::uint64_t pages = guarantees::pages_of_the_update(machine_of(end, blueprint_)) +
                              end.hardware.memory.count_owned(kho::kRootOwner.tag());
  metrics_["host.memory_overhead_bytes"] = static_cast<std::int64_t>(pages * memory::kPageBytes);
  return std::move(metrics_);
}

std::vector<MetricRow> metric_table() {
  return {std::begin(kTable), std::end(kTable)};
}

bool is_metric(std::string_view name, const Scenario& scenario) {
  for (const MetricRow& row : kTable) {
    const bool is_there = !row.of_devices || !scenario.devices.empty();
    if (row.name == name && is_there && !name.starts_with(kVmPrefix)) return true;
  }
  return std::any_of(scenario.vms.begin(), scenario.vms.end(), [&](const VmSpec& vm) {
    const std::string prefix = std::string(kVmPrefix) + vm.name;
    return name == prefix + std::string(kBlackout) ||
           (!vm.devices.empty() && name == prefix + std::string(kStall));
  });
}

}  // namespace luosim::world
