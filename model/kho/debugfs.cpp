// SPDX-License-Identifier: Apache-2.0
#include "model/kho/debugfs.hpp"

#include <algorithm>

#include "model/kernel/errno.hpp"

namespace luosim::kho {

std::int64_t add_blob(Context& context, std::string_view name, memory::PhysicalAddress address) {
  State& kho = context.kho;
  if (!kho.debugfs) return 0;
  if (!kernel::allocate_object(context, "__kho_debugfs_fdt_add")) return -kernel::kENOMEM;
  const std::uint32_t hash = sim::name_hash(name);
  const bool exists = std::any_of(kho.blobs.begin(), kho.blobs.end(),
                                  [&](const DebugfsBlob& blob) { return blob.name_hash == hash; });
  if (exists) return -kernel::kEEXIST;
  kho.blobs.push_back({.name_hash = hash, .address = address});
  return 0;
}

void remove_all_blobs(Context& context) {
  context.kho.blobs.clear();
}

std::uint64_t stale_blobs(const memory::PhysicalMemory& memory, const State& kho) {
  return static_cast<std::uint64_t>(
      std::count_if(kho.blobs.begin(), kho.blobs.end(), [&](const DebugfsBlob& blob) {
        return memory.at(memory::page_of(blob.address)).owner == memory::kFree;
      }));
}

}  // namespace luosim::kho
