// SPDX-License-Identifier: Apache-2.0
//
// A guest's driver of a network port: a ring of buffers that it gives back as frames come in.
#pragma once

#include "model/userspace/cast.hpp"

namespace luosim::userspace {

/// Writes the ring to guest memory and lets the port receive.
void set_port_up(Context& context, GuestPort& port);
/// Takes every frame that has come in and gives its buffer back.
void take_frames(Context& context, GuestPort& port);

}  // namespace luosim::userspace
