// SPDX-License-Identifier: Apache-2.0
#include "app/report/run_junit.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "app/report/xml_text.hpp"

namespace luosim::app {

namespace {

// Simulated seconds; put together from integers, because no number passes through floating point.
std::string seconds_text(std::int64_t nanoseconds) {
  return fmt::format("{}.{:09}", nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000);
}

std::string failure_element(const RunResult& run) {
  const std::vector<std::string> reasons = reasons_of(run);
  std::string all;
  for (const std::string& reason : reasons) all += reason + '\n';
  return fmt::format("    <failure message=\"{}\" type=\"{}\">{}</failure>\n",
                     xml_text(reasons.empty() ? word_of(run.verdict) : reasons.front()),
                     word_of(run.verdict), xml_text(all));
}

std::string case_element(const RunResult& run) {
  const std::string parameters = parameters_text(run);
  std::string text =
      fmt::format("  <testcase classname=\"{}\" name=\"{}\" time=\"{}\">\n", xml_text(run.scenario),
                  xml_text(parameters.empty() ? run.title : run.title + ": " + parameters),
                  seconds_text(run.end.ns));
  if (run.verdict == Verdict::incomplete)
    text += fmt::format("    <skipped message=\"stopped: {}\"/>\n", world::word_of(run.stop));
  if (run.verdict == Verdict::fail || run.verdict == Verdict::vacuous) text += failure_element(run);
  text += fmt::format("    <system-out>replay: {}</system-out>\n", xml_text(replay_line(run)));
  return text + "  </testcase>\n";
}

}  // namespace

std::string run_junit(std::span<const RunResult> runs) {
  std::string cases;
  std::int64_t time = 0;
  std::size_t failures = 0;
  std::size_t skipped = 0;
  for (const RunResult& run : runs) {
    cases += case_element(run);
    time += run.end.ns;
    failures += run.verdict == Verdict::fail || run.verdict == Verdict::vacuous ? 1 : 0;
    skipped += run.verdict == Verdict::incomplete ? 1 : 0;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuite name=\"luosim run\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" "
      "time=\"{}\">\n{}</testsuite>\n",
      runs.size(), failures, skipped, seconds_text(time), cases);
}

}  // namespace luosim::app
