// SPDX-License-Identifier: Apache-2.0
#include "app/report/report_spans.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "model/device/record.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/participant.hpp"
#include "model/luo/v2/phase.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::app {

namespace {

namespace DeviceRecord = device::DeviceRecord;
namespace KernelRecord = kernel::KernelRecord;
namespace LuoRecord = luo::v2::LuoRecord;
namespace UserRecord = userspace::UserRecord;

using luo::Callback;
using luo::v2::Phase;

struct FileState {
  Callback callback;
  std::string_view name;
};
// What a file is after a callback that did not fail.
constexpr FileState kFileStates[] = {
    {Callback::prepare, "prepared"},
    {Callback::freeze, "frozen"},
    {Callback::cancel, "preserved"},
    {Callback::finish, "finished"},
};

}  // namespace

std::string_view word_of(SpanKind kind) {
  constexpr std::array<std::string_view, kSpanKinds> kWords{"call",     "boot",  "phase", "running",
                                                            "blackout", "reset", "file"};
  return kWords[static_cast<std::size_t>(kind)];
}

std::string_view word_of(ArrowKind kind) {
  constexpr std::array<std::string_view, 3> kWords{"command", "file", "kexec"};
  return kWords[static_cast<std::size_t>(kind)];
}

struct ReportSpans::Row {
  sim::RecordKind kind;
  void (ReportSpans::*take)(const sim::Record& record);
};

std::span<const ReportSpans::Row> ReportSpans::rows() {
  static constexpr Row kRows[] = {
      {KernelRecord::boot_begins, &ReportSpans::begin_boot},
      {KernelRecord::boot_done, &ReportSpans::end_boot},
      {KernelRecord::died, &ReportSpans::go_down},
      {KernelRecord::power_cycle, &ReportSpans::go_down},
      {KernelRecord::kexec, &ReportSpans::jump},
      {LuoRecord::phase_stored, &ReportSpans::change_phase},
      {LuoRecord::incoming_found, &ReportSpans::find_update},
      {LuoRecord::file_preserved, &ReportSpans::preserve_file},
      {LuoRecord::file_unpreserved, &ReportSpans::unpreserve_file},
      {LuoRecord::file_restored, &ReportSpans::restore_file},
      {LuoRecord::callback, &ReportSpans::call_back},
      {UserRecord::call_begins, &ReportSpans::begin_call},
      {UserRecord::call_returns, &ReportSpans::end_call},
      {UserRecord::vm_started, &ReportSpans::start_vm},
      {UserRecord::vm_resumed, &ReportSpans::run_vm},
      {UserRecord::vm_boots, &ReportSpans::run_vm},
      {UserRecord::vm_paused, &ReportSpans::stop_vm},
      {UserRecord::vm_stopped_hard, &ReportSpans::stop_vm},
      {UserRecord::vmm_died, &ReportSpans::stop_vm},
      {UserRecord::guest_crashed, &ReportSpans::lose_vm},
      {DeviceRecord::reset_begins, &ReportSpans::begin_reset},
      {DeviceRecord::reset_done, &ReportSpans::end_reset},
      {DeviceRecord::command_fetched, &ReportSpans::submit_command},
      {DeviceRecord::completion_posted, &ReportSpans::complete_command},
  };
  return kRows;
}

ReportSpans::ReportSpans(const ReportLanes& lanes, const RecordWords& words, std::size_t boots)
    : lanes_(lanes), words_(words), generation_(boots) {
  if (boots == 0) return;
  open(SpanKind::phase, lanes_.phases(boots), std::string(luo::v2::word_of(Phase::normal)));
  for (const userspace::VmPlan& vm : lanes_.vms()) run(vm.name);
}

void ReportSpans::take(std::uint32_t step, std::uint32_t lane, const sim::Record& record,
                       const std::string& message) {
  step_ = step;
  lane_ = lane;
  message_ = &message;
  for (const Row& row : rows())
    if (row.kind == record.kind) (this->*row.take)(record);
}

// Spans

void ReportSpans::open(SpanKind kind, std::uint32_t lane, std::string name) {
  close(kind, lane);
  open_.push_back(spans_.size());
  spans_.push_back({kind, lane, std::move(name), step_, std::nullopt});
}

bool ReportSpans::lasts(SpanKind kind, std::uint32_t lane) const {
  return std::any_of(open_.begin(), open_.end(), [&](std::size_t index) {
    return spans_[index].kind == kind && spans_[index].lane == lane;
  });
}

void ReportSpans::close(SpanKind kind, std::uint32_t lane) {
  std::erase_if(open_, [&](std::size_t index) {
    const bool is_it = spans_[index].kind == kind && spans_[index].lane == lane;
    if (is_it) spans_[index].to = step_;
    return is_it;
  });
}

void ReportSpans::close_all(SpanKind kind) {
  std::erase_if(open_, [&](std::size_t index) {
    if (spans_[index].kind != kind) return false;
    spans_[index].to = step_;
    return true;
  });
}

// Kernels

void ReportSpans::begin_boot(const sim::Record& /*record*/) {
  ++generation_;
  open(SpanKind::boot, lanes_.kernel(generation_), "boot");
  if (jumped_) arrows_.push_back({ArrowKind::kexec, "kexec", *jumped_, step_});
  jumped_.reset();
}

void ReportSpans::end_boot(const sim::Record& /*record*/) {
  close(SpanKind::boot, lanes_.kernel(generation_));
  const std::uint32_t phases = lanes_.phases(generation_);
  if (!lasts(SpanKind::phase, phases))
    open(SpanKind::phase, phases, std::string(luo::v2::word_of(Phase::normal)));
}

void ReportSpans::go_down(const sim::Record& /*record*/) {
  for (const SpanKind kind : {SpanKind::boot, SpanKind::call, SpanKind::phase}) close_all(kind);
}

void ReportSpans::jump(const sim::Record& record) {
  go_down(record);
  jumped_ = step_;
}

void ReportSpans::change_phase(const sim::Record& record) {
  const std::uint64_t phase = record.values[1];
  if (phase >= luo::v2::kPhases) return;
  open(SpanKind::phase, lanes_.phases(generation_),
       std::string(luo::v2::word_of(static_cast<Phase>(phase))));
}

void ReportSpans::find_update(const sim::Record& /*record*/) {
  open(SpanKind::phase, lanes_.phases(generation_), std::string(luo::v2::word_of(Phase::updated)));
}

// People, guests and devices

void ReportSpans::begin_call(const sim::Record& /*record*/) {
  open(SpanKind::call, lane_, *message_);
}

void ReportSpans::end_call(const sim::Record& /*record*/) {
  close(SpanKind::call, lane_);
}

// One that is started anew has its memory from here on, and runs when it boots.
void ReportSpans::start_vm(const sim::Record& record) {
  const std::uint32_t lane = lanes_.vm(record.subject);
  if (!lasts(SpanKind::blackout, lane)) run(record.subject);
}

void ReportSpans::run_vm(const sim::Record& record) {
  run(record.subject);
}

void ReportSpans::run(sim::Symbol vm) {
  const std::uint32_t lane = lanes_.vm(vm);
  close(SpanKind::blackout, lane);
  open(SpanKind::running, lane, "vCPUs run");
  for (const std::uint32_t vcpu : lanes_.vcpus(vm))
    open(SpanKind::running, vcpu, lanes_.lanes()[vcpu].vcpus == 1 ? "runs" : "run");
}

void ReportSpans::stop_vm(const sim::Record& record) {
  const std::uint32_t lane = lanes_.vm(record.subject);
  lose_vm(record);
  // A paused one can be stopped hard or lose its VMM as well: it stands still since its pause.
  if (!lasts(SpanKind::blackout, lane)) open(SpanKind::blackout, lane, "blackout");
}

void ReportSpans::lose_vm(const sim::Record& record) {
  close(SpanKind::running, lanes_.vm(record.subject));
  for (const std::uint32_t vcpu : lanes_.vcpus(record.subject)) close(SpanKind::running, vcpu);
}

void ReportSpans::begin_reset(const sim::Record& record) {
  open(SpanKind::reset, lanes_.device(record.subject), "reset");
}

void ReportSpans::end_reset(const sim::Record& record) {
  close(SpanKind::reset, lanes_.device(record.subject));
}

// Files

void ReportSpans::change_file(sim::Symbol file, std::string name) {
  const auto lane = lanes_.file(file);
  if (lane) open(SpanKind::file, *lane, std::move(name));
}

void ReportSpans::preserve_file(const sim::Record& record) {
  tokens_[record.values[0]] = {record.object, step_};
  change_file(record.object, "preserved");
}

void ReportSpans::unpreserve_file(const sim::Record& record) {
  const auto token = tokens_.find(record.values[0]);
  if (token == tokens_.end()) return;
  const auto lane = lanes_.file(token->second.first);
  if (lane) close(SpanKind::file, *lane);
  tokens_.erase(token);
}

void ReportSpans::call_back(const sim::Record& record) {
  const auto callback = static_cast<Callback>(record.values[0] & 0xFF);
  const bool has_failed = static_cast<std::int64_t>(record.values[2]) < 0;
  if (has_failed) return;
  for (const FileState& state : kFileStates)
    if (state.callback == callback) change_file(record.object, std::string(state.name));
}

void ReportSpans::restore_file(const sim::Record& record) {
  const auto token = tokens_.find(record.values[0]);
  if (token == tokens_.end()) return;
  const auto& [file, preserved] = token->second;
  change_file(file, "restored");
  arrows_.push_back(
      {ArrowKind::file, fmt::format("{} comes back", words_.name(file)), preserved, step_});
}

// Commands

void ReportSpans::submit_command(const sim::Record& record) {
  commands_[DeviceRecord::command_of(record)] = step_;
}

void ReportSpans::complete_command(const sim::Record& record) {
  const auto command = commands_.find(DeviceRecord::command_of(record));
  if (command == commands_.end()) return;
  arrows_.push_back(
      {ArrowKind::command,
       fmt::format("{} command {}", words_.name(record.subject), record.values[1] >> 16 & 0xFFFF),
       command->second, step_});
  commands_.erase(command);
}

}  // namespace luosim::app
