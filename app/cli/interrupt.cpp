// SPDX-License-Identifier: Apache-2.0
#include "app/cli/interrupt.hpp"

#include <atomic>
#include <cstdint>
#include <ctime>

namespace luosim::app {

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

// A handler of signals can reach nothing but a variable of the process. The number of the signal;
// whatever is more than a Ctrl-C is not forgotten over one.
volatile std::sig_atomic_t interrupted = 0;
// The mask of a handler holds for the thread that runs it only: two threads may be in it at once.
// An atomic is allowed in a handler if it takes no lock, which an interrupted thread could hold.
std::atomic<std::int64_t> first_signal_ns{0};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

std::int64_t nanoseconds_since_boot() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);  // one of the few calls that a handler may make
  return now.tv_sec * kNanosecondsPerSecond + now.tv_nsec;
}

void note_interrupt(int signal) {
  const std::int64_t now = nanoseconds_since_boot();
  std::int64_t first = 0;
  if (first_signal_ns.compare_exchange_strong(first, now)) first = now;
  if (interrupted == 0 || signal != SIGINT) interrupted = signal;
  if (!is_impatient(first, now)) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = note_interrupt;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaddset(&action.sa_mask, SIGINT);
  sigaddset(&action.sa_mask, SIGTERM);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void raise_interrupt_flag() {
  interrupted = SIGTERM;
}

bool take_back_interrupt() {
  if (interrupted != SIGINT) return interrupted == 0;
  first_signal_ns = 0;
  interrupted = 0;
  return true;
}

const volatile std::sig_atomic_t* interrupt_flag() {
  return &interrupted;
}

}  // namespace luosim::app
