// SPDX-License-Identifier: Apache-2.0
#include "model/fd/state.hpp"

namespace luosim::fd {

void State::add_to(sim::Hasher& hasher) const {
  hasher.add_sequence(test_participants);
  hasher.add_sequence(test_clients);
  hasher.add_sequence(self_test);
  hasher.add_sequence(memfds);
  hasher.add_sequence(pieces);
  hasher.add_sequence(iommufds);
  hasher.add_sequence(iommufd_mappings);
  hasher.add_sequence(vfio_devices);
  hasher.add_sequence(kvms);
  hasher.add_sequence(eventfds);
  hasher.add(std::uint64_t{hugetlb_pools.size()});
  for (const HugetlbPool& pool : hugetlb_pools) {
    hasher.add(pool.order);
    hasher.add(pool.total);
    hasher.add_sequence(pool.free);
  }
}

}  // namespace luosim::fd
