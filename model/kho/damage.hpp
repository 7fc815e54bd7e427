// SPDX-License-Identifier: Apache-2.0
//
// Damage to what is handed over, from outside of the protocol: a bit that flips while the machine
// jumps, or a piece that is lost. Nobody in the machine is told.
#pragma once

#include "model/kho/state.hpp"

namespace luosim::kho {

inline constexpr sim::FaultSite kBitFlipSite{
    "handover.bit_flip",
    "a bit flips in what is handed over; :WHAT is root, map or luo-tree, the value is the bit's "
    "number",
    64};
inline constexpr sim::FaultSite kTruncateSite{
    "handover.truncate",
    "the tail of what is handed over is lost; :WHAT is root, map or luo-tree, the value is the "
    "bytes that are left",
    64};

inline constexpr sim::FaultSite kOtherBootSite{
    "handover.from_another_boot",
    "the next kernel is told the root page that the running one was booted with, not its own", 1};

/// What the sites of a piece may name.
inline constexpr std::string_view kLuoTreePiece = "luo-tree";
inline constexpr std::string_view kMapPiece = "map";
inline constexpr std::string_view kRootPiece = "root";

/// Asks the sites for each piece: the root page, the first page of the serialized map, and LUO's
/// tree. Called when the machine jumps and a root page is passed on.
void damage_what_is_handed_over(Context& context);

/// Whether the site of this hash is one of damage.
bool is_damage(std::uint64_t site);

}  // namespace luosim::kho
