// SPDX-License-Identifier: Apache-2.0
//
// Slices are written as `X` events when they end, so that a begin without an end cannot be written;
// in the file they stand by the time of their begin, longer ones first, because viewers nest slices
// in that order. Times are microseconds with three decimals: put together from integers, since no
// number in this program may pass through floating point.
#include "app/report/perfetto.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "app/report/log_line.hpp"
#include "app/report/perfetto_flows.hpp"
#include "app/report/perfetto_lanes.hpp"
#include "app/report/record_json.hpp"
#include "model/device/record.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/record.hpp"
#include "model/luo/v2/phase.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::app {

namespace {

namespace EngineRecord = sim::EngineRecord;
namespace KernelRecord = kernel::KernelRecord;
namespace KhoRecord = kho::KhoRecord;
namespace LuoRecord = luo::v2::LuoRecord;
namespace UserRecord = userspace::UserRecord;
namespace DeviceRecord = device::DeviceRecord;

using luo::v2::Phase;
using nlohmann::ordered_json;

std::string microseconds_text(std::int64_t nanoseconds) {
  return fmt::format("{}.{:03}", nanoseconds / 1'000, nanoseconds % 1'000);
}

/// Collects events and puts them in order.
class EventList {
 public:
  void add_metadata(const ordered_json& event) { metadata_.push_back(compact_text(event)); }

  /// A place in the order, for an event that is added later.
  std::uint64_t take_number() { return next_number_++; }

  void add(sim::SimTime time, const ordered_json& event) { add(take_number(), time, {}, event); }

  /// `event` is an object without times; an `X` event gets a duration.
  void add(std::uint64_t number, sim::SimTime time, std::optional<sim::Duration> duration,
           const ordered_json& event) {
    std::string text = fmt::format("{{\"ts\":{},", microseconds_text(time.ns));
    if (duration) text += fmt::format("\"dur\":{},", microseconds_text(duration->ns));
    text += std::string_view(compact_text(event)).substr(1);
    timed_.push_back({time, duration.value_or(sim::Duration{}), number, std::move(text)});
  }

  std::string text(const ordered_json& head) {
    std::sort(timed_.begin(), timed_.end(), [](const Timed& left, const Timed& right) {
      if (left.time != right.time) return left.time < right.time;
      if (left.duration != right.duration) return left.duration > right.duration;
      return left.number < right.number;
    });
    std::string all = compact_text(head);
    all.back() = ',';
    all += "\"traceEvents\":[\n";
    for (const std::string& event : metadata_) all.append(event).append(",\n");
    for (const Timed& event : timed_) all.append(event.text).append(",\n");
    if (all.ends_with(",\n")) all.erase(all.size() - 2, 1);
    return all + "]}\n";
  }

 private:
  struct Timed {
    sim::SimTime time;
    sim::Duration duration;
    std::uint64_t number;
    std::string text;
  };
  std::vector<std::string> metadata_;
  std::vector<Timed> timed_;
  std::uint64_t next_number_ = 0;
};

enum class SliceKind : std::uint8_t { boot, call, blackout, reset };

struct OpenSlice {
  SliceKind kind;
  PerfettoLane lane;
  sim::SimTime begin;
  std::uint64_t number;
  std::string name;
  ordered_json arguments;
};

/// Walks through the records and draws each.
class Drawing {
 public:
  Drawing(std::span<const sim::Record> records, const world::Blueprint& blueprint)
      : words_(blueprint.names, blueprint.programs),
        lanes_(records, blueprint, words_),
        log_(blueprint, LogDetail::verbose),
        flows_(flows_of(records)) {
    for (const ordered_json& event : lanes_.metadata()) events_.add_metadata(event);
    for (place_ = 0; place_ < records.size(); ++place_) draw(records[place_]);
    const sim::SimTime end = records.empty() ? sim::SimTime{} : records.back().time;
    leave_phase(end);
    while (!open_.empty()) close_at(open_.size() - 1, end, "end of the trace");
  }

  std::string text(const ordered_json& head) { return events_.text(head); }

 private:
  using Draw = void (Drawing::*)(const sim::Record& record, const std::string& message);
  struct Row {
    sim::RecordKind kind;
    Draw draw;
  };
  static std::span<const Row> rows();

  void draw(const sim::Record& record) {
    name_ = find_record_name(record.kind);
    const std::optional<LogLine> line = log_.take(record);
    if (name_ == nullptr || !line) return;
    const bool has_flow = next_flow_ < flows_.size() && flows_[next_flow_].record == place_;
    // Details are too many for a picture, but for the ends of an arrow.
    if (has_flow || find_log_message(record.kind)->is_shown(record, LogDetail::event)) {
      const Row* row = row_of(record.kind);
      if (has_flow) {
        draw_end_of_flow(record, line->message, flows_[next_flow_++]);
      } else if (row != nullptr) {
        (this->*row->draw)(record, line->message);
      } else {
        draw_instant(record, line->message, "t");
      }
    }
    count_commands(record);
  }

  static const Row* row_of(sim::RecordKind kind) {
    for (const Row& row : rows())
      if (row.kind == kind) return &row;
    return nullptr;
  }

  PerfettoLane lane(const sim::Record& record) const {
    return lanes_.of(record, *name_, generation_);
  }

  static ordered_json event(char phase, std::string_view name, PerfettoLane lane) {
    return {{"ph", std::string(1, phase)},
            {"name", name},
            {"cat", "luosim"},
            {"pid", lane.process},
            {"tid", lane.thread}};
  }

  // --- instants ---------------------------------------------------------------------------------

  void draw_instant(const sim::Record& record, const std::string& message, const char* scope) {
    ordered_json instant = event('i', message, lane(record));
    instant["s"] = scope;
    instant["args"] = values_of(record, *name_, words_);
    instant["args"]["kind"] = name_->name;
    events_.add(record.time, instant);
  }

  // An arrow needs a slice at either end, so what takes no time is one of no length.
  void draw_end_of_flow(const sim::Record& record, const std::string& message, const FlowEnd& end) {
    ordered_json slice = event('X', message, lane(record));
    slice["bind_id"] = fmt::format("{:#x}", end.flow);
    slice[end.begins ? "flow_out" : "flow_in"] = true;
    slice["args"] = values_of(record, *name_, words_);
    slice["args"]["kind"] = name_->name;
    events_.add(events_.take_number(), record.time, sim::Duration{}, slice);
  }

  void draw_for_process(const sim::Record& record, const std::string& message) {
    draw_instant(record, message, "p");
  }

  // --- slices -----------------------------------------------------------------------------------

  void open(SliceKind kind, const sim::Record& record, PerfettoLane lane, std::string name) {
    open_.push_back({kind, lane, record.time, events_.take_number(), std::move(name),
                     values_of(record, *name_, words_)});
  }

  void close_at(std::size_t index, sim::SimTime time, std::string_view ended_by) {
    OpenSlice slice = std::move(open_[index]);
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(index));
    if (!ended_by.empty()) slice.arguments["ended_by"] = ended_by;
    ordered_json complete = event('X', slice.name, slice.lane);
    complete["args"] = std::move(slice.arguments);
    events_.add(slice.number, slice.begin, time - slice.begin, complete);
  }

  /// The innermost open slice of a kind in a lane.
  std::optional<std::size_t> find_open(SliceKind kind, PerfettoLane lane) const {
    for (std::size_t index = open_.size(); index-- > 0;)
      if (open_[index].kind == kind && open_[index].lane == lane) return index;
    return std::nullopt;
  }

  void begin_call(const sim::Record& record, const std::string& message) {
    open(SliceKind::call, record, lane(record), message);
  }

  void end_call(const sim::Record& record, const std::string& /*message*/) {
    const auto index = find_open(SliceKind::call, lane(record));
    if (!index) return;
    open_[*index].arguments.update(values_of(record, *name_, words_));
    close_at(*index, record.time, "");
  }

  void begin_blackout(const sim::Record& record, const std::string& message) {
    const PerfettoLane lane = lanes_.vm(record.subject);
    if (find_open(SliceKind::blackout, lane)) return draw_instant(record, message, "t");
    open(SliceKind::blackout, record, lane, "blackout");
  }

  void end_blackout(const sim::Record& record, const std::string& message) {
    const auto index = find_open(SliceKind::blackout, lanes_.vm(record.subject));
    if (index) close_at(*index, record.time, "");
    draw_instant(record, message, "t");
  }

  void begin_reset(const sim::Record& record, const std::string& message) {
    const PerfettoLane lane = lanes_.device(record.subject);
    if (find_open(SliceKind::reset, lane)) return draw_instant(record, message, "t");
    open(SliceKind::reset, record, lane, "reset");
  }

  void end_reset(const sim::Record& record, const std::string& message) {
    const auto index = find_open(SliceKind::reset, lanes_.device(record.subject));
    if (!index) return draw_instant(record, message, "t");
    close_at(*index, record.time, "");
  }

  // --- machines that go up and down -------------------------------------------------------------

  /// No call returns from a machine that is gone, and no boot ends there; a blackout lasts, and
  /// devices go on.
  void close_what_ran(sim::SimTime time, std::string_view ended_by) {
    for (std::size_t index = open_.size(); index-- > 0;) {
      const SliceKind kind = open_[index].kind;
      if (kind == SliceKind::boot || kind == SliceKind::call) close_at(index, time, ended_by);
    }
    leave_phase(time);
  }

  void go_down(const sim::Record& record, const std::string& message) {
    draw_instant(record, message, "g");
    close_what_ran(record.time, name_->name);
  }

  void begin_boot(const sim::Record& record, const std::string& message) {
    close_what_ran(record.time, name_->name);
    ++generation_;
    open(SliceKind::boot, record, lane(record), "boot");
    draw_instant(record, message, "t");
  }

  void end_boot(const sim::Record& record, const std::string& /*message*/) {
    const auto index = find_open(SliceKind::boot, lane(record));
    if (index) close_at(*index, record.time, "");
    if (!phase_) enter_phase(record.time, Phase::normal);
  }

  // --- phases -----------------------------------------------------------------------------------

  ordered_json phase_event(char kind, Phase phase) const {
    const PerfettoLane lane = lanes_.kernel(generation_, KernelThread::luo);
    ordered_json json = event(kind, luo::v2::word_of(phase), lane);
    json["cat"] = "phase";
    json["id"] = fmt::format("{:#x}", lane.process);
    return json;
  }

  void enter_phase(sim::SimTime time, Phase phase) {
    leave_phase(time);
    phase_ = phase;
    events_.add(time, phase_event('b', phase));
  }

  void leave_phase(sim::SimTime time) {
    if (phase_) events_.add(time, phase_event('e', *phase_));
    phase_.reset();
  }

  void change_phase(const sim::Record& record, const std::string& message) {
    draw_instant(record, message, "t");
    if (record.values[1] >= luo::v2::kPhases) return;
    enter_phase(record.time, static_cast<Phase>(record.values[1]));
  }

  void find_update(const sim::Record& record, const std::string& message) {
    draw_instant(record, message, "t");
    enter_phase(record.time, Phase::updated);
  }

  // --- counters ---------------------------------------------------------------------------------

  void count_commands(const sim::Record& record) {
    const bool begins = record.kind == DeviceRecord::command_fetched;
    const bool drops = record.kind == DeviceRecord::commands_dropped;
    if (!begins && !drops && record.kind != DeviceRecord::completion_posted) return;
    std::uint64_t& commands = in_flight_[record.subject];
    const std::uint64_t ended = drops ? commands : std::min<std::uint64_t>(commands, 1);
    commands = begins ? commands + 1 : commands - ended;
    const std::string name = fmt::format("{} commands in flight", words_.name(record.subject));
    ordered_json counter = event('C', name, lane(record));
    counter["args"] = {{"commands", commands}};
    events_.add(record.time, counter);
  }

  void count_pages(const sim::Record& record, const std::string& message) {
    draw_instant(record, message, "t");
    // An abort has no values: nothing is preserved any more.
    ordered_json counter = event('C', "preserved pages", lane(record));
    counter["args"] = {{"pages", record.values[0]}};
    events_.add(record.time, counter);
  }

  RecordWords words_;
  PerfettoLanes lanes_;
  LogWriter log_;
  EventList events_;
  std::vector<OpenSlice> open_;
  std::vector<FlowEnd> flows_;
  std::size_t next_flow_ = 0;
  std::size_t place_ = 0;                           // of the record that is being drawn
  std::map<sim::Symbol, std::uint64_t> in_flight_;  // commands, by function
  std::optional<Phase> phase_;
  std::size_t generation_ = 0;
  const RecordName* name_ = nullptr;  // of the record that is being drawn
};

// Every other kind is an instant in its lane.
std::span<const Drawing::Row> Drawing::rows() {
  static constexpr Row kRows[] = {
      {EngineRecord::deadlock, &Drawing::draw_for_process},
      {EngineRecord::fault_fired, &Drawing::draw_for_process},
      {KernelRecord::boot_begins, &Drawing::begin_boot},
      {KernelRecord::boot_done, &Drawing::end_boot},
      {KernelRecord::died, &Drawing::go_down},
      {KernelRecord::kexec, &Drawing::go_down},
      {KernelRecord::power_cycle, &Drawing::go_down},
      {KhoRecord::map_serialized, &Drawing::count_pages},
      {KhoRecord::finalized, &Drawing::count_pages},
      {KhoRecord::aborted, &Drawing::count_pages},
      {KhoRecord::memory_reserved, &Drawing::count_pages},
      {LuoRecord::phase_stored, &Drawing::change_phase},
      {LuoRecord::incoming_found, &Drawing::find_update},
      {UserRecord::call_begins, &Drawing::begin_call},
      {UserRecord::call_returns, &Drawing::end_call},
      {UserRecord::vm_paused, &Drawing::begin_blackout},
      {UserRecord::vm_stopped_hard, &Drawing::begin_blackout},
      {UserRecord::vm_resumed, &Drawing::end_blackout},
      {UserRecord::vm_boots, &Drawing::end_blackout},
      {DeviceRecord::reset_begins, &Drawing::begin_reset},
      {DeviceRecord::reset_done, &Drawing::end_reset},
  };
  return kRows;
}

}  // namespace

std::string perfetto_trace(std::span<const sim::Record> records, const world::Blueprint& blueprint,
                           const TraceHeader& header) {
  const ordered_json head = {{"displayTimeUnit", "ns"},
                             {"otherData",
                              {{"luosim", header.version},
                               {"scenario", header.scenario},
                               {"protocol", header.protocol},
                               {"seed", header.seed}}}};
  return Drawing(records, blueprint).text(head);
}

}  // namespace luosim::app
