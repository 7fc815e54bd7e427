// SPDX-License-Identifier: Apache-2.0
//
// Runs a fuzz target over files instead of made-up bytes, so that what fuzzing found once stays
// repaired under every compiler. Holds each input to the promise of docs/robustness.md: at most 5 s
// of processor time, and at most 1 GiB of memory for all of them.
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include <sys/resource.h>

#include "tests/fuzz/fuzz_target.hpp"

namespace {

constexpr double kMostSeconds = 5;
constexpr long kMostKibibytes = 1L << 20;

// Whether the target came back in time; if it does not come back at all, its name is the last line.
bool replay(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  if (!file) {
    std::cerr << name << ": cannot be read\n";
    return false;
  }
  const std::string input{std::istreambuf_iterator<char>(file), {}};
  std::cerr << name << '\n';
  const std::clock_t begin = std::clock();
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  if (seconds <= kMostSeconds) return true;
  std::cerr << name << ": took " << seconds << " s\n";
  return false;
}

}  // namespace

int main(int argument_count, char** argument_values) {
  bool well = argument_count > 1;
  for (int index = 1; index < argument_count; ++index) {
    const std::string name = argument_values[index];
    if (!name.starts_with('-')) well &= replay(name);  // options are for libFuzzer
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  if (usage.ru_maxrss > kMostKibibytes) {
    std::cerr << "took " << usage.ru_maxrss / 1024 << " MiB\n";
    well = false;
  }
  return well ? 0 : 1;
}
