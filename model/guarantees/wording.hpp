// SPDX-License-Identifier: Apache-2.0
//
// How causes name things: a cause is read by a person, so it says which file, how many pages and
// which error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/guarantees/machine.hpp"

namespace luosim::guarantees {

/// `-EAGAIN`; a number that is no errno of the model stays a number.
std::string error_text(std::int64_t status);

/// `1 page`, `256 pages`.
std::string count_text(std::uint64_t number, std::string_view thing);

/// `a`, `a and b`, `a, b and c`, `a, b, c and 17 more`.
std::string listed(const std::vector<std::string>& names);

/// `the phase lock`.
std::string_view lock_text(sim::LockId lock);
/// `read-lock`, `write-lock`.
std::string_view lock_mode_text(sim::LockMode mode);

/// The name of an open file; files that came back and were not named yet have none.
std::string file_named(const Machine& machine, kernel::FileId file);

}  // namespace luosim::guarantees
