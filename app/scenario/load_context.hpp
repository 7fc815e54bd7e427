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
#include "app/scenario/group_names.hpp"
#include "app/scenario/load_options.hpp"
#include "app/scenario/node.hpp"

namespace luosim::app {

/// How many diagnostics of one file are kept.
inline constexpr std::size_t kMostDiagnostics = 100;

/// What a reference to a group means.
enum class Reach : std::uint8_t {
  one,         ///< nothing: it must name one thing
  all_copies,  ///< each of its copies
};

/// Lives for one load. Texts that are given to it as views must live as long.
class LoadContext {
 public:
  LoadContext(std::string_view file_name, const LoadOptions& options)
      : file_name_(file_name), options_(options) {}

  const LoadOptions& options() const { return options_; }

  void report(const Place& place, std::string message, std::string hint = {});
  /// Takes over what was found before the load; parts of the file may be missing because of it.
  void adopt(std::vector<Diagnostic> diagnostics);

  /// Parts of the file are missing because of errors that were found before.
  void note_incomplete() { incomplete_ = true; }
  bool is_incomplete() const { return incomplete_; }

  /// How many were too many to keep.
  std::size_t dropped() const { return dropped_; }
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
  /// Remembers a name that is defined in another table, where a second definition is reported.
  void note_name(NameTable table, std::string_view name, const Place& place);
  /// Whether something is called `name`, maybe as a copy.
  bool knows(NameTable table, std::string_view name) const;
  /// All names that a reference to this table may mean, as they stand in the file, with a group's
  /// copies in its place.
  std::vector<std::string> names_of(NameTable table) const;
  /// How many these are; without making them.
  std::uint64_t count_names_of(NameTable table) const;
  /// Whether some of them could not be read.
  bool lacks_names_of(NameTable table) const;
  /// Has `name`, which is defined by itself, stand for copies.
  void define_group(NameTable table, std::string_view name, const Group& group);
  const GroupNames& groups() const { return groups_; }
  void refer(NameTable table, std::string_view name, const Place& place, Reach reach = Reach::one);
  /// `name` may name something of any table, or what the file does not know; but not a group.
  void refer_to_anything(std::string_view name, const Place& place);
  /// A name of this table could not be read: what refers to an unknown name may mean that one.
  void lose_a_name(NameTable table) { lost_[index_of(table)] = table != NameTable::none; }
  /// Reports references to names that nobody defined. For the end of the load.
  void check_references();
  /// Reports names that copies of something else have too. For the end of the load.
  void check_copies();

  /// Sorted by place, without those that were dropped because they were too many.
  std::vector<Diagnostic> take_diagnostics();

 private:
  using Names = std::map<std::string_view, Place, std::less<>>;

  struct Reference {
    NameTable table;
    std::string_view name;
    Place place;
    Reach reach;
  };

  static constexpr std::size_t kTables = 15;
  static constexpr std::size_t index_of(NameTable table) { return static_cast<std::size_t>(table); }

  void check(const Reference& reference);
  void check_anything(const Reference& reference);
  void check_copy(NameTable table, std::string_view name, const Place& place);
  void report_group(const Group& group, const Reference& reference);
  void report_unknown(const Reference& reference);
  std::string hint_for_unknown(const Reference& reference) const;

  std::string_view file_name_;
  const LoadOptions& options_;
  std::vector<Diagnostic> diagnostics_;
  std::size_t dropped_ = 0;
  bool incomplete_ = false;
  std::set<std::string_view, std::less<>> failed_keys_;
  std::array<Names, kTables> names_;  // to where they are defined
  std::array<bool, kTables> lost_{};
  std::vector<Reference> references_;
  GroupNames groups_;
  std::deque<std::string> kept_;
};

}  // namespace luosim::app
