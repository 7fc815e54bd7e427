// SPDX-License-Identifier: Apache-2.0
//
// What is wrong in the cases of a file. Cases differ in a few values, so most errors are in all of
// them: each is told once, and one that comes from the values of a case says from which.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "app/scenario/diagnostic.hpp"
#include "app/scenario/load_context.hpp"
#include "app/scenario/matrix.hpp"

namespace luosim::app {

class CaseDiagnostics {
 public:
  /// Takes over what a load of case `index` found.
  void add(LoadContext& context, std::size_t index);
  /// What a load without any values finds too does not come from a case.
  void note_without_values(LoadContext& context);

  bool empty() const { return found_.empty(); }
  /// So much is wrong that further cases would not be worth the time.
  bool is_enough() const;

  /// Sorted by place; if there were too many, the last one says so. `matrix` has the names of the
  /// cases.
  std::vector<Diagnostic> take(const Matrix& matrix);

 private:
  struct Found {
    Diagnostic diagnostic;
    std::size_t first_case = 0;
    bool comes_from_case = true;
  };
  using Key = std::tuple<std::uint32_t, std::uint32_t, std::string>;  // place and message

  std::vector<Found> found_;
  std::map<Key, std::size_t> index_of_;
  std::size_t reports_ = 0;  // with those that other cases had too
  std::size_t dropped_ = 0;
};

}  // namespace luosim::app
