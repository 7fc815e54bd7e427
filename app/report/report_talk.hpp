// SPDX-License-Identifier: Apache-2.0
//
// Who turns to whom with a record, for the sequence view: a call goes from a process to LUO, a
// callback from LUO to a file type, a DMA from a device to memory.
#pragma once

#include <optional>
#include <string>

#include "app/report/record_words.hpp"
#include "model/world/blueprint.hpp"

namespace luosim::app {

struct Talk {
  std::string from;
  std::string to;          ///< the same as `from`: somebody does something by itself
  bool is_answer = false;  ///< to what was asked before
};

/// Nothing if the record is none of it, as a row of a program.
std::optional<Talk> talk_of(const sim::Record& record, const RecordName& name,
                            const RecordWords& words, const world::Blueprint& blueprint);

}  // namespace luosim::app
