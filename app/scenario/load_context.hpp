// SPDX-License-Identifier: Apache-2.0
//
// What one load of a scenario gathers besides the scenario: diagnostics, names and references. It
// knows which names could not be read, so that one error does not bring ten others with it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/scenario/diagnostic.hpp"
#include "app/scenario/fields.hpp"
#include "app/scenario/load_options.hpp"
#include "app/scenario/node.hpp"

namespace luosim::app {

/// Lives for one load. Texts that are given to it as views must live as long.
class LoadContext {
 public:
  LoadContext(std::string_view file_name, const LoadOptions& options)
      : file_name_(file_name), options_(options) {}

  const LoadOptions& options() const { return options_; }

  void report(const Place& place, std::string message, std::string hint = {});
  /// Takes over what was found before the load; parts of the file may be missing because of it.
  void adopt(std::vector<Diagnostic> diagnostics);

  /// How many were reported, also those that were too many to keep.
  std::size_t reported() const { return diagnostics_.size() + dropped_; }
  /// False: there are so many errors already that another hint will not be shown.
  bool wants_hints() const;

  /// Keeps a text that was made during the load, so that a view of it can be a name.
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }

  /// Remembers that something under `key` was wrong, so that sums over it are not judged.
  void note_failure(std::string_view key) { failed_keys_.insert(key); }
  bool failed(std::string_view key) const { return incomplete_ || failed_keys_.count(key) != 0; }

  /// Reports a second definition of the same name.
  void define(NameTable table, std::string_view name, const Place& place);
  void refer(NameTable table, std::string_view name, const Place& place);
  /// A name of this table could not be read: what refers to an unknown name may mean that one.
  void lose_a_name(NameTable table) { lost_[index_of(table)] = table != NameTable::none; }
  /// Reports references to names that nobody defined. For the end of the load.
  void check_references();

  /// Sorted by place; if there were too many, the last one says so.
  std::vector<Diagnostic> take_diagnostics();

 private:
  using Names = std::map<std::string_view, std::uint32_t, std::less<>>;  // to the line

  struct Reference {
    NameTable table;
    std::string_view name;
    Place place;
  };

  static constexpr std::size_t kTables = 9;
  static constexpr std::size_t index_of(NameTable table) { return static_cast<std::size_t>(table); }

  void check(const Reference& reference);

  std::string_view file_name_;
  const LoadOptions& options_;
  std::vector<Diagnostic> diagnostics_;
  std::size_t dropped_ = 0;
  bool incomplete_ = false;
  std::set<std::string_view, std::less<>> failed_keys_;
  std::array<Names, kTables> names_;
  std::array<bool, kTables> lost_{};
  std::vector<Reference> references_;
  std::deque<std::string> kept_;
};

}  // namespace luosim::app
