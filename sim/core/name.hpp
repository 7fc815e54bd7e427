// SPDX-License-Identifier: Apache-2.0
//
// Names without strings. The world is copied and hashed millions of times, so what it holds is a
// number: either a hash that the compiler computes from a literal (`NameHash`, for programs, fault
// sites and whatever else the code itself names), or the index of an interned text (`Symbol`, for
// what a scenario names). A hash does not depend on the order of registration, so an identifier
// stays the same when somebody adds a program in front of it.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace luosim::sim {

/// FNV-1a, 32 bits. Registries check that no two of their names collide.
constexpr std::uint32_t name_hash(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char character : text) {
    hash ^= static_cast<std::uint8_t>(character);
    hash *= 16777619U;
  }
  return hash;
}

/// A text of the scenario, by its index in `Names`; 0 is the empty text.
struct Symbol {
  std::uint32_t index = 0;
  friend constexpr auto operator<=>(const Symbol&, const Symbol&) = default;
};

/// The texts behind symbols. Filled while a scenario is loaded; a run only reads it, so copies of
/// a world share one. Symbols are numbered in order of first use.
class Names {
 public:
  Names();

  /// The symbol of `text`, which is added if it is new. O(1) on average.
  Symbol intern(std::string_view text);

  /// The symbol of `text` if it is known, the empty symbol if not.
  Symbol find(std::string_view text) const;

  /// The text of a symbol that this table handed out.
  const std::string& text(Symbol symbol) const { return texts_[symbol.index]; }

  std::size_t size() const { return texts_.size(); }

 private:
  std::vector<std::string> texts_;
  // Look-up only, never iterated: its order must not reach any output.
  std::unordered_map<std::string, std::uint32_t> index_of_;
};

}  // namespace luosim::sim
