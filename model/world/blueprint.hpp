// SPDX-License-Identifier: Apache-2.0
//
// All of a scenario that does not change while it runs. Copies of a world share one blueprint.
#pragma once

#include <string>
#include <vector>

#include "model/device/state.hpp"
#include "model/fd/file_type.hpp"
#include "model/kho/boot.hpp"
#include "model/timing/timing.hpp"
#include "model/userspace/cast.hpp"
#include "sim/core/name.hpp"
#include "sim/core/program.hpp"

namespace luosim::world {

/// A participant that kernels may register: a subsystem or a handler.
struct ModulePlan {
  fd::Participant type = fd::Participant::test;
  bool is_subsystem = false;
  fd::TestParticipant participant;  ///< of the test kinds
  sim::Symbol name{};
  luo::CallbackMask callbacks;
};

/// Another client of KHO, which every kernel registers at boot.
struct ClientPlan {
  sim::Symbol name{};
  std::int32_t priority = 0;
  std::uint32_t subtrees = 0;
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
  fd::FileType type = fd::FileType::memfd;
  sim::Symbol test_type{};  ///< of a test file
  std::uint64_t bytes = 0;
  std::uint64_t folio_bytes = 0;
  std::uint64_t hole_bytes = 0;
};

/// The numbers that firmware gives to the buses below a bridge when the machine is switched on.
struct FirmwareBuses {
  device::FunctionId bridge{};
  std::uint8_t primary = 0;
  std::uint8_t secondary = 0;
  std::uint8_t subordinate = 0;
};

/// Virtual functions that the host enables when it boots.
struct VirtualFunctions {
  device::FunctionId physical{};
  std::uint16_t count = 0;
};

/// All programs of the model as these knobs make them.
sim::Programs programs_with(const sim::KnobValues& knobs);

/// Some steps in a row of a task of this name.
struct OrderPart {
  sim::Symbol task{};
  std::uint32_t steps = 0;
  std::uint32_t which = 1;  ///< of those of the name that can go on, in the order of the schedule
};

struct Blueprint {
  sim::Programs programs = programs_with({});  ///< of the protocol; without a knob: RFC v2
  sim::Names names;
  std::uint64_t memory_bytes = 0;
  std::uint32_t cpus = 1;
  kho::ScratchPlan scratch;
  timing::Durations timing;
  std::vector<ModulePlan> modules;
  std::vector<ClientPlan> clients;
  std::vector<ImagePlan> images;
  std::vector<luo::v2::ImageNote> image_notes;  ///< of the images, by their numbers
  std::vector<FilePlan> files;
  std::uint64_t hugepages = 0;
  device::State devices;  ///< as they are before the machine was ever switched on
  std::vector<FirmwareBuses> firmware;
  std::vector<VirtualFunctions> virtual_functions;
  std::vector<driver::Binding> bindings;  ///< sorted by function
  std::vector<OrderPart> order;           ///< of the first steps; then time decides
  /// Kernels after the first allocate no few pages, and no large blocks, below these.
  memory::Pfn allocate_pages_from{};
  memory::Pfn allocate_blocks_from{};
  userspace::Cast cast;
};

}  // namespace luosim::world
