// SPDX-License-Identifier: Apache-2.0
//
// Which file an observer from outside means by a name at the moment of the jump. Names are the
// scenario's; by the time of the jump more than one file may go by the same.
#pragma once

#include <span>
#include <vector>

#include "model/kernel/file.hpp"
#include "model/luo/v2/state.hpp"
#include "model/userspace/state.hpp"

namespace luosim::userspace {

struct ObservedFile {
  sim::Symbol name{};
  kernel::FileId id = kernel::kNoFile;
};

/// One file for each name, sorted by name: the first that a process holds open; of names that
/// nobody holds, the first that is preserved. O(n log n).
std::vector<ObservedFile> observed_files(const kernel::Files& files,
                                         std::span<const Holding> holdings,
                                         std::span<const luo::v2::FileRecord> preserved);

}  // namespace luosim::userspace
