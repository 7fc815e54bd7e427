// SPDX-License-Identifier: Apache-2.0
//
// What a campaign of random variations answers: what broke, and what was generated, without which
// "nothing broke" says little. No clock has a say in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/fuzz/campaign.hpp"

namespace luosim::app {

struct FuzzResult {
  std::string scenario;               ///< as it was named on the command line
  std::vector<std::string> varied_by;  ///< options of what is varied, as a shell reads them
  std::string title;
  std::string protocol;
  std::uint64_t seed = 0;
  std::uint64_t cases = 0;    ///< that were asked for
  bool writes_files = false;  ///< else no culprit is a file, whatever it would be called
  CampaignResult campaign;
};

std::string fuzz_text(const FuzzResult& result);
nlohmann::ordered_json fuzz_json(const FuzzResult& result);

}  // namespace luosim::app
