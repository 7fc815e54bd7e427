// SPDX-License-Identifier: Apache-2.0
//
// The address of a PCI function as people write it: 0000:41:00.0, or without its domain.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/scenario/fields.hpp"
#include "app/scenario/load_context.hpp"
#include "app/scenario/node.hpp"

namespace luosim::app {

/// Bus, device and function in bits 15:8, 7:3 and 2:0, of an address in domain 0000.
std::optional<std::uint16_t> parse_bus_address(std::string_view text);
/// `41:00.0`.
std::string format_bus_address(std::uint64_t address);

/// Reports, and returns nothing, if the value is not an address.
std::optional<std::uint16_t> read_bus_address(LoadContext&, const Field&, const Node&);

}  // namespace luosim::app
