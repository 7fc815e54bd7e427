// SPDX-License-Identifier: Apache-2.0
//
// Figures of a run that only machines with devices have: what their accesses and interrupts did
// while nobody looked after them, and what became of the commands of the guests' loads.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/world/blueprint.hpp"
#include "model/world/world.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::world {

/// Takes the records of a run one by one; there are millions.
class DeviceMetrics {
 public:
  explicit DeviceMetrics(const Blueprint& blueprint);

  void take(const sim::Record& record);
  /// Adds all figures; nothing for a machine without devices.
  void add_to(std::map<std::string, std::int64_t>& metrics, const World& end) const;

 private:
  static constexpr std::uint32_t kNobody = 0xFFFF'FFFF;

  bool is_in_blackout(std::uint64_t function) const;
  void take_access(const sim::Record& record);
  void take_interrupt(const sim::Record& record);
  void set_paused(sim::Symbol vm, bool is_paused);

  const Blueprint& blueprint_;
  std::vector<std::uint32_t> owners_;  // VM by function; kNobody: the host's
  std::vector<bool> is_paused_;        // by VM
  bool has_jumped_ = false;            // and the next kernel has not booted
  std::int64_t dma_during_blackout_ = 0;
  std::int64_t dma_to_unowned_pages_ = 0;
  std::int64_t dma_faulted_ = 0;
  std::int64_t irq_during_blackout_ = 0;
  std::int64_t irq_lost_ = 0;
};

}  // namespace luosim::world
