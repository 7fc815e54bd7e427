// SPDX-License-Identifier: Apache-2.0
#include "app/report/verdict.hpp"

#include <array>

namespace luosim::app {

namespace {

struct Words {
  std::string_view word;
  std::string_view headword;
};

// In the order of the enumeration.
constexpr std::array<Words, 4> kWords{{
    {"pass", "PASS"},
    {"fail", "FAIL"},
    {"incomplete", "INCOMPLETE"},
    {"vacuous", "VACUOUS"},
}};

}  // namespace

std::string_view word_of(Verdict verdict) {
  return kWords[static_cast<std::size_t>(verdict)].word;
}

std::string_view headword(Verdict verdict) {
  return kWords[static_cast<std::size_t>(verdict)].headword;
}

}  // namespace luosim::app
