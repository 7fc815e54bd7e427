// SPDX-License-Identifier: Apache-2.0
//
// The faults that `--sites` names, for who lets any of them strike.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "sim/choice/choice.hpp"
#include "sim/fault/fault.hpp"

namespace luosim::app {

/// Faults in the order of `explain faults`. `SITE` is the site with the failure of its own,
/// `SITE=EIO,ENOMEM` the same site once for each error or number; a `*` at the end of a site stands
/// for anything. Without patterns: where the protocol itself can fail. Nothing, and the reason on
/// `errors`, if no site is named so, if it has no failure of its own and none is said, or if a word
/// is no error.
std::optional<std::vector<sim::FaultSite>> faults_named(const std::vector<std::string>& patterns,
                                                        std::ostream& errors);

/// The same by site, for who explores; none if no fault may strike at all.
std::optional<std::vector<sim::SiteFaults>> faults_that_may_strike(
    std::uint32_t faults, const std::vector<std::string>& patterns, std::ostream& errors);

}  // namespace luosim::app
