// SPDX-License-Identifier: Apache-2.0
#include "app/report/report_recorder.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "app/report/report_meanings.hpp"
#include "app/report/report_state.hpp"
#include "app/report/report_talk.hpp"
#include "model/device/dma.hpp"
#include "model/device/record.hpp"
#include "model/kernel/record.hpp"
#include "model/memory/page.hpp"
#include "model/userspace/record.hpp"

namespace luosim::app {

namespace {

using nlohmann::ordered_json;

std::string_view word_of(StepWeight weight) {
  switch (weight) {
    case StepWeight::row:
      return "row";
    case StepWeight::detail:
      return "detail";
    case StepWeight::event:
      return "event";
    case StepWeight::pinned:
      return "story";
  }
  return "";
}

// What went wrong by itself, whatever guarantees say of it.
constexpr sim::RecordKind kAlarms[] = {
    sim::EngineRecord::deadlock,
    kernel::KernelRecord::died,
    kernel::KernelRecord::memory_freed_twice,
    userspace::UserRecord::contents_lost,
    userspace::UserRecord::io_mismatch,
    userspace::UserRecord::io_lost,
    userspace::UserRecord::guest_crashed,
    userspace::UserRecord::unexpected_answer,
};

ordered_json json_of(const ReportLane& lane) {
  ordered_json json = {{"group", lane.group}, {"name", lane.name}};
  if (lane.vm) json.update({{"vm", *lane.vm}, {"vcpus", lane.vcpus}});
  return json;
}

bool is_alarm(sim::RecordKind kind) {
  return std::find(std::begin(kAlarms), std::end(kAlarms), kind) != std::end(kAlarms);
}

// A device wrote to a page that is nobody's: whoever gets the page next finds it there.
bool is_stray_write(const sim::Record& record) {
  if (record.kind != device::DeviceRecord::dma) return false;
  const auto direction = static_cast<device::DmaDirection>(record.values[0] >> 40 & 0xFF);
  const auto result = static_cast<device::DmaResult>(record.values[0] >> 48 & 0xFF);
  const auto owner = static_cast<std::uint32_t>(record.values[3] >> 32);
  return direction == device::DmaDirection::write && result == device::DmaResult::landed &&
         owner == memory::kFree.hash;
}

}  // namespace

ReportRecorder::ReportRecorder(const world::Blueprint& blueprint, const ReportPlan& plan)
    : blueprint_(blueprint),
      is_thinned_(!plan.every.empty()),
      guests_(plan.guests),
      words_(blueprint.names, blueprint.programs),
      lanes_(plan.boots, plan.files, blueprint, words_),
      log_(blueprint, LogDetail::verbose),
      spans_(lanes_, words_, plan.boots_before),
      choice_(plan) {}

void ReportRecorder::begin_move(const std::string& who, const std::string& what) {
  moves_.push_back({{"who", who}, {"what", what}, {"step", steps()}});
}

void ReportRecorder::look(const sim::Record& record, const world::World& world) {
  ++number_;
  if (record.kind == sim::EngineRecord::step) show_state(world);
  // The log follows the story even where nothing of it is shown.
  const std::optional<LogLine> line = log_.take(record);
  const RecordName* name = find_record_name(record.kind);
  if (name == nullptr) return;
  if (!choice_.keeps(record)) {
    ++left_out_[record.kind];
    return;
  }
  const std::string message = message_of(record, line, world);
  // Only rows are always of a task: the machine is switched on by nobody.
  const bool is_row = record.kind == sim::EngineRecord::step;
  const sim::Symbol task = is_row ? world.schedule.task(record.task).name : sim::Symbol{};
  const std::size_t generation =
      spans_.generation() + (record.kind == kernel::KernelRecord::boot_begins ? 1 : 0);
  const std::uint32_t lane = lanes_.of(record, *name, task, generation);
  spans_.take(steps(), lane, record, message);
  if (is_stray_write(record))
    stray_writes_.push_back({{"step", steps()}, {"address", address_text(record.values[2])}});
  steps_.push_back(step_json(record, *name, message, lane));
  records_.push_back(number_);
  ++without_state_;
}

void ReportRecorder::end(const world::World& world) {
  show_state(world);
}

// All that one row said is true together, when it is over.
void ReportRecorder::show_state(const world::World& world) {
  if (without_state_ == 0) return;
  states_.push_back(deltas_.add(state_for_report(world, blueprint_, is_thinned_)));
  while (--without_state_ > 0) states_.push_back(deltas_.add_the_same());
}

// A row says which program it belongs to and what that program is for.
std::string ReportRecorder::message_of(const sim::Record& record,
                                       const std::optional<LogLine>& line,
                                       const world::World& world) const {
  if (record.kind != sim::EngineRecord::step) return line ? line->message : std::string();
  const RecordName& name = *find_record_name(record.kind);
  const auto fields = name.named_fields();
  return fmt::format("{}: {}: {}", words_.name(world.schedule.task(record.task).name),
                     words_.text(fields[0], record), words_.text(fields[2], record));
}

std::uint32_t ReportRecorder::number_of(std::vector<std::string>& texts, const std::string& text) {
  const auto place = std::find(texts.begin(), texts.end(), text);
  if (place == texts.end()) texts.push_back(text);
  return static_cast<std::uint32_t>(std::find(texts.begin(), texts.end(), text) - texts.begin());
}

std::uint32_t ReportRecorder::kind_of(const sim::Record& record, const RecordName& /*name*/) {
  const std::pair<sim::RecordKind, StepWeight> kind{record.kind, weight_of(record)};
  auto place = std::find(kinds_.begin(), kinds_.end(), kind);
  if (place == kinds_.end()) place = kinds_.insert(place, kind);
  return static_cast<std::uint32_t>(place - kinds_.begin());
}

ordered_json ReportRecorder::step_json(const sim::Record& record, const RecordName& name,
                                       const std::string& message, std::uint32_t lane) {
  ordered_json step = {number_, record.time.ns, lane, kind_of(record, name), message};
  const auto talk = talk_of(record, name, words_, blueprint_);
  const auto file = lanes_.file(record.object);
  if (!talk && !file) return step;
  ordered_json said = nullptr;
  if (talk)
    said = {number_of(people_, talk->from), number_of(people_, talk->to), talk->is_answer ? 1 : 0};
  step.push_back(std::move(said));
  if (file) step.push_back(*file);
  return step;
}

std::uint32_t ReportRecorder::step_of(std::uint64_t record) const {
  const auto after = std::upper_bound(records_.begin(), records_.end(), record);
  return after == records_.begin() ? 0 : static_cast<std::uint32_t>(after - records_.begin()) - 1;
}

std::uint32_t ReportRecorder::step_of_move(std::size_t move) const {
  if (steps() == 0 || move >= moves_.size()) return 0;
  return std::min(moves_[move]["step"].get<std::uint32_t>(), steps() - 1);
}

ordered_json ReportRecorder::left_out() const {
  ordered_json kinds = ordered_json::object();
  std::uint64_t all = 0;
  for (const auto& [kind, count] : left_out_) {
    kinds[std::string(find_record_name(kind)->name)] = count;
    all += count;
  }
  ordered_json left_out = {
      {"records", number_}, {"steps", steps()}, {"left_out", all}, {"by_kind", kinds}};
  if (guests_.leaves_out_some())
    left_out["guests"] = {{"told", guests_.told()}, {"all", guests_.all()}};
  return left_out;
}

ordered_json ReportRecorder::finish() const {
  ordered_json report = ordered_json::object();
  report["lanes"] = ordered_json::array();
  for (const ReportLane& lane : lanes_.lanes()) report["lanes"].push_back(json_of(lane));
  report["people"] = people_;
  report["kinds"] = ordered_json::array();
  for (const auto& [kind, weight] : kinds_)
    report["kinds"].push_back({{"name", find_record_name(kind)->name},
                               {"weight", word_of(weight)},
                               {"alarm", is_alarm(kind)},
                               {"means", meaning_of(kind)}});
  report["steps"] = steps_;
  report["moves"] = moves_;
  report["spans"] = ordered_json::array();
  for (const ReportSpan& span : spans_.spans())
    report["spans"].push_back({{"kind", word_of(span.kind)},
                               {"lane", span.lane},
                               {"name", span.name},
                               {"from", span.from},
                               {"to", span.to ? ordered_json(*span.to) : ordered_json()}});
  report["arrows"] = ordered_json::array();
  for (const ReportArrow& arrow : spans_.arrows())
    report["arrows"].push_back({{"kind", word_of(arrow.kind)},
                                {"name", arrow.name},
                                {"from", arrow.from},
                                {"to", arrow.to}});
  report["stray_writes"] = stray_writes_;
  report["states"] = states_;
  report["thinned"] = left_out();
  return report;
}

}  // namespace luosim::app
