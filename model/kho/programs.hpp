// SPDX-License-Identifier: Apache-2.0
//
// The programs of KHO, by name, and their registration.
#pragma once

#include <span>

#include "sim/core/program.hpp"

namespace luosim::kho {

/// kho_finalize(): 0; -EOPNOTSUPP if KHO is off; -EEXIST if finalized; whatever a client or the
/// serialisation failed with, after everything was aborted; -ENOMEM or -EEXIST from debugfs
/// although it succeeded (bug B11).
inline constexpr sim::ProgramId kFinalize{sim::name_hash("kho.finalize")};
/// kho_abort(): 0; -EOPNOTSUPP; -ENOENT if not finalized; what a client refused with, tracker and
/// map being gone all the same (bugs B06 to B08).
inline constexpr sim::ProgramId kAbort{sim::name_hash("kho.abort")};
/// As kAbort, for who holds the KHO lock and knows that it is finalized.
inline constexpr sim::ProgramId kAbortLocked{sim::name_hash("kho.abort_locked")};
/// Writes the map once more, with what was preserved since: 0 or -ENOMEM, then the old map stays.
/// The caller holds the KHO lock.
inline constexpr sim::ProgramId kSerializeAnew{sim::name_hash("kho.serialize_anew")};
/// The part of an abort that finalisation shares: frees tracker and map and tells the
/// clients. values {1 if no client can refuse}.
inline constexpr sim::ProgramId kAbortClients{sim::name_hash("kho.abort_clients")};

std::span<const sim::Program* const> programs();

}  // namespace luosim::kho
