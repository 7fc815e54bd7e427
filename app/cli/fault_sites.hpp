// SPDX-License-Identifier: Apache-2.0
//
// The fault sites that `--sites` names, for who lets any of them strike.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "sim/fault/fault.hpp"

namespace luosim::app {

/// Sites in the order of `explain faults`, by patterns in which a `*` at the end stands for
/// anything; without patterns where the protocol itself can fail. Only those with a failure of
/// their own: what must be told a value needs a rule in the scenario. Nothing, and the reason on
/// `errors`, if nothing is named so.
std::optional<std::vector<sim::FaultSite>> sites_named(const std::vector<std::string>& patterns,
                                                       std::ostream& errors);

/// The same as sorted hashes of their names, for who explores; none if no fault may strike at all.
std::optional<std::vector<std::uint32_t>> sites_that_may_strike(
    std::uint32_t faults, const std::vector<std::string>& patterns, std::ostream& errors);

}  // namespace luosim::app
