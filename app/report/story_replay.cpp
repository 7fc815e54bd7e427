// SPDX-License-Identifier: Apache-2.0
#include "app/report/story_replay.hpp"

#include <utility>

#include "sim/explore/expand.hpp"

namespace luosim::app {

namespace {

// Of the successors of a state, which are all tried, only one is what happened.
class OneSuccessor final : public sim::Trace {
 public:
  OneSuccessor(const world::World& world, RunWatcher& watcher) : world_(world), watcher_(watcher) {}

  void write(const sim::Record& record) override {
    if (is_shown) watcher_.look(record, world_);
  }

  bool is_shown = false;

 private:
  const world::World& world_;  // on the workbench
  RunWatcher& watcher_;
};

}  // namespace

void replay_story(const world::WorldModel& model, std::span<const std::uint32_t> path,
                  const Story& story, RunWatcher& watcher) {
  sim::explore::Workbench<world::WorldWalker> bench;
  OneSuccessor trace(bench.successor->world, watcher);
  world::WorldWalker walker = model.walker();
  walker.watch(&trace);
  world::ExploredState state = model.initial();
  for (std::size_t move = 0; move < path.size(); ++move) {
    const std::uint32_t wanted = path[move];
    world::ExploredState next = state;
    watcher.begin_move(story.moves[move].who, story.moves[move].what);
    // Successors come in the order of their numbers.
    trace.is_shown = wanted == 0;
    sim::explore::expand(walker, std::as_const(state), walker.choice(), bench,
                         [&](const sim::explore::Successor<world::WorldWalker>& successor) {
                           trace.is_shown = successor.ordinal + 1 == wanted;
                           if (successor.ordinal != wanted) return true;
                           next = successor.state;
                           return false;
                         });
    state = std::move(next);
  }
  watcher.end(state.world);
}

}  // namespace luosim::app
