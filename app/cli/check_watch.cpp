// SPDX-License-Identifier: Apache-2.0
#include "app/cli/check_watch.hpp"

#include <fstream>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app/cli/interrupt.hpp"

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

std::string CheckWatch::reason() const {
  if (*interrupt_flag() != 0) return "it was interrupted";
  if (line_.is_out_of_time())
    return fmt::format("the limit of time was reached (--max-seconds {})", line_.max_seconds());
  return fmt::format("the limit of memory was reached (--max-memory {})", max_memory_mib_);
}

std::uint64_t CheckWatch::most_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace luosim::app
