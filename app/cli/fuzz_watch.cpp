// SPDX-License-Identifier: Apache-2.0
#include "app/cli/fuzz_watch.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace luosim::app {

bool FuzzWatch::look(const CampaignResult& campaign) {
  if (line_.is_due()) {
    line_.show(fmt::format("{} of {} cases, {} broken, {} causes made small", campaign.cases,
                           cases_, campaign.broken, campaign.culprits.size()));
  }
  return line_.wants_stop();
}

void FuzzWatch::finish(const CampaignResult& campaign) {
  line_.end();
  errors_ << fmt::format("luosim: {:.1f} s, {:.0f} cases/s\n", line_.seconds(),
                         static_cast<double>(campaign.cases) / std::max(line_.seconds(), 1e-9));
}

}  // namespace luosim::app
