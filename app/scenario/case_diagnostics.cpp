// SPDX-License-Identifier: Apache-2.0
#include "app/scenario/case_diagnostics.hpp"

#include <utility>

#include <fmt/format.h>

namespace luosim::app {
namespace {

/// To look for similar words takes its time, and each case does so anew.
constexpr std::size_t kMostReports = 2 * kMostDiagnostics;

}  // namespace

void CaseDiagnostics::add(LoadContext& context, std::size_t index) {
  reports_ += context.reported();
  dropped_ += context.dropped();
  for (Diagnostic& each : context.take_diagnostics()) {
    Key key{each.line, each.column, each.message};
    if (index_of_.count(key) != 0) continue;
    if (found_.size() >= kMostDiagnostics) {
      ++dropped_;
      continue;
    }
    index_of_.emplace(std::move(key), found_.size());
    found_.push_back({std::move(each), index});
  }
}

void CaseDiagnostics::note_without_values(LoadContext& context) {
  for (const Diagnostic& each : context.take_diagnostics()) {
    const auto known = index_of_.find(Key{each.line, each.column, each.message});
    if (known != index_of_.end()) found_[known->second].comes_from_case = false;
  }
}

bool CaseDiagnostics::is_enough() const {
  return found_.size() >= kMostDiagnostics || reports_ >= kMostReports;
}

std::vector<Diagnostic> CaseDiagnostics::take(const Matrix& matrix) {
  std::vector<Diagnostic> diagnostics;
  for (Found& each : found_) {
    if (each.comes_from_case && !matrix.parameters.empty()) {
      each.diagnostic.message += " in the case " + matrix.name_of(each.first_case);
    }
    diagnostics.push_back(std::move(each.diagnostic));
  }
  sort_by_place(diagnostics);
  if (dropped_ > 0) {
    Diagnostic last = diagnostics.back();
    last.message = fmt::format("and {} more that are not listed", dropped_);
    last.hint.clear();
    diagnostics.push_back(std::move(last));
  }
  return diagnostics;
}

}  // namespace luosim::app
