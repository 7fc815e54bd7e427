// SPDX-License-Identifier: Apache-2.0
//
// `--report F.html`: a story as one page that needs nothing but a browser. The page is the same for
// every story; what it shows is one JSON object in it, which docs/report.md describes.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "app/report/check_report.hpp"
#include "app/report/report_recorder.hpp"
#include "app/report/run_report.hpp"

namespace luosim::app {

/// Raised when a field changes its meaning or goes away.
inline constexpr std::uint32_t kReportFormat = 1;

/// Of a run; `text` is the scenario as it was read.
nlohmann::ordered_json report_json(const RunResult& result, const std::string& text,
                                   const ReportRecorder& recorder);

/// Of a counterexample.
nlohmann::ordered_json report_json(const CheckResult& result, const Story& story,
                                   const std::string& text, const ReportRecorder& recorder);

/// The whole file.
std::string report_html(const nlohmann::ordered_json& report);

}  // namespace luosim::app
