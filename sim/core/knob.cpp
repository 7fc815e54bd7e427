// SPDX-License-Identifier: Apache-2.0
#include "sim/core/knob.hpp"

#include <algorithm>

#include "sim/core/assert.hpp"

namespace luosim::sim {

std::optional<std::uint8_t> value_of(const Knob& knob, std::string_view word) {
  for (std::size_t value = 0; value < knob.words.size(); ++value)
    if (knob.words[value] == word) return static_cast<std::uint8_t>(value);
  return std::nullopt;
}

void KnobValues::set(const Knob& knob, std::uint8_t value) {
  require(value < knob.words.size(), "a knob is set to one of its words");
  const std::uint32_t id = knob.id();
  const auto place = std::lower_bound(
      settings_.begin(), settings_.end(), id,
      [](const Setting& setting, std::uint32_t wanted) { return setting.knob < wanted; });
  if (place != settings_.end() && place->knob == id) {
    place->value = value;
  } else {
    settings_.insert(place, {id, value});
  }
}

std::uint8_t KnobValues::of_id(std::uint32_t knob) const {
  const auto place = std::lower_bound(
      settings_.begin(), settings_.end(), knob,
      [](const Setting& setting, std::uint32_t wanted) { return setting.knob < wanted; });
  return place != settings_.end() && place->knob == knob ? place->value : std::uint8_t{0};
}

}  // namespace luosim::sim
