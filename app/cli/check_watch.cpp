// SPDX-License-Identifier: Apache-2.0
#include "app/cli/check_watch.hpp"

#include <fstream>
#include <ostream>

#include <fmt/format.h>
#include <unistd.h>

#include "app/cli/interrupt.hpp"

namespace luosim::app {

namespace {

constexpr std::uint64_t kMebibyte = 1ULL << 20;
constexpr auto kBetweenLines = std::chrono::milliseconds(500);

// Of this process, in MiB; 0 where the system does not tell.
std::uint64_t memory_in_use() {
  std::ifstream status("/proc/self/statm");
  std::uint64_t pages = 0;
  std::uint64_t resident = 0;
  if (!(status >> pages >> resident)) return 0;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) / kMebibyte;
}

}  // namespace

CheckWatch::CheckWatch(std::uint64_t max_seconds, std::uint64_t max_memory_mib,
                       std::ostream& errors)
    : max_seconds_(max_seconds),
      max_memory_mib_(max_memory_mib),
      errors_(errors),
      is_terminal_(isatty(STDERR_FILENO) != 0),
      begin_(std::chrono::steady_clock::now()),
      shown_(begin_) {}

double CheckWatch::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

bool CheckWatch::look(const sim::explore::Progress& progress) {
  if (is_terminal_ && std::chrono::steady_clock::now() - shown_ > kBetweenLines) show(progress);
  if (*interrupt_flag() != 0) return true;
  if (max_seconds_ != 0 && seconds() > static_cast<double>(max_seconds_)) return true;
  return max_memory_mib_ != 0 && memory_in_use() > max_memory_mib_;
}

void CheckWatch::show(const sim::explore::Progress& progress) {
  shown_ = std::chrono::steady_clock::now();
  has_shown_ = true;
  errors_ << fmt::format("\r{} states, {:.0f}/s, {} waiting, depth {}, {} MiB   ", progress.states,
                         static_cast<double>(progress.states) / seconds(), progress.frontier,
                         progress.depth, memory_in_use())
          << std::flush;
}

void CheckWatch::finish() {
  if (has_shown_) errors_ << '\n';
}

}  // namespace luosim::app
