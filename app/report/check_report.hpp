// SPDX-License-Identifier: Apache-2.0
//
// What an exploration answers, for people, for programs and for test tools.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/report/run_report.hpp"
#include "app/report/story.hpp"
#include "sim/explore/result.hpp"

namespace luosim::app {

struct CheckResult {
  std::string scenario;  ///< as it was named on the command line
  std::string title;
  std::string protocol;
  Verdict verdict = Verdict::pass;
  sim::explore::Result search;
  std::string ending;        ///< of the search, in words
  std::uint64_t memory = 0;  ///< bytes of the process, at most; 0: the system does not tell
  sim::explore::Compaction compaction = sim::explore::Compaction::bits128;
  std::uint32_t threads = 1;
  std::uint32_t faults = 0;
  std::size_t fault_sites = 0;
  std::vector<std::string> switched_off;  ///< reductions
  double seconds = 0;
  std::vector<Story> stories;            ///< of the search's counterexamples
  std::vector<std::string> expected;     ///< broken as the scenario says
  std::vector<std::string> not_reached;  ///< claims of what should be reached at some time, and
                                         ///< violations that the scenario expects
  std::size_t guarantees = 0;
  std::vector<std::string> counterexample_files;  ///< in which counterexamples were written
};

std::string check_text(const CheckResult& result, bool with_stories);
nlohmann::ordered_json check_json(const CheckResult& result);
/// One test case for each guarantee.
std::string check_junit(const CheckResult& result);

}  // namespace luosim::app
