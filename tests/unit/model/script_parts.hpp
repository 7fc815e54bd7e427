// SPDX-License-Identifier: Apache-2.0
//
// Entries of scripts as tests write them: each function adds one thing that an entry may say, so
// that they read from the outside in. Times are nanoseconds, as everywhere in simulated time.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "tests/unit/model/machine.hpp"

namespace luosim::world {

inline ScriptEntry at(std::int64_t ns, ScriptEntry made) {
  made.at = {Timing::Kind::absolute, sim::nanoseconds(ns)};
  return made;
}
inline ScriptEntry pause_before(std::int64_t ns, ScriptEntry made) {
  made.at = {Timing::Kind::relative, sim::nanoseconds(ns)};
  return made;
}
inline ScriptEntry after(Awaited::Kind kind, std::string argument, ScriptEntry made) {
  made.after = {kind, std::move(argument)};
  return made;
}
inline ScriptEntry when(Condition::Kind kind, std::string argument, ScriptEntry made) {
  made.when = {kind, std::move(argument)};
  return made;
}
inline ScriptEntry labelled(std::string label, ScriptEntry made) {
  made.label = std::move(label);
  return made;
}
inline ScriptEntry expecting(std::int64_t errno_value, ScriptEntry made) {
  made.expect = {ExpectedResult::Kind::failure, static_cast<std::int32_t>(errno_value)};
  return made;
}
inline ScriptEntry sleeping(std::int64_t ns) {
  ScriptEntry made = entry(Verb::sleep);
  made.duration = sim::nanoseconds(ns);
  return made;
}

}  // namespace luosim::world
