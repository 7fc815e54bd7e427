// SPDX-License-Identifier: Apache-2.0
#include "sim/fault/fault.hpp"

#include <algorithm>
#include <functional>

namespace luosim::sim {

void Faults::replace(const FaultRule& rule) {
  std::erase_if(rules_, [&](const FaultRule& other) {
    return other.site == rule.site && other.instance == rule.instance;
  });
  rules_.push_back(rule);
}

std::optional<std::int32_t> Faults::consult(FaultSiteId site, std::uint32_t instance,
                                            std::uint32_t other_instance, SimTime now,
                                            Choice& choice) {
  for (std::size_t index = 0; index < rules_.size(); ++index) {
    FaultRule& rule = rules_[index];
    if (rule.site != site) continue;
    if (rule.instance != 0 && rule.instance != instance && rule.instance != other_instance)
      continue;
    if (now < rule.from || now >= rule.until) continue;
    if (rule.skip > 0) {
      --rule.skip;
      continue;
    }
    if (rule.per_million < 1'000'000 && !choice.happens(rule.per_million, {site.hash, instance})) {
      continue;
    }
    const std::int32_t value = rule.value;
    if (rule.times != FaultRule::kForever && --rule.times == 0) {
      rules_.erase(rules_.begin() + static_cast<std::ptrdiff_t>(index));
    }
    return value;
  }
  return std::nullopt;
}

void Faults::add_to(Hasher& hasher, SimTime now) const {
  const auto is_over = [&](const FaultRule& rule) { return rule.until <= now; };
  hasher.add(std::int64_t{std::count_if(rules_.begin(), rules_.end(), std::not_fn(is_over))});
  for (FaultRule rule : rules_) {
    if (is_over(rule)) continue;
    rule.from.ns = std::max<std::int64_t>(rule.from.ns - now.ns, 0);
    if (rule.until.ns != INT64_MAX) rule.until.ns -= now.ns;
    hasher.add(rule);
  }
}

}  // namespace luosim::sim
