// SPDX-License-Identifier: Apache-2.0
//
// The names behind the hashes that a world holds: fault sites, panic reasons, owners of memory. All
// layers' constants in one place, for reports, for `explain` and for the check of scenario files.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "model/kernel/death.hpp"
#include "model/memory/page.hpp"
#include "sim/choice/choice.hpp"
#include "sim/fault/fault.hpp"

namespace luosim::world {

/// Every fault site, in the order of `explain faults`.
std::span<const sim::FaultSite> fault_sites();

/// These faults by site, as a door to chance wants them: a site that is named several times, each
/// time with another value, has all of them, in that order. O(n log n).
std::vector<sim::SiteFaults> site_faults(std::span<const sim::FaultSite> faults);
/// The functions that `mm.alloc:` and `mm.xa_store:` may name.
std::span<const std::string_view> allocating_functions();
/// All words that faults may name although no scenario says them: those functions, and pieces of
/// what is handed over.
std::vector<std::string_view> fault_instances();
std::span<const kernel::PanicReason> panic_reasons();
/// Whom pages may belong to, but for nobody.
std::span<const memory::OwnerName> owners();

/// The word of a panic reason, and the name of an owner, by hash; `unknown` if there is none.
std::string_view panic_reason_named(std::uint32_t hash);
std::string_view owner_named(std::uint32_t hash);

}  // namespace luosim::world
