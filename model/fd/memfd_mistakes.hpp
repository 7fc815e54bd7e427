// SPDX-License-Identifier: Apache-2.0
//
// What goes wrong with single folios of a file of memory, by fault sites: each where the real code
// has to do something that is easily forgotten, and at the step that would forget it. VALUE is the
// folio of the file that is meant, 1 for the first; a file that has no such folio is left alone.
#pragma once

#include "model/fd/state.hpp"

namespace luosim::fd {

inline constexpr sim::FaultSite kForgetsFolioSite{
    "memfd.forgets_folio",
    "prepare leaves a folio of a file of memory out, which its record names all the same; :NAME is "
    "the file or its handler, the value the folio, 1 for the first",
    1};
inline constexpr sim::FaultSite kPreservesPageTooSite{
    "memfd.preserves_page_too",
    "the last page of a folio is preserved by itself besides the folio; :NAME and value as of "
    "memfd.forgets_folio",
    1};
inline constexpr sim::FaultSite kStaysInScratchSite{
    "memfd.stays_in_scratch",
    "a folio has memory of a scratch area, as movable memory may, and prepare does not move it out "
    "before it is preserved; :NAME and value as of memfd.forgets_folio",
    1};
inline constexpr sim::FaultSite kMovesWhenPreservedSite{
    "memfd.moves_when_preserved",
    "a folio is not pinned by its prepare, and moves to other memory before the freeze; :NAME and "
    "value as of memfd.forgets_folio",
    1};
inline constexpr sim::FaultSite kReclaimedAsCleanSite{
    "memfd.reclaimed_as_clean",
    "a folio comes back without the mark that it was written to, and is reclaimed as one that "
    "never was; :NAME is the handler, the value the folio, 1 for the first",
    1};

/// Before a file is preserved.
void may_lie_in_scratch(Context& context, std::uint32_t memfd);
/// When all of it is preserved, before the record is written.
void may_be_preserved_wrongly(Context& context, std::uint32_t memfd);
/// At the freeze.
void may_have_moved(Context& context, std::uint32_t memfd);
/// When a file has been made of what was handed over.
void may_be_reclaimed(Context& context, std::uint32_t memfd);

}  // namespace luosim::fd
