// SPDX-License-Identifier: Apache-2.0
//
// Looks at a campaign while it works: stops it at a limit of time or when somebody presses Ctrl-C,
// and shows on a terminal how far it is. Limits and the rate need a clock; nothing that is drawn or
// printed as an answer does.
#pragma once

#include "app/cli/progress_line.hpp"
#include "app/fuzz/campaign.hpp"

namespace luosim::app {

class FuzzWatch {
 public:
  /// `max_seconds` of zero: no limit. `cases` are those that were asked for.
  FuzzWatch(std::uint64_t max_seconds, std::uint64_t cases, std::ostream& errors)
      : line_(max_seconds, errors), errors_(errors), cases_(cases) {}

  /// Whether the campaign has to stop.
  bool look(const CampaignResult& campaign);
  /// Ends the line of progress, if there is one, and tells the rate.
  void finish(const CampaignResult& campaign);

 private:
  ProgressLine line_;
  std::ostream& errors_;
  std::uint64_t cases_;
};

}  // namespace luosim::app
