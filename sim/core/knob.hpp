// SPDX-License-Identifier: Apache-2.0
//
// Knobs: the points in which protocols that share their programs differ. A knob is a constant with
// a name and the words that it can be set to; a row of a program may say for which word it is
// there. So a protocol is a set of values, and a variant is read in the table and not in the code.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/core/name.hpp"

namespace luosim::sim {

struct Knob {
  std::string_view name;                    ///< stable: part of scenario files
  std::string_view about;                   ///< what it changes, in a sentence or two
  std::span<const std::string_view> words;  ///< its values are indexes of these

  constexpr std::uint32_t id() const { return name_hash(name); }
};

/// The words of a correction: value 0 leaves it out, value 1 makes it.
inline constexpr std::string_view kCorrectionWords[] = {"false", "true"};

/// The value that `word` means for `knob`. O(words).
std::optional<std::uint8_t> value_of(const Knob& knob, std::string_view word);

/// The values of all knobs; those that were never set are 0.
class KnobValues {
 public:
  void set(const Knob& knob, std::uint8_t value);
  /// O(log n).
  std::uint8_t of(const Knob& knob) const { return of_id(knob.id()); }
  std::uint8_t of_id(std::uint32_t knob) const;

  friend bool operator==(const KnobValues&, const KnobValues&) = default;

 private:
  struct Setting {
    std::uint32_t knob = 0;
    std::uint8_t value = 0;
    friend bool operator==(const Setting&, const Setting&) = default;
  };
  std::vector<Setting> settings_;  // sorted by knob
};

/// When a row of a program is there. Without a knob: always. With two, either may be enough, or
/// both may be needed.
struct RowCondition {
  struct Term {
    std::uint32_t knob = 0;
    std::uint8_t value = 0;
    bool is_there_at_value = true;  ///< false: there at every other value

    bool holds(const KnobValues& values) const {
      return (values.of_id(knob) == value) == is_there_at_value;
    }
  };
  Term first{};
  Term second{};
  bool needs_both = false;

  constexpr RowCondition or_if(const Knob& knob, std::uint8_t value = 1) const {
    return {first, {knob.id(), value, true}, false};
  }
  constexpr RowCondition or_unless(const Knob& knob, std::uint8_t value = 1) const {
    return {first, {knob.id(), value, false}, false};
  }
  constexpr RowCondition and_if(const Knob& knob, std::uint8_t value = 1) const {
    return {first, {knob.id(), value, true}, true};
  }
  constexpr RowCondition and_unless(const Knob& knob, std::uint8_t value = 1) const {
    return {first, {knob.id(), value, false}, true};
  }

  bool is_always() const { return first.knob == 0; }
  bool holds(const KnobValues& values) const {
    if (is_always()) return true;
    if (second.knob == 0) return first.holds(values);
    return needs_both ? first.holds(values) && second.holds(values)
                      : first.holds(values) || second.holds(values);
  }
};

/// The row is there if the correction is made, or the choice has this value.
constexpr RowCondition only_if(const Knob& knob, std::uint8_t value = 1) {
  return {{knob.id(), value, true}};
}
/// The row is there if the correction is not made, or the choice has another value.
constexpr RowCondition unless(const Knob& knob, std::uint8_t value = 1) {
  return {{knob.id(), value, false}};
}

}  // namespace luosim::sim
