// SPDX-License-Identifier: Apache-2.0
//
// Overrides from the command line. They change the tree of the file before it is read, so that an
// override is checked exactly like what stands in the file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "app/scenario/node.hpp"

namespace luosim::app {

/// What to do about a list or a mapping, which a value of `--set` never is.
inline constexpr char kOnlyScalarsAreSet[] =
    "lists and mappings cannot be set, only what is in them";

/// Where what comes from the setting of this index stands.
Place place_of_setting(std::size_t index);
/// Whether it comes from a setting at all. Which one is index_of_setting().
bool is_of_a_setting(const Place& place);
std::size_t index_of_setting(const Place& place);

/// Puts `value` under the path of `setting`, which reads `a.b.c=value`; mappings on the way are
/// made if they are missing. All that is made stands at `place`. Empty if it worked, else what is
/// wrong with the setting.
std::string apply_setting(Node& root, std::string_view setting,
                          const Place& place = place_of_setting(0));

/// `--set vms.vm0.memory=4GiB`, for messages.
std::string text_of_setting(std::string_view setting);

}  // namespace luosim::app
