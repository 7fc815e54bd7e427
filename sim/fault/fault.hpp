// SPDX-License-Identifier: Apache-2.0
//
// Faults by name. A place in the model where something can go wrong is a `FaultSite`, a constant
// with a dotted name; the rules that say which call of which site fails live in the world, counters
// included, so that a copy of the world fails at the same places. The model never asks why.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/choice/choice.hpp"
#include "sim/core/digest.hpp"
#include "sim/core/name.hpp"
#include "sim/core/time.hpp"

namespace luosim::sim {

/// Identifies a site by the hash of its name.
struct FaultSiteId {
  std::uint32_t hash = 0;
  friend constexpr auto operator<=>(const FaultSiteId&, const FaultSiteId&) = default;
};

/// A place where something can go wrong, for `explain faults` and for the rules.
struct FaultSite {
  std::string_view name;   ///< dotted, stable: part of scenario files
  std::string_view about;  ///< one sentence: what fails, and what `:instance` names, if it has any
  std::int32_t value = 0;  ///< what the call returns unless the rule says otherwise: -errno

  constexpr FaultSiteId id() const { return {name_hash(name)}; }
};

/// Says which calls of a site fail. All members but `fired` decide the future, and are hashed.
struct FaultRule {
  FaultSiteId site{};
  std::uint32_t instance = 0;  ///< name_hash of an instance; 0: calls of every instance
  std::uint32_t skip = 0;      ///< calls that still succeed before the first that fails
  std::uint32_t times = 1;     ///< calls that still fail; kForever: all of them; 0: it is spent
  std::int32_t value = 0;      ///< what a failing call returns
  std::uint32_t per_million = 1'000'000;
  SimTime from{0};
  SimTime until{INT64_MAX};  ///< calls at or after this time are not counted
  std::uint64_t fired = 0;   ///< calls that it made fail, for who tells; decides nothing

  static constexpr std::uint32_t kForever = 0xFFFF'FFFF;
  bool is_spent() const { return times == 0; }
  bool has_window() const { return from.ns > 0 || until.ns != INT64_MAX; }
  /// Whether they decide the same.
  friend bool operator==(const FaultRule& left, const FaultRule& right);
};

/// The rules with their counters: a value.
class Faults {
 public:
  void add(const FaultRule& rule) { rules_.push_back(rule); }
  /// Adds a rule in the place of those that speak of the same site and instance.
  void replace(const FaultRule& rule);

  /// Counts a call of `site` and decides whether it fails; the value to return, if so. The first
  /// rule that fires decides. The call is known by up to two instances (a file and its handler); 0
  /// where there is none. What chance made fail is noted by `choice`.
  std::optional<std::int32_t> consult(FaultSiteId site, std::uint32_t instance,
                                      std::uint32_t other_instance, SimTime now, Choice& choice);
  /// Whether no rule is left that could fire.
  bool is_empty() const;

  /// In the order in which they were added; a rule that is spent stays in its place.
  const std::vector<FaultRule>& rules() const { return rules_; }
  /// Adds what decides the future of a world whose other times are added relative to `now` too:
  /// windows count from there, and rules that are spent or whose window is over are left out.
  void add_to(Hasher& hasher, SimTime now) const;

  friend bool operator==(const Faults&, const Faults&) = default;

 private:
  std::vector<FaultRule> rules_;
};

}  // namespace luosim::sim
