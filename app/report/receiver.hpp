// SPDX-License-Identifier: Apache-2.0
//
// Whom a call of a script is for, as diagrams and lanes draw it.
#pragma once

#include <cstdint>

#include "model/userspace/cast.hpp"

namespace luosim::app {

enum class Receiver : std::uint8_t {
  luo,
  kho,
  kernel,
  vm,      ///< that the call names
  device,  ///< that the call names
  nobody,  ///< who sleeps asks nobody
};

Receiver receiver_of(userspace::Verb verb);

}  // namespace luosim::app
