// SPDX-License-Identifier: Apache-2.0
//
// A way through a scenario with its history: forth, back, and off into another branch. Point 0 is
// the machine that has just been switched on; point n is where n moves have led. Some points are
// kept as copies, the others are played again from the one before, which gives them bit for bit.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "app/step/walk.hpp"

namespace luosim::app {

class Session {
 public:
  explicit Session(std::unique_ptr<Walk> walk);

  const Moment& now() const { return *now_; }
  std::size_t point() const { return point_; }
  /// The last point that was ever reached on this branch; going back leaves it there.
  std::size_t last_point() const { return moves_.size(); }
  /// What the log says of point 0.
  const std::vector<std::string>& opening() const { return opening_; }
  /// What was played before point 0: as Story::order and Story::faults.
  const std::vector<world::OrderPart>& order_before() const { return order_before_; }
  const std::vector<sim::AskedFault>& faults_before() const { return faults_before_; }
  /// What led from point `index` to the one behind it.
  const Happened& happened(std::size_t index) const { return happened_[index]; }
  Walk& walk() const { return *walk_; }

  /// Goes on: where it went before if it has been here, else by the walk's next move. Nothing at
  /// the end.
  const Happened* step();
  /// Goes on by this move, which must be possible; what was recorded behind this point is forgotten
  /// unless it is the same move.
  const Happened& take(Move move);
  /// Goes to a point of the history, which must be there.
  void go_to(std::size_t point);
  /// A point of the history, without going there.
  Moment at(std::size_t point) const;

 private:
  void forget_what_follows();
  void keep_copy();

  std::unique_ptr<Walk> walk_;
  std::vector<std::string> opening_;
  std::vector<world::OrderPart> order_before_;
  std::vector<sim::AskedFault> faults_before_;
  std::optional<Moment> now_;
  std::size_t point_ = 0;
  std::vector<Move> moves_;
  std::vector<Happened> happened_;
  std::map<std::size_t, Moment> copies_;  // by point; 0 is always there
  std::size_t distance_ = 1;              // of the copies
};

}  // namespace luosim::app
