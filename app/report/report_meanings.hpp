// SPDX-License-Identifier: Apache-2.0
//
// What a kind of record means, for somebody who never saw a live update: one sentence that can
// stand beside the log's line. Reports show it; the log does not.
#pragma once

#include <span>
#include <string_view>

#include "sim/trace/trace.hpp"

namespace luosim::app {

struct RecordMeaning {
  sim::RecordKind kind;
  std::string_view sentence;
};

/// One for each kind of record, by rising number.
std::span<const RecordMeaning> record_meanings();
/// Empty if there is none. O(log n).
std::string_view meaning_of(sim::RecordKind kind);

/// A word of the subject and what it is.
struct Term {
  std::string_view word;
  std::string_view meaning;
};
/// The words that a reader has to know, in the order in which they build on one another.
std::span<const Term> glossary();

}  // namespace luosim::app
