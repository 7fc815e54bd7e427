// SPDX-License-Identifier: Apache-2.0
#include "app/cli/progress_line.hpp"

#include <unistd.h>

#include "app/cli/interrupt.hpp"

namespace luosim::app {

namespace {
constexpr std::chrono::milliseconds kBetweenLines{500};
}

ProgressLine::ProgressLine(std::uint64_t max_seconds, std::ostream& errors)
    : max_seconds_(max_seconds),
      errors_(errors),
      is_terminal_(isatty(STDERR_FILENO) != 0),
      begin_(std::chrono::steady_clock::now()),
      shown_(begin_) {}

double ProgressLine::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

bool ProgressLine::wants_stop() const {
  return *interrupt_flag() != 0 || is_out_of_time();
}

bool ProgressLine::is_out_of_time() const {
  return max_seconds_ != 0 && seconds() > static_cast<double>(max_seconds_);
}

bool ProgressLine::is_due() const {
  return is_terminal_ && std::chrono::steady_clock::now() - shown_ > kBetweenLines;
}

void ProgressLine::show(std::string_view text) {
  shown_ = std::chrono::steady_clock::now();
  has_shown_ = true;
  errors_ << '\r' << text << "   " << std::flush;
}

void ProgressLine::end() {
  if (has_shown_) errors_ << '\n';
}

}  // namespace luosim::app
