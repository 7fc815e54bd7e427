// SPDX-License-Identifier: Apache-2.0
//
// A story once more, record by record, for who wants to see the machine while it happens.
#pragma once

#include <cstdint>
#include <span>

#include "app/report/report_plan.hpp"
#include "app/report/story.hpp"

namespace luosim::app {

/// Walks the path of the counterexample that `story` tells, and shows `watcher` each of its moves.
void replay_story(const world::WorldModel& model, std::span<const std::uint32_t> path,
                  const Story& story, RunWatcher& watcher);

}  // namespace luosim::app
