// SPDX-License-Identifier: Apache-2.0
//
// Looks at a campaign while it works: stops it at a limit of time or when somebody presses Ctrl-C,
// and shows on a terminal how far it is. Limits and the rate need a clock; nothing that is drawn or
// printed as an answer does.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>

#include "app/fuzz/campaign.hpp"

namespace luosim::app {

class FuzzWatch {
 public:
  /// `max_seconds` of zero: no limit. `cases` are those that were asked for.
  FuzzWatch(std::uint64_t max_seconds, std::uint64_t cases, std::ostream& errors);

  /// Whether the campaign has to stop.
  bool look(const CampaignResult& campaign);
  /// Ends the line of progress, if there is one, and tells the rate.
  void finish(const CampaignResult& campaign);

 private:
  double seconds() const;
  void show(const CampaignResult& campaign);

  std::uint64_t max_seconds_;
  std::uint64_t cases_;
  std::ostream& errors_;
  bool is_terminal_;
  bool has_shown_ = false;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point shown_;
};

}  // namespace luosim::app
