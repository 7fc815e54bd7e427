// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/trace.hpp"

namespace luosim::sim {

void NoTrace::write(const Record& /*record*/) {}

void RecordedTrace::write(const Record& record) {
  ++written_;
  hasher_.add(record);
  if (keeps_steps_ || record.kind != EngineRecord::step) records_.push_back(record);
}

Digest128 RecordedTrace::hash() const {
  return hasher_.finish();
}

}  // namespace luosim::sim
