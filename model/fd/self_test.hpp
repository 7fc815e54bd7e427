// SPDX-License-Identifier: Apache-2.0
//
// The in-kernel self test of RFC v2 (CONFIG_LIVEUPDATE_SELFTESTS): an ioctl registers subsystems
// that preserve one page each. A name is looked up by the first slot that has it, also while
// undoing a registration that failed, so that a duplicate name frees the page of the other one (bug
// B36).
#pragma once

#include "model/fd/state.hpp"

namespace luosim::fd {

inline constexpr memory::OwnerName kSelfTestPageOwner{"luo_selftest"};

extern const luo::ParticipantType kSelfTestType;
std::span<const sim::Program* const> self_test_programs();

/// values {symbol of the name}. register: -ENOMEM beyond 16 slots, else what LUO answered;
/// unregister: -EINVAL for an unknown name, else what LUO answered; get_data: -EINVAL or 0.
inline constexpr sim::ProgramId kSelfTestRegister{sim::name_hash("self_test.register")};
inline constexpr sim::ProgramId kSelfTestUnregister{sim::name_hash("self_test.unregister")};
inline constexpr sim::ProgramId kSelfTestGetData{sim::name_hash("self_test.get_data")};

}  // namespace luosim::fd
