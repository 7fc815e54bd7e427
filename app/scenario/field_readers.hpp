// SPDX-License-Identifier: Apache-2.0
//
// From a node to a value of the kind that a row asks for, with its range. Each reader reports what
// is wrong in the words of the row, so that every key of a scenario complains in the same way.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/scenario/fields.hpp"
#include "app/scenario/group_names.hpp"
#include "app/scenario/load_context.hpp"
#include "app/scenario/node.hpp"
#include "app/scenario/units.hpp"
#include "sim/core/time.hpp"

namespace luosim::app {

/// Longest duration of a scenario: a day, so that 100'000 of them in a row still fit in SimTime.
inline constexpr std::uint64_t kLongestDuration = 86'400'000'000'000;

// Each reader reports and returns nothing if the value is not what the row asks for. A null or
// refused node was reported by whoever held it.

std::optional<std::string> read_text(LoadContext&, const Field&, const Node&);
std::optional<std::string> read_name(LoadContext&, const Field&, const Node&);
std::optional<std::string> read_reference(LoadContext&, const Field&, const Node&);
std::optional<std::string_view> read_word(LoadContext&, const Field&, const Node&);
std::optional<bool> read_boolean(LoadContext&, const Field&, const Node&);
std::optional<std::uint64_t> read_integer(LoadContext&, const Field&, const Node&);
/// The range of the row is that of the size of the number.
std::optional<std::int64_t> read_signed(LoadContext&, const Field&, const Node&);
/// Decimal, or hexadecimal with `0x`, which JSON has as a text only.
std::optional<std::uint64_t> read_bits(LoadContext&, const Field&, const Node&);
std::optional<std::uint64_t> read_size(LoadContext&, const Field&, const Node&);
std::optional<sim::Duration> read_duration(LoadContext&, const Field&, const Node&);
std::optional<sim::SimTime> read_time(LoadContext&, const Field&, const Node&);
std::optional<std::uint32_t> read_percentage(LoadContext&, const Field&, const Node&);
/// The positive number of an errno name.
std::optional<std::int32_t> read_error_code(LoadContext&, const Field&, const Node&);
std::optional<std::int64_t> read_quantity(LoadContext&, const Field&, const Node&);
std::optional<std::vector<std::string_view>> read_word_list(LoadContext&, const Field&,
                                                            const Node&);
std::optional<std::vector<std::string>> read_reference_list(LoadContext&, const Field&,
                                                            const Node&);

/// The duration in `text` at `place`, within the range of the row.
std::optional<sim::Duration> duration_in(LoadContext&, const Field&, std::string_view text,
                                         const Place& place);

/// False, and reported, if the value is a list or a mapping; false and silent if it is nothing.
bool is_scalar(LoadContext&, const Field&, const Node&);

/// False, and reported, if `text` cannot be a name.
bool check_name(LoadContext&, std::string_view text, const Place& place);

/// False, and reported, if a copy would have too long a name.
bool check_copy_names(LoadContext&, const Group&);

/// The values of a list or the pairs of a mapping; none, and reported, if it is not one or has a
/// count out of range. Values that are nothing are reported here, and are among the result.
std::span<const Node> read_items(LoadContext&, const Field&, const Node&);
std::span<const Entry> read_entries(LoadContext&, const Field&, const Node&);

/// Remembers that names which the value of this row defines could not be read.
void lose_names(LoadContext&, const Field&);

/// Reports `'KEY' must be KIND, as in 'KEY: EXAMPLE'`.
void report_kind(LoadContext&, const Field&, const Place& place);

/// Reports `message` about `text`, which is none of `words`: with the nearest or, if they are few,
/// with all of them, or else with the topic of `luosim explain` that lists them.
void report_bad_word(LoadContext&, std::string message, std::string_view text,
                     std::span<const std::string_view> words, const Place& place,
                     std::string_view topic = {});

}  // namespace luosim::app
