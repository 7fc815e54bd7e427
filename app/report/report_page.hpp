// SPDX-License-Identifier: Apache-2.0
//
// The page of a report without its data, as it was when luosim was built: app/report/page.cmake
// makes report_page.cpp out of the files in page/.
#pragma once

#include <span>
#include <string_view>

namespace luosim::app {

struct ReportPage {
  std::string_view html;  ///< with marks where the rest goes
  std::string_view style;
  std::span<const std::string_view> scripts;  ///< parts of one module, in order
};

ReportPage report_page();

}  // namespace luosim::app
