// SPDX-License-Identifier: Apache-2.0
#include "app/cli/interrupt.hpp"

namespace luosim::app {

namespace {

// A handler of signals can reach nothing but a variable of the process.
volatile std::sig_atomic_t interrupted = 0;

void note_interrupt(int signal) {
  interrupted = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, note_interrupt);
  std::signal(SIGTERM, note_interrupt);
}

void raise_interrupt_flag() {
  interrupted = 1;
}

const volatile std::sig_atomic_t* interrupt_flag() {
  return &interrupted;
}

}  // namespace luosim::app
