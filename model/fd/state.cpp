// SPDX-License-Identifier: Apache-2.0
#include "model/fd/state.hpp"

namespace luosim::fd {

void State::add_to(sim::Hasher& hasher) const {
  hasher.add_sequence(test_participants);
  hasher.add_sequence(test_clients);
  hasher.add_sequence(self_test);
  hasher.add_sequence(memfds);
  hasher.add_sequence(pieces);
}

}  // namespace luosim::fd
