// SPDX-License-Identifier: Apache-2.0
#include "model/world/explored_checks.hpp"

#include "model/guarantees/all.hpp"
#include "model/world/checks.hpp"
#include "model/world/headway.hpp"

namespace luosim::world {

ExploredChecks::ExploredChecks(const Blueprint& blueprint)
    : blueprint_(blueprint), checks_(guarantees::all()) {}

void ExploredChecks::begin(ExploredState& state) {
  state_ = &state;
  machine_.emplace(machine_of(state.world, blueprint_));
  checks_.exchange_notes(state.notes);
  checks_.forget_violations();
  places_.clear();
  has_made_headway_ = false;
}

void ExploredChecks::end() {
  checks_.exchange_notes(state_->notes);
}

void ExploredChecks::write(const sim::Record& record) {
  if (watcher != nullptr) watcher->write(record);
  checks_.see(record, *machine_);
  has_made_headway_ |= is_headway(record);
  const std::size_t found = checks_.violations().size();
  if (found != places_.size())
    places_.resize(found, place_of(state_->world, blueprint_, record.task));
}

}  // namespace luosim::world
