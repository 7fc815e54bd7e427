// SPDX-License-Identifier: Apache-2.0
//
// Sizes of memory that files and guests share: pages, folios, and that contents are whole folios.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "app/scenario/fields.hpp"
#include "app/scenario/load_context.hpp"
#include "app/scenario/node.hpp"
#include "model/world/scenario.hpp"

namespace luosim::app {

inline constexpr std::uint64_t kPage = 4096;
inline constexpr std::uint64_t kHugePage = 2ULL << 20;
inline constexpr std::uint64_t kLargestFolio = 1ULL << 30;
inline constexpr Range kMemoryRange{kPage, world::limits::kMemoryBytes, kPage, false};
inline constexpr Range kFolioRange{kPage, kLargestFolio, 1, true};

/// Contents, each with its key in `node`, are whole folios: reports those that are not. A folio
/// that nobody chose becomes as large as the contents allow.
void fit_folio(LoadContext& context, const Node& node, std::uint64_t& folio,
               std::initializer_list<std::pair<std::string_view, std::uint64_t>> contents);

}  // namespace luosim::app
