// SPDX-License-Identifier: Apache-2.0
//
// Programs with one mistake more. A program is a table, so a mutant is made of a table and needs no
// compiler: the other rows, the other programs and the engine stay what they are.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/core/program.hpp"

namespace luosim::mutants {

/// What is done to a row.
enum class Operator : std::uint8_t {
  drop,       ///< it does nothing and passes on
  swap,       ///< it and the row below it change places
  swallow,    ///< its failure is forgotten, and it goes on as if it had succeeded
  skip_call,  ///< it does all but call the program that it calls
  weaken,     ///< it takes its lock to read, not to write
  twice,      ///< it runs twice
  once,       ///< the loop that it closes ends after the first element
};
std::string_view word_of(Operator how);

/// A mistake: which row, and what is done to it.
struct Mutation {
  std::string_view program;
  std::string_view row;
  Operator how = Operator::drop;
};

/// All programs of a protocol, one of them changed. What `programs()` returned needs its mutant.
class Mutant {
 public:
  Mutant(const sim::Programs& original, const Mutation& mutation);
  Mutant(const Mutant&) = delete;
  Mutant& operator=(const Mutant&) = delete;

  /// Whether the row is there and the operator can be applied to it.
  bool is_applicable() const { return is_applicable_; }
  sim::Programs programs() const { return sim::Programs(all_, knobs_); }

 private:
  bool apply(std::size_t row, Operator how);
  bool swap_with_next(std::size_t row);
  bool leave_loop(std::size_t row);
  /// Adds a row that is reached only by name, or, without flow, only by `original_of`.
  void add_row(std::string_view name, sim::StepFunction run, const sim::Flow& flow);

  std::vector<sim::Step> steps_;
  sim::Program program_;
  std::vector<const sim::Program*> all_;
  sim::KnobValues knobs_;
  bool is_applicable_ = false;
};

}  // namespace luosim::mutants
