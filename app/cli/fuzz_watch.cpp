// SPDX-License-Identifier: Apache-2.0
#include "app/cli/fuzz_watch.hpp"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>
#include <unistd.h>

#include "app/cli/interrupt.hpp"

namespace luosim::app {

namespace {

constexpr auto kBetweenLines = std::chrono::milliseconds(500);

}  // namespace

FuzzWatch::FuzzWatch(std::uint64_t max_seconds, std::uint64_t cases, std::ostream& errors)
    : max_seconds_(max_seconds),
      cases_(cases),
      errors_(errors),
      is_terminal_(isatty(STDERR_FILENO) != 0),
      begin_(std::chrono::steady_clock::now()),
      shown_(begin_) {}

double FuzzWatch::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

bool FuzzWatch::look(const CampaignResult& campaign) {
  if (is_terminal_ && std::chrono::steady_clock::now() - shown_ > kBetweenLines) show(campaign);
  if (*interrupt_flag() != 0) return true;
  return max_seconds_ != 0 && seconds() > static_cast<double>(max_seconds_);
}

void FuzzWatch::show(const CampaignResult& campaign) {
  shown_ = std::chrono::steady_clock::now();
  has_shown_ = true;
  errors_ << fmt::format("\r{} of {} cases, {} broken, {} causes made small   ", campaign.cases,
                         cases_, campaign.broken, campaign.culprits.size())
          << std::flush;
}

void FuzzWatch::finish(const CampaignResult& campaign) {
  if (has_shown_) errors_ << '\n';
  errors_ << fmt::format("luosim: {:.1f} s, {:.0f} cases/s\n", seconds(),
                         static_cast<double>(campaign.cases) / std::max(seconds(), 1e-9));
}

}  // namespace luosim::app
