// SPDX-License-Identifier: Apache-2.0
//
// The trace as JSON Lines, for jq, sqlite and data frames: a header that says what ran, then one
// object for each record. This is the format that others build on, so it has a version, and only
// names that `record_names()` lists stand in it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "app/report/record_words.hpp"
#include "model/world/blueprint.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::app {

/// Raised when a field changes its meaning or goes away; new kinds and fields do not raise it.
inline constexpr std::uint32_t kTraceLogSchema = 1;

/// What ran.
struct TraceHeader {
  std::string version;  ///< of luosim
  std::string scenario;
  std::string protocol;
  std::uint64_t seed = 0;
};

class TraceLogWriter {
 public:
  /// The names of `blueprint` must outlive the writer.
  explicit TraceLogWriter(const world::Blueprint& blueprint)
      : words_(blueprint.names, blueprint.programs) {}

  /// `{"luosim":...,"schema":1,"scenario":...,"protocol":...,"seed":...}` and a line end.
  static std::string header_line(const TraceHeader& header);

  /// `{"t_ns":...,"seq":...,"kind":"luo.callback","task":...,"subject":...,"object":...,
  /// "values":{...}}` and a line end; `seq` counts the calls from 0.
  std::string line_of(const sim::Record& record);

 private:
  RecordWords words_;
  std::uint64_t sequence_ = 0;
};

/// The whole file: the header and a line for each record.
std::string trace_log(std::span<const sim::Record> records, const world::Blueprint& blueprint,
                      const TraceHeader& header);

}  // namespace luosim::app
