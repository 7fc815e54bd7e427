// SPDX-License-Identifier: Apache-2.0
//
// Follows just as much of the story as a line needs that its record does not say: which kernel
// runs, whether it is still booting, and since when a VM stands still.
#include "app/report/log_line.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "model/kernel/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::app {

namespace {

namespace KernelRecord = kernel::KernelRecord;
namespace UserRecord = userspace::UserRecord;

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int64_t kNanosecondsPerMicrosecond = 1'000;

// A part of the kernel, as opposed to the scenario's people and machines.
bool speaks_for_the_kernel(const LogMessage& message) {
  constexpr std::string_view kParts[] = {"kho", "luo", "mm", "pci", "iommu", "irq"};
  return std::find(std::begin(kParts), std::end(kParts), message.source) != std::end(kParts);
}

bool ends_blackout(const sim::Record& record) {
  return record.kind == UserRecord::vm_resumed || record.kind == UserRecord::vm_boots;
}

}  // namespace

LogWriter::LogWriter(const world::Blueprint& blueprint, LogDetail detail)
    : blueprint_(blueprint), detail_(detail), words_(blueprint.names, blueprint.programs) {}

std::optional<LogLine> LogWriter::take(const sim::Record& record) {
  const std::optional<sim::Duration> blackout = blackout_ended_by(record);
  follow(record);
  const LogMessage* message = find_log_message(record.kind);
  if (message == nullptr || !message->is_shown(record, detail_)) return std::nullopt;
  const RecordName* name = find_record_name(record.kind);
  if (name == nullptr) return std::nullopt;

  const LogMoment moment{record, *name, words_, blueprint_, kernel_, blackout};
  LogLine line{
      record.time, fill_in(message->source, moment),
      message->compose != nullptr ? message->compose(moment) : fill_in(message->text, moment)};
  if (is_booting_ && speaks_for_the_kernel(*message)) {
    line.message = fmt::format("{}: {}", line.source, line.message);
    line.source = words_.name(kernel_);
  }
  return line;
}

std::string LogWriter::text_of(const sim::Record& record) {
  const std::optional<LogLine> line = take(record);
  return line ? format_log_line(*line) : std::string();
}

void LogWriter::follow(const sim::Record& record) {
  if (record.kind == KernelRecord::boot_begins) {
    kernel_ = record.subject;
    is_booting_ = true;
  }
  if (record.kind == KernelRecord::boot_done) is_booting_ = false;
  const bool stops =
      record.kind == UserRecord::vm_paused || record.kind == UserRecord::vm_stopped_hard;
  if (stops || ends_blackout(record)) {
    std::erase_if(stopped_, [&](const auto& entry) { return entry.first == record.subject; });
  }
  if (stops) stopped_.emplace_back(record.subject, record.time);
}

std::optional<sim::Duration> LogWriter::blackout_ended_by(const sim::Record& record) const {
  if (!ends_blackout(record)) return std::nullopt;
  for (const auto& [vm, since] : stopped_)
    if (vm == record.subject) return record.time - since;
  return std::nullopt;
}

std::string format_log_line(const LogLine& line) {
  const std::int64_t seconds = line.time.ns / kNanosecondsPerSecond;
  const std::int64_t microseconds =
      line.time.ns % kNanosecondsPerSecond / kNanosecondsPerMicrosecond;
  return fmt::format("[{:5}.{:06}] {:<7} {}\n", seconds, microseconds, line.source, line.message);
}

}  // namespace luosim::app
