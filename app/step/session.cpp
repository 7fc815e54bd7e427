// SPDX-License-Identifier: Apache-2.0
#include "app/step/session.hpp"

#include <iterator>
#include <utility>

namespace luosim::app {

namespace {

// A copy of a machine with devices is some hundred kilobytes; a point between two copies is at most
// as many steps away as there are points between them.
constexpr std::size_t kMostCopies = 128;

}  // namespace

Session::Session(std::unique_ptr<Walk> walk) : walk_(std::move(walk)) {
  Beginning beginning = walk_->begin();
  opening_ = std::move(beginning.log);
  order_before_ = std::move(beginning.order);
  faults_before_ = std::move(beginning.faults);
  now_.emplace(std::move(beginning.moment));
  copies_.emplace(0, *now_);
}

void Session::forget_what_follows() {
  moves_.resize(point_);
  happened_.resize(point_);
  copies_.erase(copies_.upper_bound(point_), copies_.end());
}

// Too many are thinned out evenly.
void Session::keep_copy() {
  if (point_ % distance_ != 0) return;
  copies_.emplace(point_, *now_);
  if (copies_.size() <= kMostCopies) return;
  distance_ *= 2;
  std::erase_if(copies_, [&](const auto& copy) { return copy.first % distance_ != 0; });
}

const Happened* Session::step() {
  if (point_ < moves_.size()) return &take(moves_[point_]);
  const auto move = walk_->next(*now_);
  return move ? &take(*move) : nullptr;
}

// By value, for it may be one of the moves that are about to be forgotten.
const Happened& Session::take(Move move) {
  const bool is_known = point_ < moves_.size() && moves_[point_] == move;
  if (!is_known) forget_what_follows();
  Happened happened = walk_->take(*now_, move);
  if (!is_known) {
    moves_.push_back(std::move(move));
    happened_.push_back(std::move(happened));
  }
  ++point_;
  keep_copy();
  return happened_[point_ - 1];
}

Moment Session::at(std::size_t point) const {
  const auto nearest = std::prev(copies_.upper_bound(point));
  Moment moment = nearest->second;
  for (std::size_t index = nearest->first; index < point; ++index)
    walk_->take(moment, moves_[index]);
  return moment;
}

void Session::go_to(std::size_t point) {
  now_.emplace(at(point));
  point_ = point;
}

}  // namespace luosim::app
