// SPDX-License-Identifier: Apache-2.0
//
// The participant interface: what an orchestrator calls, and what file types, devices and
// subsystems implement. LUO owns it and knows none of them; they register. A callback is a program,
// so that it can take time, block and fail in the middle like the rest of the kernel.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/core/program.hpp"

namespace luosim::luo {

/// The callbacks of RFC v2, as far as a participant has them.
enum class Callback : std::uint8_t { can_preserve, prepare, freeze, cancel, finish, retrieve };

std::string_view word_of(Callback callback);

/// Which callbacks a participant has. A handler must have `can_preserve` and `retrieve`: nobody
/// checks, and the kernel jumps to address 0 when it needs one that is missing.
struct CallbackMask {
  std::uint16_t bits = 0xFFFF;

  constexpr bool has(Callback callback) const {
    return (bits >> static_cast<unsigned>(callback) & 1) != 0;
  }
  constexpr void remove(Callback callback) {
    bits = static_cast<std::uint16_t>(bits & ~(1U << static_cast<unsigned>(callback)));
  }
  friend bool operator==(const CallbackMask&, const CallbackMask&) = default;
};

/// A kind of participant. Every callback is called with
///   values[0]  the participant's own argument
///   values[1]  the file's number, or kernel::kNoFile
///   values[2]  finish only: 1 if somebody took the file back, else 0
///   word       the data word, in and out; retrieve: in the word, out the file's number
/// and returns 0, a negative errno, or a positive number, which v2 takes for success; can_preserve
/// returns 1 or 0; cancel and finish return nothing that counts.
struct ParticipantType {
  std::string_view name;
  sim::ProgramId can_preserve{};
  sim::ProgramId prepare{};
  sim::ProgramId freeze{};
  sim::ProgramId cancel{};
  sim::ProgramId finish{};
  sim::ProgramId retrieve{};

  sim::ProgramId program(Callback callback) const;
};

}  // namespace luosim::luo
