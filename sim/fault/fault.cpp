// SPDX-License-Identifier: Apache-2.0
#include "sim/fault/fault.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

namespace luosim::sim {

bool operator==(const FaultRule& left, const FaultRule& right) {
  const auto what_decides = [](const FaultRule& rule) {
    return std::tie(rule.site, rule.instance, rule.skip, rule.times, rule.value, rule.per_million,
                    rule.from, rule.until);
  };
  return what_decides(left) == what_decides(right);
}

bool Faults::is_empty() const {
  return std::all_of(rules_.begin(), rules_.end(), std::mem_fn(&FaultRule::is_spent));
}

void Faults::replace(const FaultRule& rule) {
  std::erase_if(rules_, [&](const FaultRule& other) {
    return other.site == rule.site && other.instance == rule.instance;
  });
  rules_.push_back(rule);
}

std::optional<std::int32_t> Faults::consult(FaultSiteId site, std::uint32_t instance,
                                            std::uint32_t other_instance, SimTime now,
                                            Choice& choice) {
  for (FaultRule& rule : rules_) {
    if (rule.site != site || rule.is_spent()) continue;
    if (rule.instance != 0 && rule.instance != instance && rule.instance != other_instance)
      continue;
    if (now < rule.from || now >= rule.until) continue;
    if (rule.skip > 0) {
      --rule.skip;
      continue;
    }
    if (rule.per_million < 1'000'000) {
      const ChoiceLabel label{site.hash, instance};
      if (!choice.happens(rule.per_million, label)) continue;
      choice.note_fault(label, rule.value);
    }
    ++rule.fired;
    if (rule.times != FaultRule::kForever) --rule.times;
    return rule.value;
  }
  return std::nullopt;
}

void Faults::add_to(Hasher& hasher, SimTime now) const {
  const auto is_over = [&](const FaultRule& rule) { return rule.is_spent() || rule.until <= now; };
  hasher.add(std::int64_t{std::count_if(rules_.begin(), rules_.end(), std::not_fn(is_over))});
  for (FaultRule rule : rules_) {
    if (is_over(rule)) continue;
    rule.from.ns = std::max<std::int64_t>(rule.from.ns - now.ns, 0);
    if (rule.until.ns != INT64_MAX) rule.until.ns -= now.ns;
    hasher.add(rule.site);
    hasher.add(rule.instance);
    hasher.add(rule.skip);
    hasher.add(rule.times);
    hasher.add(rule.value);
    hasher.add(rule.per_million);
    hasher.add(rule.from);
    hasher.add(rule.until);
  }
}

}  // namespace luosim::sim
