// SPDX-License-Identifier: Apache-2.0
#include "sim/choice/enumerated.hpp"

#include "sim/core/assert.hpp"

namespace luosim::sim {

namespace {
constexpr std::uint32_t kAlways = 1'000'000;
}

void EnumeratedChoice::begin(std::uint32_t faults) {
  made_.clear();
  settled_.reset();
  position_ = 0;
  faults_ = faults;
  faults_left_ = faults;
}

void EnumeratedChoice::settle(ChoiceLabel label, std::uint32_t chosen) {
  settled_ = {label, 0, chosen};
}

bool EnumeratedChoice::next() {
  require(position_ == made_.size(), "the step asks the same questions as the time before");
  while (!made_.empty() && made_.back().chosen + 1 == made_.back().alternatives) made_.pop_back();
  if (made_.empty()) return false;
  ++made_.back().chosen;
  position_ = 0;
  faults_left_ = faults_;
  return true;
}

std::uint32_t EnumeratedChoice::choose(std::uint32_t alternatives, ChoiceLabel label) {
  require(alternatives > 0, "a choice has at least one alternative");
  if (settled_ && settled_->label == label) {
    require(settled_->chosen < alternatives, "what is settled is one of the alternatives");
    return settled_->chosen;
  }
  if (alternatives == 1) return 0;
  if (position_ == made_.size()) made_.push_back({label, alternatives, 0});
  const MadeChoice& made = made_[position_++];
  require(made.label == label && made.alternatives == alternatives,
          "the step asks the same questions as the time before");
  return made.chosen;
}

bool EnumeratedChoice::happens(std::uint32_t per_million, ChoiceLabel label) {
  if (per_million == 0 || per_million >= kAlways) return per_million != 0;
  return choose(2, label) == 1;
}

std::optional<std::int32_t> EnumeratedChoice::strikes(ChoiceLabel label) {
  if (faults_left_ == 0) return std::nullopt;
  const SiteFaults* site = find_site(fault_sites_, label.what);
  if (site == nullptr) return std::nullopt;
  const std::uint32_t chosen = choose(1 + static_cast<std::uint32_t>(site->values.size()), label);
  if (chosen == 0) return std::nullopt;
  --faults_left_;
  return site->values[chosen - 1];
}

}  // namespace luosim::sim
