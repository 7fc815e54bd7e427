// SPDX-License-Identifier: Apache-2.0
//
// The look-up in the table of verbs, by the word that a file has.
#include "app/scenario/verbs.hpp"

#include <algorithm>

namespace luosim::app {

const VerbRow* find_verb(std::string_view word) {
  const auto found = std::find_if(kVerbs.begin(), kVerbs.end(),
                                  [word](const VerbRow& row) { return row.word == word; });
  return found == kVerbs.end() ? nullptr : &*found;
}

std::string_view verb_word(world::Verb verb) {
  const auto found = std::find_if(kVerbs.begin(), kVerbs.end(),
                                  [verb](const VerbRow& row) { return row.verb == verb; });
  return found == kVerbs.end() ? std::string_view() : found->word;
}

}  // namespace luosim::app
