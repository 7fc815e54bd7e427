// SPDX-License-Identifier: Apache-2.0
//
// The words of the model that a scenario may use. The loader knows no model: it takes them as
// lists, and this is the one place that fills those lists.
#pragma once

#include <string_view>
#include <vector>

#include "app/scenario/load_options.hpp"

namespace luosim::app {

/// An empty list means that the model has not said its words: any is taken.
struct Vocabulary {
  std::vector<std::string_view> protocols;
  std::vector<KnobWords> knobs;
  std::vector<std::string_view> guarantees;
  std::vector<std::string_view> timing_keys;
  std::vector<std::string_view> fault_sites;
  std::vector<std::string_view> metrics;

  /// Views of these lists; without settings.
  LoadOptions options() const;
};

Vocabulary vocabulary_of_the_model();

}  // namespace luosim::app
