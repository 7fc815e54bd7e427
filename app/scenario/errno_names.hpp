// SPDX-License-Identifier: Apache-2.0
//
// Names and numbers of Linux error codes. The model is about Linux, so the numbers are those of
// its asm-generic headers and not those of the machine that luosim happens to be built for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace luosim::app {

/// The positive number of `name` (`EIO` is 5), 1 to 133; also of the aliases EWOULDBLOCK,
/// EDEADLOCK and ENOTSUP. Letter case matters.
std::optional<std::int32_t> errno_number(std::string_view name);

/// The name of a positive number, never an alias; empty if Linux has no such code.
std::string_view errno_name(std::int32_t number);

/// All names in the order of their numbers, then the aliases.
std::span<const std::string_view> errno_words();

}  // namespace luosim::app
