// SPDX-License-Identifier: Apache-2.0
//
// What the kernel log says about each kind of record: one row a kind, with the words that a kernel
// engineer searches for. Only the wording is here; columns, times and what is left out are those
// of LogWriter.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "app/report/record_names.hpp"
#include "app/report/record_words.hpp"
#include "model/world/blueprint.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::app {

/// A record and what the wording needs besides it.
struct LogMoment {
  const sim::Record& record;
  const RecordName& name;
  const RecordWords& words;
  const world::Blueprint& blueprint;
  sim::Symbol kernel{};                   ///< image that runs or boots; empty: none yet
  std::optional<sim::Duration> blackout;  ///< of the VM that is resumed by this record
};

enum class LogDetail : std::uint8_t { event, verbose };

struct LogMessage {
  sim::RecordKind kind;
  /// Who speaks: a part of the kernel, or `{subject}` or `{kernel}`.
  std::string_view source;
  /// With the names of fields in braces; also `{subject}`, `{object}`, `{task}`, `{kernel}`,
  /// `{version}`, `{options}`, `{vcpus}`, `{vm}` and `{blackout}`.
  std::string_view text;
  /// Writes the message where `text` cannot: then `text` is empty.
  std::string (*compose)(const LogMoment& moment) = nullptr;
  LogDetail detail = LogDetail::event;
  /// For kinds of which only some records are worth a line.
  LogDetail (*detail_of)(const sim::Record& record) = nullptr;

  /// Before anything is written: most records of a run with devices are details.
  bool is_shown(const sim::Record& record, LogDetail wanted) const {
    const LogDetail needed = detail_of == nullptr ? detail : detail_of(record);
    return needed == LogDetail::event || wanted == LogDetail::verbose;
  }
};

/// One row for each kind, by rising number.
std::span<const LogMessage> log_messages();
/// Null if there is none. O(log n).
const LogMessage* find_log_message(sim::RecordKind kind);

/// `text` with what stands in braces filled in; what is unknown stays as it is.
std::string fill_in(std::string_view text, const LogMoment& moment);

}  // namespace luosim::app
