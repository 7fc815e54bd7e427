// SPDX-License-Identifier: Apache-2.0
#include "sim/check/checks.hpp"

namespace luosim::sim {

void Subscriptions::add(RecordKind kind, std::uint32_t guarantee) {
  if (kind.number >= by_kind_.size()) by_kind_.resize(kind.number + 1);
  by_kind_[kind.number].push_back(guarantee);
}

}  // namespace luosim::sim
