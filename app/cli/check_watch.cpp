// SPDX-License-Identifier: Apache-2.0
#include "app/cli/check_watch.hpp"

#include <fstream>

#include <fmt/format.h>
#include <unistd.h>

namespace luosim::app {

namespace {

constexpr std::uint64_t kMebibyte = 1ULL << 20;

// Of this process, in MiB; 0 where the system does not tell.
std::uint64_t memory_in_use() {
  std::ifstream status("/proc/self/statm");
  std::uint64_t pages = 0;
  std::uint64_t resident = 0;
  if (!(status >> pages >> resident)) return 0;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) / kMebibyte;
}

}  // namespace

bool CheckWatch::look(const sim::explore::Progress& progress) {
  if (line_.is_due()) {
    line_.show(fmt::format("{} states, {:.0f}/s, {} waiting, depth {}, {} MiB", progress.states,
                           static_cast<double>(progress.states) / line_.seconds(),
                           progress.frontier, progress.depth, memory_in_use()));
  }
  return line_.wants_stop() || (max_memory_mib_ != 0 && memory_in_use() > max_memory_mib_);
}

}  // namespace luosim::app
