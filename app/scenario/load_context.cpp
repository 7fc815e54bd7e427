// SPDX-License-Identifier: Apache-2.0
//
// Bookkeeping of names. A reference may look into two tables ("a VM or a file"), and files are
// also made by VMs; one small table says which tables a reference searches. Of devices there are
// several, because not everything on a bus can be driven, or be given to a VM.
#include "app/scenario/load_context.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "app/scenario/nearest_word.hpp"
#include "app/scenario/settings.hpp"

namespace luosim::app {
namespace {

struct TableRow {
  NameTable table;
  std::string_view word;
  NameTable searched;
  NameTable also_searched = NameTable::none;
  /// A name that is lost there may be one that is missing here.
  std::array<NameTable, 2> fed_by{NameTable::none, NameTable::none};
  /// What is no such thing may be one of that table, which a message then says.
  NameTable larger = NameTable::none;
};

constexpr std::array kTableRows{
    TableRow{NameTable::none, "", NameTable::none},
    TableRow{NameTable::kernels, "kernel", NameTable::kernels},
    TableRow{NameTable::subsystems, "subsystem", NameTable::subsystems},
    TableRow{NameTable::handlers, "handler", NameTable::handlers},
    TableRow{.table = NameTable::files,
             .word = "file",
             .searched = NameTable::files,
             .fed_by = {NameTable::vms, NameTable::devices}},
    TableRow{NameTable::vms, "VM", NameTable::vms},
    TableRow{NameTable::actors, "actor", NameTable::actors},
    TableRow{NameTable::labels, "label", NameTable::labels},
    TableRow{NameTable::kho_clients, "KHO client", NameTable::kho_clients},
    TableRow{NameTable::memories, "VM or file", NameTable::vms, NameTable::files},
    TableRow{NameTable::processes, "actor or VM", NameTable::actors, NameTable::vms},
    TableRow{NameTable::devices, "device", NameTable::devices},
    TableRow{.table = NameTable::ports,
             .word = "port",
             .searched = NameTable::ports,
             .fed_by = {NameTable::devices, NameTable::none},
             .larger = NameTable::devices},
    TableRow{.table = NameTable::endpoints,
             .word = "endpoint",
             .searched = NameTable::endpoints,
             .fed_by = {NameTable::devices, NameTable::none},
             .larger = NameTable::devices},
    TableRow{.table = NameTable::vm_devices,
             .word = "device of a VM",
             .searched = NameTable::vm_devices,
             .fed_by = {NameTable::vms, NameTable::devices},
             .larger = NameTable::devices},
};

const TableRow& row_of(NameTable table) {
  return kTableRows[static_cast<std::size_t>(table)];
}

std::string in_line(const Place& place) {
  return is_of_a_setting(place) ? "in --set" : fmt::format("in line {}", place.line);
}

}  // namespace

void LoadContext::report(const Place& place, std::string message, std::string hint) {
  if (diagnostics_.size() >= kMostDiagnostics) {
    ++dropped_;
    return;
  }
  const bool is_set = is_of_a_setting(place) && index_of_setting(place) < options_.settings.size();
  const std::string where = is_set ? text_of_setting(options_.settings[index_of_setting(place)])
                                   : std::string(file_name_);
  diagnostics_.push_back(
      {where, place.line, place.column, place.length, std::move(message), std::move(hint)});
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
  const auto [found, is_new] = names_[index_of(table)].emplace(name, place);
  if (is_new) return;
  report(place, fmt::format("duplicate {} {}", row_of(table).word, quoted(name)),
         fmt::format("first {}", in_line(found->second)));
}

void LoadContext::note_name(NameTable table, std::string_view name, const Place& place) {
  names_[index_of(table)].emplace(name, place);
}

void LoadContext::define_group(NameTable table, std::string_view name, const Group& group) {
  groups_.add(table, name, group);
}

void LoadContext::refer(NameTable table, std::string_view name, const Place& place, Reach reach) {
  references_.push_back({table, name, place, reach});
}

void LoadContext::refer_to_anything(std::string_view name, const Place& place) {
  refer(NameTable::none, name, place);
}

void LoadContext::check_references() {
  for (const Reference& reference : references_) {
    if (reference.table == NameTable::none) {
      check_anything(reference);
    } else {
      check(reference);
    }
  }
}

bool LoadContext::knows(NameTable table, std::string_view name) const {
  return names_[index_of(table)].count(name) != 0 || groups_.group_of(table, name) != nullptr;
}

bool LoadContext::lacks_names_of(NameTable table) const {
  const TableRow& row = row_of(table);
  for (const NameTable searched : {row.searched, row.also_searched}) {
    const auto& feeders = row_of(searched).fed_by;
    if (lost_[index_of(searched)] || lost_[index_of(feeders[0])] || lost_[index_of(feeders[1])])
      return true;
  }
  return false;
}

std::uint64_t LoadContext::count_names_of(NameTable table) const {
  const TableRow& row = row_of(table);
  std::uint64_t count = 0;
  for (const NameTable searched : {row.searched, row.also_searched}) {
    for (const auto& [name, place] : names_[index_of(searched)]) {
      const Group* group = groups_.find(searched, name);
      count += group == nullptr ? 1 : group->copies;
    }
  }
  return count;
}

std::vector<std::string> LoadContext::names_of(NameTable table) const {
  const TableRow& row = row_of(table);
  std::vector<std::string> made;
  for (const NameTable searched : {row.searched, row.also_searched}) {
    std::vector<std::pair<Place, std::string_view>> in_order;
    for (const auto& [name, place] : names_[index_of(searched)]) in_order.emplace_back(place, name);
    std::stable_sort(in_order.begin(), in_order.end(), [](const auto& left, const auto& right) {
      return std::pair(left.first.line, left.first.column) <
             std::pair(right.first.line, right.first.column);
    });
    for (const auto& [place, name] : in_order) {
      const Group* group = groups_.find(searched, name);
      if (group == nullptr) made.emplace_back(name);
      for (std::uint64_t number = 0; group != nullptr && number < group->copies; ++number)
        made.push_back(name_of_copy(*group, number));
    }
  }
  return made;
}

void LoadContext::check(const Reference& reference) {
  const TableRow& row = row_of(reference.table);
  if (lacks_names_of(reference.table)) return;
  const Group* group = nullptr;
  std::size_t meanings = 0;
  for (const NameTable table : {row.searched, row.also_searched}) {
    if (!knows(table, reference.name)) continue;
    ++meanings;
    group = groups_.find(table, reference.name);
  }
  if (meanings == 0) return report_unknown(reference);
  if (meanings > 1) {
    report(reference.place,
           fmt::format("{} is more than one {}", quoted(reference.name), row.word));
  } else if (group != nullptr && reference.reach == Reach::one) {
    report_group(*group, reference);
  }
}

/// A group is meant if nothing else is called like it.
void LoadContext::check_anything(const Reference& reference) {
  const Group* group = nullptr;
  for (std::size_t table = 0; table < kTables; ++table) {
    if (names_[table].count(reference.name) == 0) continue;
    group = groups_.find(static_cast<NameTable>(table), reference.name);
    if (group == nullptr) return;
  }
  if (group != nullptr) report_group(*group, reference);
}

void LoadContext::report_group(const Group& group, const Reference& reference) {
  report(reference.place,
         fmt::format("{} stands for all of its copies, where only one can be named",
                     quoted(reference.name)),
         copies_of(group));
}

void LoadContext::report_unknown(const Reference& reference) {
  const TableRow& row = row_of(reference.table);
  if (row.larger != NameTable::none && knows(row.larger, reference.name)) {
    report(reference.place, fmt::format("{} is no {}", quoted(reference.name), row.word));
    return;
  }
  const std::string hint = wants_hints() ? hint_for_unknown(reference) : std::string();
  report(reference.place, fmt::format("unknown {} {}", row.word, quoted(reference.name)), hint);
}

std::string LoadContext::hint_for_unknown(const Reference& reference) const {
  const TableRow& row = row_of(reference.table);
  std::vector<std::string_view> candidates;
  for (const NameTable table : {row.searched, row.also_searched}) {
    const Group* group = groups_.group_like(table, reference.name);
    if (group != nullptr) return copies_of(*group);
    const Names& names = names_[index_of(table)];
    std::transform(names.begin(), names.end(), std::back_inserter(candidates),
                   [](const auto& name) { return name.first; });
  }
  return did_you_mean(reference.name, candidates);
}

void LoadContext::check_copies() {
  if (groups_.empty()) return;
  for (const NameTable table : {NameTable::files, NameTable::vms, NameTable::devices}) {
    for (const auto& [name, place] : names_[index_of(table)]) check_copy(table, name, place);
  }
}

void LoadContext::check_copy(NameTable table, std::string_view name, const Place& place) {
  const Group* group = groups_.group_of(table, name);
  if (group == nullptr) return;
  // A VM or device that is called like a copy brings things that are, too.
  const std::string_view owner = name.substr(0, name.size() - group->suffix.size());
  const bool is_brought = names_[index_of(NameTable::vms)].count(owner) != 0 ||
                          names_[index_of(NameTable::devices)].count(owner) != 0;
  if (!group->suffix.empty() && is_brought) return;
  report(place, fmt::format("duplicate {} {}", row_of(table).word, quoted(name)),
         fmt::format("a copy of {} {}", quoted(group->stem), in_line(group->place)));
}

std::vector<Diagnostic> LoadContext::take_diagnostics() {
  sort_by_place(diagnostics_);
  return std::move(diagnostics_);
}

}  // namespace luosim::app
