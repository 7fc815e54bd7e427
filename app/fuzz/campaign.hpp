// SPDX-License-Identifier: Apache-2.0
//
// Variations of one scenario, one after the other, each played with all guarantees. What breaks for
// a cause that is new is made as small as it goes and kept as a scenario file. The same seed gives
// the same campaign, byte for byte.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/fuzz/material.hpp"
#include "app/fuzz/trial.hpp"

namespace luosim::app {

struct CampaignResult;

struct CampaignOptions {
  std::uint64_t cases = 1000;
  std::uint64_t seed = 0;
  std::set<std::string> expected{};  ///< guarantees that are known to be broken
  /// Asked before each case and each attempt to make one smaller, with what there is so far.
  std::function<bool(const CampaignResult&)> wants_stop{};
};

/// The smallest story that was found of one cause.
struct Culprit {
  BrokenCause cause;
  std::string sentence;     ///< of the guarantee, in that story
  std::uint64_t found = 0;  ///< number of the case, from 1
  std::uint64_t tries = 0;  ///< variations played to make it small
  std::size_t calls = 0;    ///< entries of its scripts
  std::size_t faults = 0;
  std::string file_name;  ///< `one-token-a-file-1.yaml`
  std::string text;       ///< of the file, which `luosim run` passes
  bool replays = true;    ///< that is so; false is a mistake of luosim
};

/// What was generated.
struct Distribution {
  std::map<std::string, std::uint64_t> calls;      ///< that were made, by verb
  std::map<std::string, std::uint64_t> faults;     ///< that struck, by site
  std::map<std::string, std::uint64_t> phases;     ///< that were entered
  std::map<std::uint64_t, std::uint64_t> lengths;  ///< cases by calls made, in steps of ten
  std::uint64_t cut_short = 0;                     ///< cases that took more than kStepsOfTrial
};

struct CampaignResult {
  std::uint64_t cases = 0;   ///< that were played
  std::uint64_t broken = 0;  ///< of these
  bool was_stopped = false;
  std::vector<Culprit> culprits;  ///< in the order of finding
  Distribution distribution;
  std::string refused;  ///< a variation that could not be loaded, a mistake of luosim; else empty
};

/// The file of a variation, ready to be loaded.
std::string text_of(const Node& root, const Variation& variation);

CampaignResult run_campaign(const Node& root, const Material& material,
                            const CampaignOptions& options);

}  // namespace luosim::app
