// SPDX-License-Identifier: Apache-2.0
//
// Every file that a run can leave behind, as one table: an export is one file of this folder and
// one row here. The command line makes an option of each row, so none is forgotten in its help, its
// manual page or its completion.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "app/report/run_report.hpp"
#include "app/report/trace_log.hpp"
#include "model/world/blueprint.hpp"
#include "sim/choice/choice.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::app {

/// A run that has ended, for who writes about it.
struct RunStory {
  const world::Blueprint& blueprint;
  const RunResult& result;
  std::span<const sim::Record> records;
  std::span<const sim::Symbol> tasks;  ///< the name of the task that wrote each record
  std::span<const sim::MadeChoice> choices;
  std::span<const std::byte> tree;  ///< the handover tree of the last jump; empty: no jump

  TraceHeader header() const;
};

/// The whole file, or the reason why there is none.
using ExportText = tl::expected<std::string, std::string>;

/// A file about one run.
struct Export {
  std::string_view option;  ///< `--trace`
  std::string_view file;    ///< what its value is called in help texts: `F.json`
  std::string_view about;
  bool reads_records;  ///< a run keeps its records only for those who read them
  ExportText (*write)(const RunStory& run);
};
std::span<const Export> exports();

/// A file about several runs, each of which is one row or test case of it.
struct SummaryExport {
  std::string_view option;
  std::string_view file;
  std::string_view about;
  std::string (*write)(std::span<const RunResult> runs);
};
std::span<const SummaryExport> summary_exports();

}  // namespace luosim::app
