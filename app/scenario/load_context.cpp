// SPDX-License-Identifier: Apache-2.0
//
// Bookkeeping of names. A reference may look into two tables ("a VM or a file"), and files are
// also made by VMs; one small table says which tables a reference searches.
#include "app/scenario/load_context.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "app/scenario/nearest_word.hpp"

namespace luosim::app {
namespace {

constexpr std::size_t kMostDiagnostics = 100;

struct TableRow {
  NameTable table;
  std::string_view word;
  NameTable searched;
  NameTable also_searched;
  NameTable also_feeds;  ///< a lost name here is a lost name there
};

constexpr std::array kTableRows{
    TableRow{NameTable::none, "", NameTable::none, NameTable::none, NameTable::none},
    TableRow{NameTable::kernels, "kernel", NameTable::kernels, NameTable::none, NameTable::none},
    TableRow{NameTable::subsystems, "subsystem", NameTable::subsystems, NameTable::none,
             NameTable::none},
    TableRow{NameTable::handlers, "handler", NameTable::handlers, NameTable::none, NameTable::none},
    TableRow{NameTable::files, "file", NameTable::files, NameTable::none, NameTable::vms},
    TableRow{NameTable::vms, "VM", NameTable::vms, NameTable::none, NameTable::none},
    TableRow{NameTable::actors, "actor", NameTable::actors, NameTable::none, NameTable::none},
    TableRow{NameTable::labels, "label", NameTable::labels, NameTable::none, NameTable::none},
    TableRow{NameTable::memories, "VM or file", NameTable::vms, NameTable::files, NameTable::none},
};

const TableRow& row_of(NameTable table) {
  return kTableRows[static_cast<std::size_t>(table)];
}

}  // namespace

void LoadContext::report(const Place& place, std::string message, std::string hint) {
  if (diagnostics_.size() >= kMostDiagnostics) {
    ++dropped_;
    return;
  }
  diagnostics_.push_back({std::string(file_name_), place.line, place.column, place.length,
                          std::move(message), std::move(hint)});
}

void LoadContext::adopt(std::vector<Diagnostic> diagnostics) {
  incomplete_ = incomplete_ || !diagnostics.empty();
  for (Diagnostic& diagnostic : diagnostics) {
    report({diagnostic.line, diagnostic.column, diagnostic.length}, std::move(diagnostic.message),
           std::move(diagnostic.hint));
  }
}

bool LoadContext::wants_hints() const {
  return diagnostics_.size() < kMostDiagnostics;
}

void LoadContext::define(NameTable table, std::string_view name, const Place& place) {
  const auto [found, is_new] = names_[index_of(table)].emplace(name, place.line);
  if (is_new) return;
  report(place, fmt::format("duplicate {} {}", row_of(table).word, quoted(name)),
         fmt::format("first in line {}", found->second));
}

void LoadContext::refer(NameTable table, std::string_view name, const Place& place) {
  references_.push_back({table, name, place});
}

void LoadContext::check_references() {
  for (const Reference& reference : references_) check(reference);
}

void LoadContext::check(const Reference& reference) {
  const TableRow& row = row_of(reference.table);
  const std::array searched{row.searched, row.also_searched};
  for (const NameTable table : searched) {
    const bool lost = lost_[index_of(table)] || lost_[index_of(row_of(table).also_feeds)];
    if (lost || names_[index_of(table)].count(reference.name) != 0) return;
  }
  std::string hint;
  if (wants_hints()) {
    std::vector<std::string_view> candidates;
    for (const NameTable table : searched) {
      const Names& names = names_[index_of(table)];
      std::transform(names.begin(), names.end(), std::back_inserter(candidates),
                     [](const auto& name) { return name.first; });
    }
    hint = did_you_mean(reference.name, candidates);
  }
  report(reference.place, fmt::format("unknown {} {}", row.word, quoted(reference.name)),
         std::move(hint));
}

std::vector<Diagnostic> LoadContext::take_diagnostics() {
  sort_by_place(diagnostics_);
  if (dropped_ > 0) {
    Diagnostic last = diagnostics_.back();
    last.message = fmt::format("and {} more that are not listed", dropped_);
    last.hint.clear();
    diagnostics_.push_back(std::move(last));
  }
  return std::move(diagnostics_);
}

}  // namespace luosim::app
