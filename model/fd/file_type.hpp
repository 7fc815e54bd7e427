// SPDX-License-Identifier: Apache-2.0
//
// The file types of the model and the participant types they register with LUO: one line each in
// the tables of file_type.cpp.
#pragma once

#include <cstdint>
#include <span>

#include "model/luo/participant.hpp"

namespace luosim::fd {

/// What kernel::File::type says.
enum class FileType : std::uint32_t {
  test,   ///< object: symbol of its type
  memfd,  ///< object: index of the memfd
};

/// What SubsystemObject::type and HandlerObject::type say.
enum class Participant : std::uint32_t { test, self_test, memfd };

/// In the order of Participant.
std::span<const luo::ParticipantType> participant_types();

/// All programs of file types and participants.
std::span<const sim::Program* const> programs();

}  // namespace luosim::fd
