// SPDX-License-Identifier: Apache-2.0
//
// A guarantee: one claim with a name, and how to see whether it holds. It looks at a view of the
// model, which is read only, whenever one of the records that it named is written; what it has to
// remember between two looks it keeps in notes, which are plain numbers, so that a copy of a world
// and of its notes goes on being checked alike.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/digest.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::sim {

/// What a guarantee remembers: numbers by number, in order of keys.
class Notes {
 public:
  struct Note {
    std::uint64_t key = 0;
    std::uint64_t value = 0;
    friend bool operator==(const Note&, const Note&) = default;
  };

  /// O(log n).
  std::optional<std::uint64_t> find(std::uint64_t key) const;
  /// As find(); 0 if there is none.
  std::uint64_t value_of(std::uint64_t key) const { return find(key).value_or(0); }
  /// O(log n) to find, O(n) to add; adding behind the last key is O(1).
  void set(std::uint64_t key, std::uint64_t value);
  void erase(std::uint64_t key);
  /// Erases all keys from `first` up to, but not including, `past_the_end`. O(n).
  void erase_range(std::uint64_t first, std::uint64_t past_the_end);
  void clear() { notes_.clear(); }
  bool is_empty() const { return notes_.empty(); }
  const std::vector<Note>& in_order() const { return notes_; }

  void add_to(Hasher& hasher) const { hasher.add_sequence(notes_); }
  friend bool operator==(const Notes&, const Notes&) = default;

 private:
  std::vector<Note> notes_;  // sorted by key
};

enum class ClaimKind : std::uint8_t {
  always,      ///< nothing bad happens
  eventually,  ///< from where the story ends, something good can still happen
  sometimes,   ///< the interesting thing was really reached
};

std::string_view word_of(ClaimKind kind);

/// What a guarantee has in hand while it looks.
template <class View>
struct Look {
  const View& view;      ///< of the model, as it is when the record is written
  const Record& record;  ///< why it is asked
  Notes& notes;          ///< its own
  std::optional<std::string> said{};

  /// The claim does not hold: `cause` is a sentence that says what is wrong. Of a claim of the kind
  /// `sometimes`: it was reached. What was said first counts.
  void say(std::string cause) {
    if (!said) said = std::move(cause);
  }
};

/// What the keys of a guarantee's notes can be numbers of; what a view says of it, if anything.
template <class View>
struct NoteKeysOf {
  enum class Type : std::uint8_t { plain };
};
template <class View>
requires requires {
  typename View::NoteKeys;
}
struct NoteKeysOf<View> {
  using Type = typename View::NoteKeys;
};

/// Keys from `first` up to, but not including, `past_the_end`.
struct NoteRange {
  std::uint64_t first = 0;
  std::uint64_t past_the_end = 0;
  constexpr bool has(std::uint64_t key) const { return key >= first && key < past_the_end; }
};

template <class View>
struct Guarantee {
  std::string_view id;       ///< stable: part of scenario files
  std::string_view promise;  ///< one sentence
  std::string_view rule;     ///< the rule of the modelled system that it comes from
  std::string_view family;   ///< a word that groups claims
  ClaimKind kind = ClaimKind::always;
  std::span<const RecordKind> looks_after{};  ///< records that it wants to see; empty: none
  void (*look)(Look<View>&) = nullptr;
  /// For who compares states in which like ones have changed their names: whose numbers the keys of
  /// its notes are. A guarantee that notes such numbers and does not say so makes states look alike
  /// that are not.
  typename NoteKeysOf<View>::Type note_keys{};
  /// For who compares states: notes that only find words for a cause and decide nothing.
  NoteRange only_words{};
  /// For who compares states: when nothing is in progress, erases notes that no later look will
  /// read, whatever happens. Null: any of them may still be read.
  void (*forget)(const View& view, Notes& notes) = nullptr;
};

}  // namespace luosim::sim
