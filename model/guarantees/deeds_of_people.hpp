// SPDX-License-Identifier: Apache-2.0
//
// What people do to devices by hand: who resets a disk, closes its file, pulls it out or puts
// another one in, cannot expect its commands back. Claims about what guests see leave such a device
// out from then on.
#pragma once

#include "model/guarantees/devices.hpp"

namespace luosim::guarantees {

/// Notes of deeds have keys from here to twice of it.
inline constexpr std::uint64_t kNotesOfDeeds = 1ULL << 58;

/// Takes notice of a deed. The guarantee must look after UserRecord::call_begins and
/// DeviceRecord::presence_changed. False for any other record.
bool note_deed(Look& look);

/// Whether somebody did something of that kind to the device that a guest's record is about.
bool was_meddled_with(const Look& look);

}  // namespace luosim::guarantees
