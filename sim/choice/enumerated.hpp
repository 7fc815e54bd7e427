// SPDX-License-Identifier: Apache-2.0
//
// An asker that takes every branch: the same step is run again and again, each time with the next
// combination of answers, until there is none left. Combinations come in lexicographic order, the
// ordinary outcomes first, so that a combination is known by its number.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sim/choice/choice.hpp"

namespace luosim::sim {

class EnumeratedChoice final : public Choice {
 public:
  /// Faults that no rule asks for strike at these sites, sorted by the hashes of their names; none:
  /// nowhere. The sites must outlive this.
  explicit EnumeratedChoice(std::span<const SiteFaults> fault_sites = {})
      : Choice(!fault_sites.empty()), fault_sites_(fault_sites) {}

  /// Before the first combination of a step: at most `faults` may strike while it runs.
  void begin(std::uint32_t faults);
  /// Before each further one. False if all have been taken.
  bool next();
  /// Until the next begin(): `label` is answered by `chosen` and not enumerated.
  void settle(ChoiceLabel label, std::uint32_t chosen);

  std::uint32_t choose(std::uint32_t alternatives, ChoiceLabel label) override;
  bool happens(std::uint32_t per_million, ChoiceLabel label) override;
  std::optional<std::int32_t> strikes(ChoiceLabel label) override;

  /// How many questions were asked in this combination, without what was settled.
  std::size_t asked() const { return position_; }
  /// What was asked in this combination and how it was answered.
  const std::vector<MadeChoice>& made() const { return made_; }
  /// What settle() settled, if it did.
  const std::optional<MadeChoice>& settled() const { return settled_; }
  /// Whether a fault that nobody asked for struck in this combination.
  bool struck() const { return faults_left_ < faults_; }
  /// How many more faults may strike after this combination.
  std::uint32_t faults_left() const { return faults_left_; }

 private:
  std::span<const SiteFaults> fault_sites_;
  std::vector<MadeChoice> made_;
  std::size_t position_ = 0;
  std::optional<MadeChoice> settled_;
  std::uint32_t faults_ = 0;
  std::uint32_t faults_left_ = 0;
};

}  // namespace luosim::sim
