// SPDX-License-Identifier: Apache-2.0
//
// Participants as guarantees know them: by a number made of the names in their callbacks' records,
// which stays the same in the next kernel.
#pragma once

#include <cstdint>
#include <string>

#include "model/guarantees/machine.hpp"

namespace luosim::guarantees {

/// The number of a participant: that of a subsystem's name; or this bit, the handler's name from
/// bit 32 on, and the name of the file that it is called for.
inline constexpr std::uint64_t kHandlerBit = 1ULL << 63;

/// What the record of a callback says.
struct CallbackSeen {
  luo::Callback callback{};
  std::uint64_t participant = 0;  ///< a subsystem, or a handler and the file that it was called for
  std::int64_t result = 0;
  std::uint64_t word_before = 0;
  std::uint64_t word_after = 0;
};

/// `look.record` must be a LuoRecord::callback.
CallbackSeen callback_of(const Look& look);
/// `a`, or `h for f1`.
std::string name_of(const Machine& machine, const CallbackSeen& seen);

/// Whether the participant of a callback's record has `callback`, in the running kernel.
bool has_callback(const Machine& machine, const sim::Record& record, luo::Callback callback);

/// The same by number; false if the running kernel does not know the participant.
bool has_callback(const Machine& machine, std::uint64_t participant, luo::Callback callback);

/// Whether all that the running kernel could register have `callback`.
bool everybody_has(const Machine& machine, luo::Callback callback);

/// `a`, or `h for f1`.
std::string participant_named(const Machine& machine, std::uint64_t participant);

}  // namespace luosim::guarantees
