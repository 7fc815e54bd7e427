// SPDX-License-Identifier: Apache-2.0
//
// A part of a view as text, and how a person names one: `memory`, `luo.files`, `nvme0`, or the
// beginning of such a name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

namespace luosim::app {

struct Part {
  std::string path;  ///< in full
  const nlohmann::ordered_json* value = nullptr;
};

/// The part that is meant. Where no path is called so, a device, VM, actor or file is; and where
/// none is, the only name that begins so. The message says what is wrong.
tl::expected<Part, std::string> find_meant(const nlohmann::ordered_json& view,
                                           std::string_view text);

/// What may follow `text` as the beginning of a part, in full and in order, one level deep.
std::vector<std::string> completions_of_part(const nlohmann::ordered_json& view,
                                             std::string_view text);

/// Members below each other, indented; an element of a list without parts of its own is one line.
std::string text_of_part(const Part& part);

}  // namespace luosim::app
