// SPDX-License-Identifier: Apache-2.0
#include "app/report/report_plan.hpp"

#include <algorithm>
#include <iterator>

#include "app/report/log_messages.hpp"
#include "model/device/record.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::app {

namespace {

using device::DeviceRecord::command_fetched;
using device::DeviceRecord::completion_posted;

// What a story is told by: faults, deaths, phases, kernels, calls of people, guests that stop and
// go.
constexpr sim::RecordKind kPinned[] = {
    sim::EngineRecord::blocked,
    sim::EngineRecord::deadlock,
    sim::EngineRecord::fault_fired,
    kernel::KernelRecord::boot_begins,
    kernel::KernelRecord::boot_done,
    kernel::KernelRecord::died,
    kernel::KernelRecord::kexec,
    kernel::KernelRecord::power_cycle,
    kernel::KernelRecord::devices_shut_down,
    luo::v2::LuoRecord::phase_stored,
    luo::v2::LuoRecord::incoming_found,
    userspace::UserRecord::call_begins,
    userspace::UserRecord::call_returns,
    userspace::UserRecord::unexpected_answer,
    userspace::UserRecord::vm_started,
    userspace::UserRecord::vm_paused,
    userspace::UserRecord::vm_resumed,
    userspace::UserRecord::vm_stopped_hard,
    userspace::UserRecord::vm_boots,
    userspace::UserRecord::vmm_died,
    userspace::UserRecord::guest_crashed,
    userspace::UserRecord::contents_lost,
    device::DeviceRecord::reset_begins,
    device::DeviceRecord::reset_done,
};

// `events` of a kind that keeps one of `every`.
std::uint64_t kept(std::uint64_t events, std::uint64_t every) {
  return (events + every - 1) / every;
}

std::uint64_t every_at(std::uint64_t thinning, StepWeight weight) {
  return std::max<std::uint64_t>(1, thinning / static_cast<std::uint64_t>(weight));
}

// Queue and command identifier, as both records of a command have them.
std::pair<std::uint64_t, std::uint64_t> command_of(const sim::Record& record) {
  return {record.values[0], record.values[1] & 0xFFFF'FFFF};
}

}  // namespace

StepWeight weight_of(const sim::Record& record) {
  const auto* pinned = std::find(std::begin(kPinned), std::end(kPinned), record.kind);
  if (pinned != std::end(kPinned)) return StepWeight::pinned;
  const bool is_of_the_engine =
      record.kind == sim::EngineRecord::step || record.kind == sim::EngineRecord::task_ended;
  if (is_of_the_engine) return StepWeight::row;
  const LogMessage* message = find_log_message(record.kind);
  const bool is_event = message != nullptr && message->is_shown(record, LogDetail::event);
  return is_event ? StepWeight::event : StepWeight::detail;
}

ReportTally::ReportTally(sim::Symbol running)
    : boots_before_(1), boots_({{.kind = kernel::KernelRecord::boot_begins, .subject = running}}) {}

void ReportTally::look(const sim::Record& record, const world::World& /*world*/) {
  ++records_;
  if (record.kind == kernel::KernelRecord::boot_begins) boots_.push_back(record);
  if (guests_.leaves_out(record)) return;
  const bool is_new_file = record.kind == luo::v2::LuoRecord::file_preserved &&
                           std::find(files_.begin(), files_.end(), record.object) == files_.end();
  if (is_new_file) files_.push_back(record.object);
  ++counts_[{record.kind, weight_of(record)}];
}

ReportPlan ReportTally::plan(std::vector<std::uint64_t> pinned, std::uint64_t most_steps) const {
  std::sort(pinned.begin(), pinned.end());
  ReportPlan plan{records_, boots_, boots_before_, files_, std::move(pinned), guests_, {}};
  if (guests_.leaves_out_some()) most_steps = most_steps * guests_.told() / guests_.all();
  if (records_ <= most_steps) return plan;
  std::uint64_t kinds = 0;
  for (const auto& [kind, count] : counts_)
    if (kind.second != StepWeight::pinned) ++kinds;
  const auto steps_at = [&](std::uint64_t thinning) {
    std::uint64_t steps = 0;
    for (const auto& [kind, count] : counts_)
      if (kind.second != StepWeight::pinned) steps += kept(count, every_at(thinning, kind.second));
    return steps;
  };
  // One of each kind is left at the end, however many there are.
  std::uint64_t thinning = 1;
  while (steps_at(thinning) > std::max(most_steps, kinds)) thinning += thinning / 8 + 1;
  for (const auto& [kind, count] : counts_)
    if (kind.second != StepWeight::pinned) plan.every[kind] = every_at(thinning, kind.second);
  return plan;
}

// A command is told from its submission to its completion, or not at all.
bool StepChoice::ends_what_was_left_out(const sim::Record& record, bool is_kept) {
  if (record.kind == command_fetched) commands_[command_of(record)] = is_kept;
  if (record.kind != completion_posted) return false;
  const auto command = commands_.find(command_of(record));
  if (command == commands_.end()) return false;
  const bool is_left_out = !command->second;
  commands_.erase(command);
  return is_left_out;
}

bool StepChoice::keeps(const sim::Record& record) {
  ++number_;
  const std::pair<sim::RecordKind, StepWeight> kind{record.kind, weight_of(record)};
  const auto every = plan_.every.find(kind);
  const bool is_told = !plan_.guests.leaves_out(record);
  bool is_kept = is_told && (every == plan_.every.end() || seen_[kind]++ % every->second == 0);
  // Its number of completions is that of the commands that were kept.
  if (record.kind == completion_posted) is_kept = is_told;
  if (ends_what_was_left_out(record, is_kept)) is_kept = false;
  return is_kept || std::binary_search(plan_.pinned.begin(), plan_.pinned.end(), number_);
}

}  // namespace luosim::app
