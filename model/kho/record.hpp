// SPDX-License-Identifier: Apache-2.0
//
// Trace records of Kexec HandOver.
#pragma once

#include "sim/trace/trace.hpp"

namespace luosim::kho::KhoRecord {

using sim::RecordKind;

inline constexpr RecordKind scratch_reserved{0x200};  ///< values: areas, bytes in all
inline constexpr RecordKind client_called{0x201};     ///< subject: client; values: event, result
inline constexpr RecordKind map_serialized{0x202};    ///< values: pages, bitmaps, chunks
inline constexpr RecordKind finalized{
    0x203};  ///< values: pages preserved, address and bytes of root
inline constexpr RecordKind aborted{0x204};
inline constexpr RecordKind revived{0x205};       ///< values: address of the root tree
inline constexpr RecordKind root_invalid{0x206};  ///< a root was passed and is not usable
inline constexpr RecordKind freed_page_was_preserved{0x207};  ///< values: first page, pages
inline constexpr RecordKind memory_reserved{0x208};           ///< values: pages

}  // namespace luosim::kho::KhoRecord
