// SPDX-License-Identifier: Apache-2.0
#include "model/kho/state.hpp"

namespace luosim::kho {

void State::add_to(sim::Hasher& hasher) const {
  hasher.add(enabled);
  hasher.add(finalized);
  hasher.add(incoming);
  hasher.add(debugfs);
  hasher.add(open);
  hasher.add(map_offset);
  hasher.add(root.value);
  hasher.add(incoming_root.value);
  hasher.add(scratch_list.value);
  hasher.add_sequence(scratch);
  hasher.add(tracker.orders);
  hasher.add_sequence(tracker.bitmaps);
  hasher.add_sequence(tracker.pages);
  hasher.add(tracker.slots_left);
  hasher.add_sequence(chunks);
  hasher.add_sequence(clients);
  hasher.add_sequence(blobs);
}

}  // namespace luosim::kho
