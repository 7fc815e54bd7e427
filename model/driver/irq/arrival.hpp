// SPDX-License-Identifier: Apache-2.0
//
// Messages that arrive at the kernel: who is told of one, and that those on their way arrive before
// a vector is freed.
#pragma once

#include "model/driver/state.hpp"

namespace luosim::driver::irq {

/// The vector whose handler is told of a message, or null if nobody is told, of which a record is
/// left.
const Vector* who_is_told(Context& context, std::uint64_t number);
/// Starts the handler of a vector for a message that has arrived.
void call_handler(Context& context, const Vector& vector);
/// Masks and frees a vector in use, once what is on its way to it has arrived.
void release(Context& context, std::uint32_t number);

}  // namespace luosim::driver::irq
