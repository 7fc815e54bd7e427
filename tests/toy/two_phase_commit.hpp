// SPDX-License-Identifier: Apache-2.0
//
// Two-phase commit as a model for the engine, with nothing of Linux in it: it proves that the
// engine stands alone. A coordinator asks participants for their votes and tells them what was
// decided; a message is a task that travels for a while and may be lost, a participant may vote no
// or crash, and whoever comes back from a crash reads the decision in the log, for which it waits
// as long as the coordinator holds the log.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/core/context.hpp"

namespace luosim::toy {

enum class Decision : std::uint8_t { none, commit, abort };
enum class Vote : std::uint8_t { none, yes, no };
enum class Topic : std::uint8_t { request, vote_yes, vote_no, commit, abort, acknowledgement };

/// How far a participant is. Survives its crash.
enum class Stage : std::uint8_t { working, prepared, committed, aborted };

struct Participant {
  Stage stage = Stage::working;
  bool is_up = true;
  bool is_parked = false;  ///< its task sleeps until there is mail
  sim::TaskId task{};
  std::vector<Topic> mailbox;  ///< oldest first; a crash loses it

  friend bool operator==(const Participant&, const Participant&) = default;
};

struct World {
  sim::Schedule schedule;
  sim::Faults faults;
  std::vector<Participant> participants;
  std::vector<Vote> votes;                 ///< as the coordinator knows them
  std::vector<std::uint8_t> acknowledged;  ///< by participant: 1 if it has told so
  Decision decision = Decision::none;      ///< what the log says
  sim::TaskId coordinator{};

  friend bool operator==(const World&, const World&) = default;
};

/// The names of everybody who takes part; shared by all copies of a world.
struct Cast {
  sim::Names names;
  sim::Symbol coordinator{};
  sim::Symbol message{};
  std::vector<sim::Symbol> participants;
};

struct Context : sim::Context {
  World& world;
  const Cast& cast;
};

/// Everything that a step may ask besides the world.
struct Surroundings {
  const Cast& cast;
  sim::Choice& choice;
  sim::Trace& trace;
};

// Their instances are the names of participants.
inline constexpr sim::FaultSite kVotesNo{"toy.votes_no", "A participant votes no.", 1};
inline constexpr sim::FaultSite kCrash{"toy.crash", "A participant crashes while it votes.", 1};
inline constexpr sim::FaultSite kMessageLost{"toy.message_lost", "A message is lost.", 1};

namespace ToyRecord {
inline constexpr sim::RecordKind decided{0x100};  ///< values: decision
inline constexpr sim::RecordKind crashed{0x101};  ///< subject: participant
inline constexpr sim::RecordKind lost{0x102};     ///< subject: participant; values: topic
inline constexpr sim::RecordKind learned{0x103};  ///< subject: participant; values: decision
}  // namespace ToyRecord

/// The lock of the log: the coordinator writes it, who recovers reads it.
inline constexpr sim::LockId kLog{0};

Cast make_cast(std::uint32_t participants);

/// A world at time zero in which nothing has happened yet.
World make_world(const Cast& cast);

/// Takes the next event and runs its step. False if nothing is pending.
bool advance(World& world, const Surroundings& surroundings);

/// Hash of everything that decides the future.
sim::Digest128 digest_of(const World& world);

}  // namespace luosim::toy
