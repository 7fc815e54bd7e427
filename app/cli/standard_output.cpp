// SPDX-License-Identifier: Apache-2.0
#include "app/cli/standard_output.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "app/cli/exit_code.hpp"
#include "app/cli/interrupt.hpp"

namespace luosim::app {

namespace {

volatile std::sig_atomic_t reader_has_left = 0;

void note_closed_pipe(int /*signal*/) {
  reader_has_left = 1;
  raise_interrupt_flag();
}

}  // namespace

void survive_failing_outputs() {
  std::signal(SIGPIPE, note_closed_pipe);
  std::signal(SIGXFSZ, SIG_IGN);
}

int finish_standard_output(int code, std::ostream& errors) {
  errno = 0;
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::cout) return code;
  if (reader_has_left == 0) {
    // What failed a while ago has left no reason; one more byte finds it again.
    if (errno == 0 && std::fputc('\n', stdout) != EOF) std::fflush(stdout);
    errors << "luosim: standard output: error: cannot be written";
    if (errno != 0) errors << ": " << std::strerror(errno);
    errors << '\n';
  }
  return kBadInput;
}

}  // namespace luosim::app
