// SPDX-License-Identifier: Apache-2.0
#include "sim/check/guarantee.hpp"

#include <algorithm>

namespace luosim::sim {

namespace {

template <class NotesVector>
auto place_of(NotesVector& notes, std::uint64_t key) {
  return std::lower_bound(
      notes.begin(), notes.end(), key,
      [](const Notes::Note& note, std::uint64_t wanted) { return note.key < wanted; });
}

}  // namespace

std::optional<std::uint64_t> Notes::find(std::uint64_t key) const {
  const auto place = place_of(notes_, key);
  if (place == notes_.end() || place->key != key) return std::nullopt;
  return place->value;
}

void Notes::set(std::uint64_t key, std::uint64_t value) {
  const auto place = place_of(notes_, key);
  if (place != notes_.end() && place->key == key) {
    place->value = value;
  } else {
    notes_.insert(place, {key, value});
  }
}

void Notes::erase(std::uint64_t key) {
  const auto place = place_of(notes_, key);
  if (place != notes_.end() && place->key == key) notes_.erase(place);
}

void Notes::erase_range(std::uint64_t first, std::uint64_t past_the_end) {
  if (first >= past_the_end) return;
  notes_.erase(place_of(notes_, first), place_of(notes_, past_the_end));
}

std::string_view word_of(ClaimKind kind) {
  switch (kind) {
    case ClaimKind::always:
      return "always";
    case ClaimKind::eventually:
      return "eventually";
    case ClaimKind::sometimes:
      return "sometimes";
  }
  return "";
}

}  // namespace luosim::sim
