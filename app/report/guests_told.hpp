// SPDX-License-Identifier: Apache-2.0
//
// Of which guests a report tells: nobody reads the same story of five hundred, and each of their
// steps shows the state of all.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "model/userspace/cast.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::app {

class GuestsTold {
 public:
  /// Of more guests than this one of so many is told, the first among them.
  static constexpr std::size_t kMost = 64;

  /// Of all that there may be.
  GuestsTold() = default;
  explicit GuestsTold(std::span<const userspace::VmPlan> vms);

  /// Whether a record names a guest of which nothing is told, or a file or device of one.
  bool leaves_out(const sim::Record& record) const;
  bool leaves_out_some() const { return told_ < all_; }
  std::size_t told() const { return told_; }
  std::size_t all() const { return all_; }

 private:
  std::size_t told_ = 0;
  std::size_t all_ = 0;
  std::vector<sim::Symbol> untold_;  // sorted
};

}  // namespace luosim::app
