// SPDX-License-Identifier: Apache-2.0
#include "model/userspace/observed_files.hpp"

#include <algorithm>

namespace luosim::userspace {

std::vector<ObservedFile> observed_files(const kernel::Files& files,
                                         std::span<const Holding> holdings,
                                         std::span<const luo::v2::FileRecord> preserved) {
  std::vector<ObservedFile> observed;
  for (const Holding& holding : holdings) {
    const auto file = files.find(holding.process, holding.descriptor);
    if (file) observed.push_back({holding.file, *file});
  }
  for (const luo::v2::FileRecord& record : preserved)
    if (files.is_live(record.file)) observed.push_back({files[record.file].name, record.file});
  std::stable_sort(
      observed.begin(), observed.end(),
      [](const ObservedFile& left, const ObservedFile& right) { return left.name < right.name; });
  const auto repeated = std::unique(
      observed.begin(), observed.end(),
      [](const ObservedFile& left, const ObservedFile& right) { return left.name == right.name; });
  observed.erase(repeated, observed.end());
  return observed;
}

}  // namespace luosim::userspace
