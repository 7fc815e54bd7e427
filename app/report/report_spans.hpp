// SPDX-License-Identifier: Apache-2.0
//
// What lasts in a report: calls, boots, phases, blackouts, resets and what becomes of each file, as
// spans from one step to another; and arrows from where something is handed over to where it
// arrives, across kernels where it must be.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/report/report_lanes.hpp"

namespace luosim::app {

enum class SpanKind : std::uint8_t { call, boot, phase, running, blackout, reset, file };
inline constexpr std::size_t kSpanKinds = 7;
std::string_view word_of(SpanKind kind);

struct ReportSpan {
  SpanKind kind = SpanKind::call;
  std::uint32_t lane = 0;
  std::string name;
  std::uint32_t from = 0;           ///< step
  std::optional<std::uint32_t> to;  ///< step; nothing: it lasted when the story ended
};

enum class ArrowKind : std::uint8_t { command, file, kexec };
std::string_view word_of(ArrowKind kind);

struct ReportArrow {
  ArrowKind kind = ArrowKind::command;
  std::string name;
  std::uint32_t from = 0;  ///< step
  std::uint32_t to = 0;    ///< step
};

class ReportSpans {
 public:
  /// `lanes` and `words` must outlive this. `boots` is how many kernels were up, one after the
  /// other and in phase normal, before the story begins; then guests run as well.
  ReportSpans(const ReportLanes& lanes, const RecordWords& words, std::size_t boots);

  /// Takes the record of a step that lies in `lane` and reads `message`.
  void take(std::uint32_t step, std::uint32_t lane, const sim::Record& record,
            const std::string& message);

  /// In the order in which they began.
  const std::vector<ReportSpan>& spans() const { return spans_; }
  const std::vector<ReportArrow>& arrows() const { return arrows_; }
  /// Boots so far.
  std::size_t generation() const { return generation_; }

 private:
  struct Row;
  static std::span<const Row> rows();

  void open(SpanKind kind, std::uint32_t lane, std::string name);
  bool lasts(SpanKind kind, std::uint32_t lane) const;
  void close(SpanKind kind, std::uint32_t lane);
  void close_all(SpanKind kind);
  void run(sim::Symbol vm);
  void change_file(sim::Symbol file, std::string name);

  void begin_boot(const sim::Record& record);
  void end_boot(const sim::Record& record);
  void go_down(const sim::Record& record);
  void jump(const sim::Record& record);
  void change_phase(const sim::Record& record);
  void find_update(const sim::Record& record);
  void begin_call(const sim::Record& record);
  void end_call(const sim::Record& record);
  void start_vm(const sim::Record& record);
  void run_vm(const sim::Record& record);
  void stop_vm(const sim::Record& record);
  void lose_vm(const sim::Record& record);
  void begin_reset(const sim::Record& record);
  void end_reset(const sim::Record& record);
  void preserve_file(const sim::Record& record);
  void unpreserve_file(const sim::Record& record);
  void call_back(const sim::Record& record);
  void restore_file(const sim::Record& record);
  void submit_command(const sim::Record& record);
  void complete_command(const sim::Record& record);

  const ReportLanes& lanes_;
  const RecordWords& words_;
  std::vector<ReportSpan> spans_;
  std::vector<ReportArrow> arrows_;
  std::vector<std::size_t> open_;                                              // spans that last
  std::map<std::uint64_t, std::pair<sim::Symbol, std::uint32_t>> tokens_;      // file, and its step
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint32_t> commands_;  // in flight
  std::size_t generation_;
  std::optional<std::uint32_t> jumped_;
  // Of the record that is being taken.
  std::uint32_t step_ = 0;
  std::uint32_t lane_ = 0;
  const std::string* message_ = nullptr;
};

}  // namespace luosim::app
