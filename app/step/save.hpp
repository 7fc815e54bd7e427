// SPDX-License-Identifier: Apache-2.0
//
// The way of a session as a scenario that `luosim run` replays.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "app/cli/load.hpp"
#include "app/step/session.hpp"

namespace luosim::app {

struct SavedWay {
  std::string text;
  std::uint64_t steps = 0;  ///< after so many `luosim run` is where the session is
};

/// Where the session went in order of time, the scenario goes there by itself; else the order of
/// steps is written down as well. The text is replayed before it is given away: the message says if
/// a replay does not come to the same state.
tl::expected<SavedWay, std::string> scenario_of_way(const Session& session,
                                                    const std::string& source_text,
                                                    const std::vector<std::string>& settings,
                                                    const Loaded& loaded);

}  // namespace luosim::app
