// SPDX-License-Identifier: Apache-2.0
#include "sim/explore/result.hpp"

namespace luosim::sim::explore {

std::string_view word_of(Order order) {
  return order == Order::breadth_first ? "breadth first" : "depth first";
}

std::string_view word_of(Ending ending) {
  switch (ending) {
    case Ending::complete:
      return "every state was reached";
    case Ending::broken:
      return "a guarantee does not hold";
    case Ending::state_limit:
      return "the limit of states was reached";
    case Ending::stopped:
      return "it was stopped";
  }
  return "";
}

}  // namespace luosim::sim::explore
