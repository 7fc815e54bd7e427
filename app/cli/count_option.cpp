// SPDX-License-Identifier: Apache-2.0
#include "app/cli/count_option.hpp"

#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/scenario/diagnostic.hpp"
#include "app/scenario/units.hpp"

namespace luosim::app {

void expect_count(CLI::Option* option, CountRange range) {
  // CLI11 itself would read `-5` as the largest numbers and `010` as 8.
  option->check([range](const std::string& word) -> std::string {
    const auto number = parse_count(word);
    if (number && *number >= range.least && *number <= range.most) return {};
    return fmt::format("expected a whole number from {} to {}, not {}", range.least, range.most,
                       app::quoted(word));
  });
}

}  // namespace luosim::app
