// SPDX-License-Identifier: Apache-2.0
#include "sim/core/name.hpp"

namespace luosim::sim {

Names::Names() : texts_{""} {
  index_of_.emplace("", 0);
}

Symbol Names::intern(std::string_view text) {
  const auto [entry, added] =
      index_of_.emplace(std::string(text), static_cast<std::uint32_t>(texts_.size()));
  if (added) texts_.emplace_back(text);
  return {entry->second};
}

Symbol Names::find(std::string_view text) const {
  const auto entry = index_of_.find(std::string(text));
  return entry == index_of_.end() ? Symbol{} : Symbol{entry->second};
}

}  // namespace luosim::sim
