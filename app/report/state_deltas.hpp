// SPDX-License-Identifier: Apache-2.0
//
// A row of states that differ little from one another, each as what changed since the one before,
// with a whole one now and then so that a reader can begin anywhere. docs/report.md says how to
// read them.
#pragma once

#include <cstddef>
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
  /// Of so many states at most one is whole, and then only if the deltas since the one before are
  /// as long as it: whoever reads them would read no more, and the states of a large machine differ
  /// in little.
  static constexpr std::uint64_t kLeastBetweenKeys = 64;

  /// The next state, as `{"key": state}` or `{"delta": delta}`.
  nlohmann::ordered_json add(nlohmann::ordered_json state);
  /// One that is the same as the last; there is one.
  nlohmann::ordered_json add_the_same();

 private:
  std::uint64_t since_key_ = kLeastBetweenKeys;
  std::size_t key_bytes_ = 0;
  std::size_t delta_bytes_ = 0;  // since the key
  nlohmann::ordered_json last_;
};

}  // namespace luosim::app
