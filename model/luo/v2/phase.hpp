// SPDX-License-Identifier: Apache-2.0
//
// The four phases of RFC v2 and the edges between them (luo-v2.md, section 1). There is no thaw
// from frozen to prepared, and no other edge than these.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace luosim::luo::v2 {

/// The numbers are what GET_STATE copies to user space.
enum class Phase : std::uint32_t { normal = 0, prepared = 1, frozen = 2, updated = 3 };
inline constexpr std::size_t kPhases = 4;

enum class PhaseEvent : std::uint8_t {
  prepare,        ///< every participant prepared
  freeze,         ///< every participant frozen
  freeze_failed,  ///< one refused to freeze
  cancel,         ///< KHO told LUO to abort
  boot,           ///< a handed-over tree was found at boot
  finish,         ///< every participant finished
};
inline constexpr std::size_t kPhaseEvents = 6;

/// As sysfs spells it.
std::string_view word_of(Phase phase);
std::string_view word_of(PhaseEvent event);
std::optional<Phase> phase_of(std::string_view word);

/// Where an event leads, or nothing if it is not legal in that phase. O(1).
std::optional<Phase> next_phase(Phase phase, PhaseEvent event);

/// One edge of the table, for `luosim explain phases`.
struct PhaseEdge {
  Phase from;
  PhaseEvent event;
  Phase to;
};
std::span<const PhaseEdge> phase_edges();

}  // namespace luosim::luo::v2
