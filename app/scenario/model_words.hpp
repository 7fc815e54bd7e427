// SPDX-License-Identifier: Apache-2.0
//
// Readers of words that the model owns and that come in as lists (load_options.hpp). Without a list
// there is nothing to hold a word against, and any is taken.
#pragma once

#include <optional>
#include <string>

#include "app/scenario/fields.hpp"
#include "app/scenario/load_context.hpp"
#include "app/scenario/node.hpp"

namespace luosim::app {

// Each reader reports, and returns nothing, if the word is unknown.

std::optional<std::string> read_protocol(LoadContext&, const Field&, const Node&);
std::optional<std::string> read_guarantee(LoadContext&, const Field&, const Node&);

/// What the pair says that a knob is set to.
std::optional<std::string> read_knob_word(LoadContext&, const Entry&);

}  // namespace luosim::app
