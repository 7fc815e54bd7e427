// SPDX-License-Identifier: Apache-2.0
//
// Writes what the model did with one operation in the notation of the recorded vectors: counters
// read from the world, events made from the trace records of the operation.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/world/world.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::app {

/// Numbers the pages of participants from 0, over all generations.
class PageNumbers {
 public:
  void note(std::uint64_t address) { number_of_[address] = next_++; }
  /// `pgN` if the word is the address of a participant's page, else hexadecimal.
  std::string word(std::uint64_t value) const;

 private:
  std::map<std::uint64_t, std::uint64_t> number_of_;
  std::uint64_t next_ = 0;
};

/// `0`, `-EIO`, or a decimal number where the recordings have one.
std::string recorded_status(std::int64_t status);

/// The counters of field 3.
std::string counters_text(const world::World& world);
/// The reference counts of field 4.
std::string references_text(const world::World& world, const sim::Names& names);
/// Field 2.
std::string state_text(const world::World& world);
/// `PANIC(class)`, `OOPS`, `UB(freed:SITE)`; empty while the kernel runs.
std::string death_text(const kernel::Death& death);
/// The events of field 5, without its `ev=`.
std::string events_text(const std::vector<sim::Record>& records, const sim::Names& names,
                        PageNumbers& pages);
/// The outgoing tree as events; empty if the core points at none.
std::string dump_text(const world::World& world, const PageNumbers& pages);

}  // namespace luosim::app
