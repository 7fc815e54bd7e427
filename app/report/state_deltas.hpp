// SPDX-License-Identifier: Apache-2.0
//
// A row of states that differ little from one another, each as what changed since the one before,
// with a whole one now and then so that a reader can begin anywhere. docs/report.md says how to
// read them.
#pragma once

#include <cstdint>

#include <nlohmann/json.hpp>

namespace luosim::app {

/// What turns `before` into `after`: `[value]` replaces, `[]` removes, an object goes into members,
/// and in a list goes into elements by number and may have a part `@` of [first, removed, [added]],
/// which comes after them. `{}` if nothing changed.
nlohmann::ordered_json delta_between(const nlohmann::ordered_json& before,
                                     const nlohmann::ordered_json& after);

/// The reverse: `before` with a delta put into it.
nlohmann::ordered_json with_delta(const nlohmann::ordered_json& before,
                                  const nlohmann::ordered_json& delta);

class StateDeltas {
 public:
  /// Every so many states one is whole.
  static constexpr std::uint64_t kKeyFrameEvery = 64;

  /// The next state, as `{"key": state}` or `{"delta": delta}`.
  nlohmann::ordered_json add(nlohmann::ordered_json state);

 private:
  std::uint64_t count_ = 0;
  nlohmann::ordered_json last_;
};

}  // namespace luosim::app
