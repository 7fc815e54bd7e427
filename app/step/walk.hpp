// SPDX-License-Identifier: Apache-2.0
//
// One way of going through a scenario step by step: in order of time as `luosim run` does, or by
// any order of moves as `luosim check` does. A walk keeps nothing of where one is: that is a
// `Moment`, a value, so that going back is taking an older one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/cli/load.hpp"
#include "app/report/log_line.hpp"
#include "app/report/story.hpp"
#include "model/luo/v2/phase.hpp"
#include "model/world/explored_state.hpp"
#include "model/world/order.hpp"
#include "sim/choice/choice.hpp"

namespace luosim::app {

/// A guarantee that was broken on the way.
struct BrokenOnTheWay {
  std::uint32_t guarantee = 0;  ///< index in guarantees::all()
  std::string cause;
  sim::SimTime time{};
  bool is_expected = false;  ///< by the scenario
};

/// Where one is.
struct Moment {
  world::ExploredState state;
  sim::SeededChoice chance;         ///< what the seed answers from here on; in order of time only
  std::optional<LogWriter> writer;  ///< is there
  std::vector<BrokenOnTheWay> broken;
  bool goes_by_order = false;  ///< somebody was let go on before who was first in time
  world::OrderPlace place{};   ///< in the order of the scenario; in order of time only
};

/// A way to go on. `answers` are those of the door to chance, in the order of its questions;
/// without them the seed answers.
struct Move {
  std::uint32_t number = 0;
  std::optional<std::vector<std::uint32_t>> answers = std::nullopt;
  friend bool operator==(const Move&, const Move&) = default;
};

/// A move that is possible, for people.
struct Offer {
  Move move;
  std::string who;
  std::string what;
  std::optional<sim::SimTime> due;   ///< in order of time: when it would happen by itself
  std::vector<std::string> answers;  ///< what the door answers: `fault luo.file.prepare:f1 strikes`
  bool is_call = false;              ///< that a free actor may make
};

/// A row of a program that ran.
struct RowTaken {
  sim::ProgramId program{};
  std::uint32_t row = 0;
};

/// What a move was.
struct Happened {
  StoryMove story;
  std::vector<world::OrderPart> order;  ///< who took the steps of it
  std::vector<RowTaken> rows;
  std::vector<luo::v2::Phase> phases;  ///< that were entered, in order; some are left at once
  std::vector<std::string> answers;    ///< as Offer::answers
  std::vector<BrokenOnTheWay> broken;
  bool left_time = false;  ///< from here on order counts
};

/// Where everything begins, and what the log says of it.
struct Beginning {
  Moment moment;
  std::vector<std::string> log;
  /// As Story::order and Story::faults, where something was played before it.
  std::vector<world::OrderPart> order{};
  std::vector<sim::AskedFault> faults{};
};

class Walk {
 public:
  virtual ~Walk() = default;

  virtual Beginning begin() = 0;
  /// Every move that is possible, in a fixed order.
  virtual std::vector<Offer> offers(const Moment& moment) = 0;
  /// The move that is taken without being told which; nothing at the end.
  virtual std::optional<Move> next(const Moment& moment) = 0;
  /// Whether nothing follows by itself: the next move is a call that somebody would have to choose.
  virtual bool has_to_choose(const Moment& moment) = 0;
  virtual Happened take(Moment& moment, const Move& move) = 0;
  /// Why nothing is possible any more.
  virtual std::string ending(const Moment& moment) = 0;
  virtual bool has_time() const = 0;
  virtual const world::Blueprint& blueprint() const = 0;
};

struct WalkOptions {
  std::uint64_t seed = 0;
  std::uint32_t faults = 0;                  ///< that may strike besides those of the scenario
  std::vector<sim::SiteFaults> fault_sites;  ///< sorted by site
};

/// `loaded` must outlive the walk.
std::unique_ptr<Walk> walk_in_time(const Loaded& loaded, WalkOptions options);
std::unique_ptr<Walk> walk_in_any_order(const Loaded& loaded, const WalkOptions& options);

/// `fault luo.file.prepare:f1 strikes`, of those that do; with what, if it is not what the site's
/// faults are by themselves.
std::vector<std::string> words_of_faults(const world::Blueprint& blueprint,
                                         const std::vector<sim::AskedFault>& faults);

}  // namespace luosim::app
