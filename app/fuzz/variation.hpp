// SPDX-License-Identifier: Apache-2.0
//
// One variation of a scenario as a plain value: who takes part, what everybody does, and what goes
// wrong. Whatever is taken out of it leaves a variation that can still be played; so it can be made
// smaller until only what matters is left.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "app/scenario/node.hpp"

namespace luosim::app {

/// A file, a handler or a subsystem.
struct Participant {
  enum class Kind : std::uint8_t { file, handler, subsystem };
  Kind kind = Kind::file;
  std::string name;
  Node node;            ///< of a file what stands under its name; else the item of the list
  std::string handler;  ///< of a file: without that handler it is gone, too; empty: none
  bool stays = false;   ///< something that is not varied needs it
};

/// An entry of a script. Whatever it answers is accepted.
struct VariedCall {
  std::string verb;
  std::string argument;        ///< empty: none
  std::uint64_t after_ns = 0;  ///< since the entry before it ended
};

struct VariedActor {
  std::string name;
  std::vector<VariedCall> script;
};

/// Lets one call of a site fail.
struct VariedFault {
  std::string site;
  std::string instance;  ///< empty: any
  std::uint32_t nth = 1;
  std::string errno_word;
};

struct Variation {
  std::vector<Participant> participants;
  std::vector<VariedActor> actors;  ///< the first is the agent
  std::vector<VariedFault> faults;
  std::vector<std::pair<std::string, std::string>> knobs;  ///< set besides those of the scenario
};

/// Takes out calls, faults and files that speak of somebody who is not there any more.
void forget_who_is_gone(Variation& variation, const std::vector<Participant>& known);

/// The variations that are a step smaller, those that leave out most first. Each has fewer parts,
/// or as many of which one is simpler; so going on ends.
std::vector<Variation> smaller(const Variation& variation);

/// The scenario file: `root` with the variation in the place of what it varies. Nothing is
/// expected.
Node varied(const Node& root, const Variation& variation);

}  // namespace luosim::app
