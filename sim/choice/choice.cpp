// SPDX-License-Identifier: Apache-2.0
#include "sim/choice/choice.hpp"

#include <algorithm>

#include "sim/core/assert.hpp"

namespace luosim::sim {

namespace {
constexpr std::uint64_t kMillion = 1'000'000;
}

const SiteFaults* find_site(std::span<const SiteFaults> sites, std::uint32_t site) {
  const auto found = std::lower_bound(
      sites.begin(), sites.end(), site,
      [](const SiteFaults& each, std::uint32_t wanted) { return each.site < wanted; });
  return found != sites.end() && found->site == site ? &*found : nullptr;
}

std::optional<std::int32_t> Choice::strikes(ChoiceLabel /*label*/) {
  return std::nullopt;
}

std::uint32_t ScriptedChoice::choose(std::uint32_t alternatives, ChoiceLabel /*label*/) {
  require(alternatives > 0, "a choice has at least one alternative");
  return 0;
}

bool ScriptedChoice::happens(std::uint32_t per_million, ChoiceLabel /*label*/) {
  return per_million >= kMillion;
}

std::uint32_t SeededChoice::choose(std::uint32_t alternatives, ChoiceLabel /*label*/) {
  require(alternatives > 0, "a choice has at least one alternative");
  return static_cast<std::uint32_t>(stream_.below(alternatives));
}

bool SeededChoice::happens(std::uint32_t per_million, ChoiceLabel /*label*/) {
  return stream_.below(kMillion) < per_million;
}

std::uint32_t RecordingChoice::choose(std::uint32_t alternatives, ChoiceLabel label) {
  const std::uint32_t chosen = inner_.choose(alternatives, label);
  made_.push_back({label, alternatives, chosen});
  return chosen;
}

bool RecordingChoice::happens(std::uint32_t per_million, ChoiceLabel label) {
  const bool chosen = inner_.happens(per_million, label);
  made_.push_back({label, 2, chosen ? 1U : 0U});
  return chosen;
}

std::uint32_t RecordedChoice::choose(std::uint32_t alternatives, ChoiceLabel label) {
  if (diverged_ || position_ == recorded_.size()) {
    diverged_ = true;
    return 0;
  }
  const MadeChoice& recorded = recorded_[position_];
  if (recorded.label != label || recorded.alternatives != alternatives ||
      recorded.chosen >= alternatives) {
    diverged_ = true;
    return 0;
  }
  ++position_;
  return recorded.chosen;
}

bool RecordedChoice::happens(std::uint32_t /*per_million*/, ChoiceLabel label) {
  return choose(2, label) == 1;
}

}  // namespace luosim::sim
