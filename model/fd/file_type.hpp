// SPDX-License-Identifier: Apache-2.0
//
// The file types of the model and the participant types they register with LUO: one line each in
// the tables of file_type.cpp.
#pragma once

#include <cstdint>
#include <span>

#include "model/fd/state.hpp"

namespace luosim::fd {

/// What kernel::File::type says.
enum class FileType : std::uint32_t {
  test,   ///< object: symbol of its type
  memfd,  ///< object: index of the memfd
  iommufd,
  vfio,
  kvm,
  eventfd,
};

/// What SubsystemObject::type and HandlerObject::type say.
enum class Participant : std::uint32_t {
  test,
  self_test,
  memfd,
  iommufd,
  vfio,
  kvm,
  guest_memfd,
  hugetlb,
  hugetlb_pool,  ///< a subsystem
  pci,           ///< a subsystem
  iommu,         ///< a subsystem
  eventfd,
};

/// Creates the object of a file handler, or of a subsystem, in the running kernel; it is not
/// registered yet. Its argument is the symbol of its name. Those of Participant::test have another
/// argument: test_participant.hpp makes them.
std::uint32_t add_handler(Context& context, Participant type, sim::Symbol compatible,
                          luo::CallbackMask callbacks);
std::uint32_t add_subsystem(Context& context, Participant type, sim::Symbol name,
                            luo::CallbackMask callbacks);

/// In the order of Participant.
std::span<const luo::ParticipantType> participant_types();

/// All programs of file types and participants.
std::span<const sim::Program* const> programs();

}  // namespace luosim::fd
