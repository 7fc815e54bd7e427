// SPDX-License-Identifier: Apache-2.0
#include "model/luo/participant.hpp"

namespace luosim::luo {

std::string_view word_of(Callback callback) {
  switch (callback) {
    case Callback::can_preserve:
      return "can_preserve";
    case Callback::prepare:
      return "prepare";
    case Callback::freeze:
      return "freeze";
    case Callback::cancel:
      return "cancel";
    case Callback::finish:
      return "finish";
    case Callback::retrieve:
      return "retrieve";
  }
  return "";
}

sim::ProgramId ParticipantType::program(Callback callback) const {
  switch (callback) {
    case Callback::can_preserve:
      return can_preserve;
    case Callback::prepare:
      return prepare;
    case Callback::freeze:
      return freeze;
    case Callback::cancel:
      return cancel;
    case Callback::finish:
      return finish;
    case Callback::retrieve:
      return retrieve;
  }
  return {};
}

}  // namespace luosim::luo
