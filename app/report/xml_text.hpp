// SPDX-License-Identifier: Apache-2.0
//
// Text that stands in XML, for the reports that test tools read.
#pragma once

#include <string>
#include <string_view>

namespace luosim::app {

/// For an element or an attribute in double quotes. Characters that XML 1.0 cannot have become
/// `?`: a file name may have any.
std::string xml_text(std::string_view text);

}  // namespace luosim::app
