// SPDX-License-Identifier: Apache-2.0
#include "app/scenario/folios.hpp"

#include <string>

#include "app/scenario/units.hpp"

namespace luosim::app {

void fit_folio(LoadContext& context, const Node& node, std::uint64_t& folio,
               std::initializer_list<std::pair<std::string_view, std::uint64_t>> contents) {
  const bool is_chosen = find_entry(node, "folio") != nullptr;
  for (const auto& [key, bytes] : contents) {
    while (!is_chosen && bytes % folio != 0) folio /= 2;
    if (bytes % folio == 0) continue;
    context.report(
        place_under(node, key),
        "'" + std::string(key) + "' must be a whole number of folios (" + format_size(folio) + ")");
  }
}

}  // namespace luosim::app
