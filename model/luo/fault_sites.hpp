// SPDX-License-Identifier: Apache-2.0
//
// Fault sites of callbacks, shared by every kind of participant: a scenario names the participant
// or the file, not the code behind it.
#pragma once

#include <span>

#include "model/luo/participant.hpp"
#include "sim/fault/fault.hpp"

namespace luosim::luo {

inline constexpr sim::FaultSite kSubsystemPrepareSite{
    "luo.subsystem.prepare", "prepare of a subsystem fails; :NAME is the subsystem", -5};
inline constexpr sim::FaultSite kSubsystemFreezeSite{
    "luo.subsystem.freeze", "freeze of a subsystem fails; :NAME is the subsystem", -5};
inline constexpr sim::FaultSite kFileCanPreserveSite{
    "luo.file.can_preserve", "a handler does not accept; :NAME is the file or its handler", -5};
inline constexpr sim::FaultSite kFilePrepareSite{
    "luo.file.prepare", "prepare of a file fails; :NAME is the file or its handler", -5};
inline constexpr sim::FaultSite kFileFreezeSite{
    "luo.file.freeze", "freeze of a file fails; :NAME is the file or its handler", -5};
inline constexpr sim::FaultSite kFileRetrieveSite{
    "luo.file.retrieve", "retrieving a file fails; :NAME is its handler", -5};

}  // namespace luosim::luo
