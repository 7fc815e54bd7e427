// SPDX-License-Identifier: Apache-2.0
//
// All of a scenario that does not change while it runs. Copies of a world share one blueprint.
#pragma once

#include <string>
#include <vector>

#include "model/kernel/timing.hpp"
#include "model/kho/boot.hpp"
#include "model/userspace/cast.hpp"
#include "sim/core/name.hpp"

namespace luosim::world {

/// A participant that kernels may register: a subsystem or a handler.
struct ModulePlan {
  enum class Kind : std::uint8_t { test_subsystem, test_handler, memfd_handler };
  Kind kind = Kind::test_subsystem;
  fd::TestParticipant participant;  ///< of the test kinds
  sim::Symbol name{};
  luo::CallbackMask callbacks;
};

/// A kernel image.
struct ImagePlan {
  sim::Symbol name{};
  sim::Symbol version{};
  kernel::BootOptions options;
  std::vector<std::uint32_t> modules;  ///< indexes of modules, in order of registration
};

/// A file that the agent has when the first kernel is up.
struct FilePlan {
  sim::Symbol name{};
  sim::Symbol test_type{};  ///< empty: memfd
  std::uint64_t bytes = 0;
  std::uint64_t folio_bytes = 0;
  std::uint64_t hole_bytes = 0;
};

struct Blueprint {
  sim::Names names;
  std::uint64_t memory_bytes = 0;
  std::uint32_t cpus = 1;
  kho::ScratchPlan scratch;
  kernel::Timing timing;
  std::vector<ModulePlan> modules;
  std::vector<ImagePlan> images;
  std::vector<FilePlan> files;
  userspace::Cast cast;
};

}  // namespace luosim::world
