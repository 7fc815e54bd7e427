// SPDX-License-Identifier: Apache-2.0
//
// The small languages inside of a script entry: the command after `do:`, and what `at:`, `after:`,
// `when:` and `expect:` say. Each is a few words, so each reader is a table of first words.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "app/scenario/fields.hpp"
#include "app/scenario/load_context.hpp"
#include "app/scenario/node.hpp"
#include "model/world/scenario.hpp"

namespace luosim::app {

/// The phases of a live update, as the kernel prints them.
inline constexpr std::array<std::string_view, 4> kPhaseWords{"normal", "prepared", "frozen",
                                                             "updated"};

/// `do: preserve a b`: stores verb and arguments into the entry.
void store_command(LoadContext&, const Field&, Target, const Node&);

/// `preserve: [a, b]`: the key of the row is the verb, the value has the arguments.
void store_arguments(LoadContext&, const Field&, Target, const Node&);

/// The same for an op of a free actor: `preserve a`, `preserve: [a, b]` for any of them, and bare
/// `preserve` for whatever there is, which only the whole scenario can tell.
void store_op_command(LoadContext&, const Field&, Target, const Node&);
void store_op_arguments(LoadContext&, const Field&, Target, const Node&);

// Each reader reports, and returns nothing, if the text is not what it reads.

std::optional<world::Timing> read_timing(LoadContext&, const Field&, const Node&);
std::optional<world::Awaited> read_awaited(LoadContext&, const Field&, const Node&);
std::optional<world::Condition> read_condition(LoadContext&, const Field&, const Node&);
std::optional<world::ExpectedResult> read_outcome(LoadContext&, const Field&, const Node&);

}  // namespace luosim::app
