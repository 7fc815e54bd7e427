// SPDX-License-Identifier: Apache-2.0
#include "app/cli/fault_sites.hpp"

#include <algorithm>
#include <charconv>
#include <ostream>
#include <string_view>

#include <fmt/format.h>

#include "app/scenario/errno_names.hpp"
#include "model/world/vocabulary.hpp"

namespace luosim::app {

namespace {

// Where the protocol itself can fail: what is asked of participants, of memory and of a lock.
const std::vector<std::string> kUsualSites{"luo.*", "kho.*", "mm.*", "kernel.descriptor",
                                           "agent.crash"};

// One argument of `--sites`.
struct Pattern {
  std::string_view site;             // with a `*` at the end that stands for anything
  std::vector<std::int32_t> values;  // none: what a failure of the site itself is

  bool matches(std::string_view name) const {
    if (site.empty() || site.back() != '*') return name == site;
    return name.starts_with(site.substr(0, site.size() - 1));
  }
};

bool can_strike(const sim::FaultSite& site) {
  return site.value < 0 || site.name == "agent.crash";
}

// `EIO`, or a number that is not 0: with 0 nothing would go wrong.
std::optional<std::int32_t> value_named(std::string_view word) {
  if (const auto number = errno_number(word)) return -*number;
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  const bool is_number = error == std::errc() && end == word.data() + word.size();
  return is_number && value != 0 ? std::optional(value) : std::nullopt;
}

std::optional<Pattern> pattern_of(std::string_view text, std::ostream& errors) {
  const std::size_t equals = text.find('=');
  Pattern pattern{text.substr(0, equals), {}};
  if (equals == std::string_view::npos) return pattern;
  for (std::size_t begin = equals + 1; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    const auto value = value_named(word);
    if (!value) {
      errors << fmt::format(
          "luosim: --sites {}: '{}' is neither an error such as EIO nor a number other than 0\n",
          text, word);
      return std::nullopt;
    }
    pattern.values.push_back(*value);
    begin = end + 1;
  }
  return pattern;
}

// False, and the reason on `errors`, if no site is meant.
bool add_faults(const Pattern& pattern, std::vector<sim::FaultSite>& faults, std::ostream& errors) {
  bool is_known = false;
  const std::size_t before = faults.size();
  for (const sim::FaultSite& site : world::fault_sites()) {
    if (!pattern.matches(site.name)) continue;
    is_known = true;
    if (pattern.values.empty() && can_strike(site)) faults.push_back(site);
    for (const std::int32_t value : pattern.values)
      faults.push_back({site.name, site.about, value});
  }
  if (faults.size() > before) return true;
  errors << (is_known ? fmt::format("luosim: --sites: '{0}' has no failure of its own: say what a "
                                    "call returns, as in {0}=EIO or {0}=1\n",
                                    pattern.site)
                      : fmt::format("luosim: --sites: no fault site is named '{}' (luosim explain "
                                    "faults lists them)\n",
                                    pattern.site));
  return false;
}

// The same fault is meant once, in the order of the sites.
std::vector<sim::FaultSite> without_repetitions(const std::vector<sim::FaultSite>& faults) {
  std::vector<sim::FaultSite> result;
  for (const sim::FaultSite& site : world::fault_sites()) {
    for (const sim::FaultSite& fault : faults) {
      const bool is_there = std::any_of(result.begin(), result.end(), [&](const auto& each) {
        return each.name == fault.name && each.value == fault.value;
      });
      if (fault.name == site.name && !is_there) result.push_back(fault);
    }
  }
  return result;
}

}  // namespace

std::optional<std::vector<sim::FaultSite>> faults_named(const std::vector<std::string>& patterns,
                                                        std::ostream& errors) {
  std::vector<sim::FaultSite> faults;
  for (const std::string& text : patterns.empty() ? kUsualSites : patterns) {
    const auto pattern = pattern_of(text, errors);
    if (!pattern || !add_faults(*pattern, faults, errors)) return std::nullopt;
  }
  return without_repetitions(faults);
}

std::optional<std::vector<sim::SiteFaults>> faults_that_may_strike(
    std::uint32_t faults, const std::vector<std::string>& patterns, std::ostream& errors) {
  const auto named = faults_named(patterns, errors);
  if (!named) return std::nullopt;
  return faults == 0 ? std::vector<sim::SiteFaults>() : world::site_faults(*named);
}

}  // namespace luosim::app
