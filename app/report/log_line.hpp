// SPDX-License-Identifier: Apache-2.0
//
// A run as a kernel log: text that people grep, diff and mail. Each record becomes one line with
// the time as dmesg writes it, who speaks in eight columns, and the message. The order of records
// is that of the lines, and the same records give the same bytes everywhere.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/report/log_messages.hpp"
#include "app/report/record_words.hpp"
#include "model/world/blueprint.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::app {

struct LogLine {
  sim::SimTime time{};
  std::string
      source;  ///< name of the kernel during its boot, else `luo`, `kho`, `agent`, `vm0` ...
  std::string message;
};

class LogWriter {
 public:
  /// `blueprint` must outlive the writer. With `LogDetail::verbose` the engine's steps are shown.
  explicit LogWriter(const world::Blueprint& blueprint, LogDetail detail = LogDetail::event);

  /// Takes the next record; its line, or nothing if the record is not worth one.
  std::optional<LogLine> take(const sim::Record& record);

  /// The same as text with a line end: `[    2.104519] luo     switched from [normal] to ...`;
  /// empty if there is no line.
  std::string text_of(const sim::Record& record);

 private:
  void follow(const sim::Record& record);
  std::optional<sim::Duration> blackout_ended_by(const sim::Record& record) const;

  const world::Blueprint& blueprint_;
  LogDetail detail_;
  RecordWords words_;
  sim::Symbol kernel_{};
  bool is_booting_ = false;
  std::vector<std::pair<sim::Symbol, sim::SimTime>> stopped_;  // VMs in blackout, since when
};

/// `[    2.104519] luo     message` and a line end.
std::string format_log_line(const LogLine& line);

}  // namespace luosim::app
