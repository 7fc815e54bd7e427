// SPDX-License-Identifier: Apache-2.0
//
// How the log writes the calls of user space and their answers, as strace would: the exact name of
// the ioctl or function, the operand, and what came back.
#pragma once

#include <string>

#include "app/report/log_messages.hpp"

namespace luosim::app {

/// `ioctl LIVEUPDATE_IOCTL_FD_PRESERVE vm0.memory`
std::string begun_call(const LogMoment& moment);
/// `ioctl LIVEUPDATE_IOCTL_FD_PRESERVE vm0.memory = 0, token 3`
std::string returned_call(const LogMoment& moment);
/// What was answered and what the scenario expects instead.
std::string unexpected_answer(const LogMoment& moment);

}  // namespace luosim::app
