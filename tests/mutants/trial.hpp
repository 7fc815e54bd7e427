// SPDX-License-Identifier: Apache-2.0
//
// What a mutant has to go through: scenarios that are explored, and scenarios that are played in
// order of time with all that they expect. Each mutant goes through it in a process of its own,
// because one that breaks the engine's own rules ends its process, and one may go round for ever.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/cli/load.hpp"
#include "tests/mutants/mutation.hpp"

namespace luosim::mutants {

/// What came of a mutant.
enum class Fate : std::uint8_t {
  killed,    ///< something is broken
  survived,  ///< stories differ, and nothing is broken
  unseen,    ///< no story differs
};

std::string_view word_of(Fate fate);

struct Judgement {
  Fate fate = Fate::unseen;
  std::string trial;  ///< that killed it: the name of a file
  std::string cause;  ///< the guarantee, or in words what else
};

/// How a scenario went.
struct Story {
  std::string broken;                 ///< what was broken; empty: nothing
  std::vector<std::string> reached;   ///< of what should be reached at some time
  std::vector<std::uint64_t> traits;  ///< differ if what happened differs
};

/// A case of a scenario that was loaded.
struct Trial {
  std::string name;
  app::Loaded loaded;
  bool is_explored = false;
  std::uint32_t faults = 0;
  Story unchanged;  ///< how it goes without a mutation
};

struct TrialFile {
  std::string name;  ///< below the root of the tree
  bool is_explored = false;
  std::uint32_t faults = 0;
  std::vector<std::string> settings{};  ///< as of --set
};

/// Loads each file, of a family every case, and sees how it goes without a mutation.
std::vector<Trial> load_trials(const std::string& root, const std::vector<TrialFile>& files);

/// Puts a mutant through the trials until one kills it.
Judgement judge(const std::vector<Trial>& trials, const Mutation& mutation);

}  // namespace luosim::mutants
