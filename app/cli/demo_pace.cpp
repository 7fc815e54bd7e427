// SPDX-License-Identifier: Apache-2.0
#include "app/cli/demo_pace.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <poll.h>
#include <unistd.h>

namespace luosim::app {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds kShortest{120};  // of lines at the same time
constexpr milliseconds kLongest{1500};  // of a kernel that boots, say
constexpr milliseconds kToReadALetter{45};

}  // namespace

std::optional<microseconds> time_of_log_line(std::string_view line) {
  const std::size_t end = line.find(']');
  if (!line.starts_with('[') || end == std::string_view::npos) return std::nullopt;
  std::string_view number = line.substr(1, end - 1);
  number.remove_prefix(std::min(number.find_first_not_of(' '), number.size()));
  const std::size_t dot = number.find('.');
  if (dot == std::string_view::npos || number.size() - dot != 7) return std::nullopt;
  std::uint64_t seconds = 0;
  std::uint64_t fraction = 0;
  const std::string_view behind = number.substr(dot + 1);
  const auto whole = std::from_chars(number.data(), number.data() + dot, seconds);
  const auto part = std::from_chars(behind.data(), behind.data() + behind.size(), fraction);
  if (whole.ec != std::errc() || part.ec != std::errc() || seconds > 1'000'000'000)
    return std::nullopt;
  return microseconds{seconds * 1'000'000 + fraction};
}

milliseconds pause_before_line(microseconds simulated) {
  return std::clamp(std::chrono::duration_cast<milliseconds>(simulated), kShortest, kLongest);
}

milliseconds pause_after_remark(std::string_view text) {
  return kToReadALetter * text.size();
}

void Pacer::before_log_line(std::string_view line) {
  const auto time = time_of_log_line(line);
  if (!time) return;
  wait(pause_before_line(*time - last_));
  last_ = *time;
}

void Pacer::after_remark(std::string_view text) {
  wait(pause_after_remark(text));
}

// Whoever cannot press Enter, because input is no terminal, waits all the time.
void Pacer::wait(milliseconds pause) const {
  if (!waits_) return;
  const auto scaled = static_cast<int>(static_cast<double>(pause.count()) / pace_);
  pollfd input{.fd = isatty(STDIN_FILENO) != 0 ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0};
  if (poll(&input, 1, scaled) <= 0 || (input.revents & POLLIN) == 0) return;
  std::array<char, 256> typed{};
  [[maybe_unused]] const auto taken = read(STDIN_FILENO, typed.data(), typed.size());
}

bool is_watched() {
  return isatty(STDOUT_FILENO) != 0;
}

}  // namespace luosim::app
