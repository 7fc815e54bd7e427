// SPDX-License-Identifier: Apache-2.0
//
// Turns the numbers of a record into words: a record has no text, so that a world can be copied and
// hashed, and a reader has no use for hashes. The kernel log, the JSON log and the trace for
// Perfetto must say the same word for the same number, so it is found here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/report/record_names.hpp"
#include "sim/core/name.hpp"
#include "sim/core/program.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::app {

/// `0`, `7` or `-EIO`; an error that Linux does not have is a number.
std::string status_text(std::int64_t status);
/// `0x3a41000`.
std::string address_text(std::uint64_t address);
/// The words of LuoRecord's flags, given as in `values[0]` of a callback's record.
std::vector<std::string_view> callback_flag_words(std::uint64_t value);

/// A value whose form needs no more than the value: all but `program`, `step` and `instance`, which
/// are shown as numbers.
std::string value_text(ValueForm form, std::uint64_t value);

class RecordWords {
 public:
  /// Both are those of the blueprint; they must outlive this and get no new texts meanwhile.
  RecordWords(const sim::Names& names, const sim::Programs& programs);

  /// The text behind a symbol; empty for one that these names do not have.
  std::string_view name(sim::Symbol symbol) const;

  /// One value as a person reads it. Never fails: what is unknown is shown as a number.
  std::string text(const RecordField& field, const sim::Record& record) const;

 private:
  std::string instance_text(std::uint64_t hash) const;
  const sim::Programs::Entry* program(std::uint64_t hash) const;
  std::string step_text(std::uint64_t program_hash, std::uint64_t row) const;

  const sim::Names& names_;
  const sim::Programs& programs_;
  std::vector<std::pair<std::uint32_t, std::string_view>> by_hash_;  // sorted
};

}  // namespace luosim::app
