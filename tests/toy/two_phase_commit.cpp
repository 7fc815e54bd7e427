// SPDX-License-Identifier: Apache-2.0
//
// The programs of two-phase commit. The coordinator keeps the log locked until it has decided, so
// that nobody can read "nothing was decided" and act on it; it asks for votes a few times and then
// decides to abort, but it tells a decision again until everybody has acknowledged it.
#include "tests/toy/two_phase_commit.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "sim/core/engine.hpp"

namespace luosim::toy {
namespace {

using sim::milliseconds;
using sim::Outcome;
using sim::step;

constexpr std::uint32_t kDelays = 2;
constexpr std::uint64_t kRequests = 3;
constexpr sim::Duration kPatience = milliseconds(5);
constexpr sim::Duration kRestart = milliseconds(4);
constexpr sim::ChoiceLabel kTravelTime{sim::name_hash("toy.travel_time")};

constexpr sim::ProgramId kDeliver{sim::name_hash("deliver a message")};
constexpr sim::ProgramId kParticipate{sim::name_hash("participate")};
constexpr sim::ProgramId kVote{sim::name_hash("vote")};
constexpr sim::ProgramId kLearn{sim::name_hash("learn the decision")};
constexpr sim::ProgramId kRecover{sim::name_hash("recover")};
constexpr sim::ProgramId kCoordinate{sim::name_hash("coordinate")};

// Group 0 is the coordinator and the network, which do not crash.
constexpr std::uint32_t group_of(std::uint64_t number) {
  return static_cast<std::uint32_t>(number) + 1;
}

sim::Symbol name_of(const Context& context, std::uint64_t number) {
  return context.cast.participants[number];
}

const std::string& text_of(const Context& context, std::uint64_t number) {
  return context.names.text(name_of(context, number));
}

// Every program of a participant has its number as its first argument, as has a message.
std::uint64_t number_of(const Context& context) {
  return context.frame().values[0];
}

Participant& participant_of(const Context& context) {
  return context.world.participants[number_of(context)];
}

void send(Context& context, std::uint64_t number, Topic topic) {
  context.schedule.spawn(context.cast.message, 0, kDeliver,
                         {.values = {number, static_cast<std::uint64_t>(topic), 0, 0}}, {}, false);
}

// --- A message -----------------------------------------------------------------------------------

Outcome travel(Context& context) {
  const std::uint64_t number = number_of(context);
  if (context.fault(kMessageLost, text_of(context, number))) {
    context.record({.kind = ToyRecord::lost,
                    .subject = name_of(context, number),
                    .values = {context.frame().values[1], 0, 0, 0}});
    return sim::end();
  }
  return sim::done(milliseconds(1 + context.choice.choose(kDelays, kTravelTime)));
}

void bring_to_participant(Context& context, Participant& participant, Topic topic) {
  if (!participant.is_up) return;
  participant.mailbox.push_back(topic);
  if (!participant.is_parked) return;
  participant.is_parked = false;
  context.schedule.unpark(participant.task);
}

Outcome arrive(Context& context) {
  World& world = context.world;
  const std::uint64_t number = number_of(context);
  const Topic topic{static_cast<std::uint8_t>(context.frame().values[1])};
  switch (topic) {
    case Topic::vote_yes:
      world.votes[number] = Vote::yes;
      break;
    case Topic::vote_no:
      world.votes[number] = Vote::no;
      break;
    case Topic::acknowledgement:
      world.acknowledged[number] = 1;
      break;
    case Topic::request:
    case Topic::commit:
    case Topic::abort:
      bring_to_participant(context, world.participants[number], topic);
      break;
  }
  return sim::done();
}

constexpr sim::Step kDeliverSteps[] = {
    {"travel", step<travel>},
    {"arrive", step<arrive>},
};

// --- A participant -------------------------------------------------------------------------------

Outcome read_next_message(Context& context) {
  Participant& participant = participant_of(context);
  if (participant.mailbox.empty()) {
    participant.is_parked = true;
    return sim::park();
  }
  const Topic topic = participant.mailbox.front();
  participant.mailbox.erase(participant.mailbox.begin());
  const sim::ProgramId program = topic == Topic::request ? kVote : kLearn;
  return sim::call(program, {.values = {number_of(context), static_cast<std::uint64_t>(topic)}});
}

constexpr sim::Step kParticipateSteps[] = {
    {"read the next message", step<read_next_message>, {.then = "read the next message"}},
};

Outcome may_crash(Context& context) {
  const std::uint64_t number = number_of(context);
  if (!context.fault(kCrash, text_of(context, number))) return sim::done();
  const sim::Symbol name = name_of(context, number);
  context.record({.kind = ToyRecord::crashed, .subject = name});
  Participant& participant = participant_of(context);
  participant.mailbox.clear();
  participant.is_up = false;
  context.schedule.drop_group(group_of(number));
  participant.task = context.schedule.spawn(name, group_of(number), kRecover,
                                            {.values = {number, 0, 0, 0}}, kRestart, false);
  return sim::halt();
}

Outcome prepare(Context& context) {
  Participant& participant = participant_of(context);
  if (participant.stage != Stage::working) return sim::done();
  const bool refuses = context.fault(kVotesNo, text_of(context, number_of(context))).has_value();
  participant.stage = refuses ? Stage::aborted : Stage::prepared;
  return sim::done(milliseconds(1));
}

Outcome send_vote(Context& context) {
  const bool refuses = participant_of(context).stage == Stage::aborted;
  send(context, number_of(context), refuses ? Topic::vote_no : Topic::vote_yes);
  return sim::done();
}

constexpr sim::Step kVoteSteps[] = {
    {"crash before it is prepared", step<may_crash>},
    {"prepare", step<prepare>},
    {"crash when it is prepared", step<may_crash>},
    {"send the vote", step<send_vote>},
};

void learn(Context& context, Decision decision) {
  participant_of(context).stage = decision == Decision::commit ? Stage::committed : Stage::aborted;
  context.record({.kind = ToyRecord::learned,
                  .subject = name_of(context, number_of(context)),
                  .values = {static_cast<std::uint64_t>(decision), 0, 0, 0}});
}

Outcome do_as_told(Context& context) {
  const Topic topic{static_cast<std::uint8_t>(context.frame().values[1])};
  learn(context, topic == Topic::commit ? Decision::commit : Decision::abort);
  return sim::done();
}

Outcome acknowledge(Context& context) {
  send(context, number_of(context), Topic::acknowledgement);
  return sim::done();
}

constexpr sim::Step kLearnSteps[] = {
    {"do as told", step<do_as_told>},
    {"acknowledge", step<acknowledge>},
};

Outcome wait_for_log(Context& /*context*/) {
  return sim::acquire(kLog, sim::LockMode::read);
}

Outcome read_log(Context& context) {
  learn(context, context.world.decision);
  participant_of(context).is_up = true;
  context.release(kLog);
  return sim::done();
}

Outcome participate_again(Context& context) {
  return sim::call(kParticipate, {.values = {number_of(context), 0, 0, 0}});
}

constexpr sim::Step kRecoverSteps[] = {
    {"wait for the log", step<wait_for_log>},
    {"read the decision", step<read_log>},
    {"participate again", step<participate_again>},
};

// --- The coordinator: local[0] is the next participant, local[1] counts requests -----------------

Outcome lock_log(Context& /*context*/) {
  return sim::acquire(kLog, sim::LockMode::write);
}

Outcome request_next_vote(Context& context) {
  std::uint64_t& next = context.frame().local[0];
  const World& world = context.world;
  while (next < world.votes.size() && world.votes[next] != Vote::none) ++next;
  if (next == world.votes.size()) return sim::end();
  const std::uint64_t number = next++;
  send(context, number, Topic::request);
  return sim::done();
}

Outcome be_patient(Context& /*context*/) {
  return sim::done(kPatience);
}

Outcome count_votes(Context& context) {
  const std::vector<Vote>& votes = context.world.votes;
  sim::Frame& frame = context.frame();
  const bool is_complete = std::count(votes.begin(), votes.end(), Vote::none) == 0;
  if (is_complete || ++frame.local[1] == kRequests) return sim::end();
  frame.local[0] = 0;
  return sim::done();
}

Outcome decide(Context& context) {
  World& world = context.world;
  const bool all_agree = std::all_of(world.votes.begin(), world.votes.end(),
                                     [](Vote vote) { return vote == Vote::yes; });
  world.decision = all_agree ? Decision::commit : Decision::abort;
  context.record({.kind = ToyRecord::decided,
                  .values = {static_cast<std::uint64_t>(world.decision), 0, 0, 0}});
  context.release(kLog);
  context.frame().local[0] = 0;
  return sim::done();
}

Outcome tell_next(Context& context) {
  std::uint64_t& next = context.frame().local[0];
  const World& world = context.world;
  while (next < world.acknowledged.size() && world.acknowledged[next] != 0) ++next;
  if (next == world.acknowledged.size()) return sim::end();
  const std::uint64_t number = next++;
  send(context, number, world.decision == Decision::commit ? Topic::commit : Topic::abort);
  return sim::done();
}

Outcome count_acknowledgements(Context& context) {
  const std::vector<std::uint8_t>& acknowledged = context.world.acknowledged;
  if (std::count(acknowledged.begin(), acknowledged.end(), 0) == 0)
    return sim::finish(static_cast<std::int64_t>(context.world.decision));
  context.frame().local[0] = 0;
  return sim::done();
}

constexpr sim::Step kCoordinateSteps[] = {
    {"lock the log", step<lock_log>},
    {"request the next vote",
     step<request_next_vote>,
     {.then = "request the next vote", .on_end = "wait for votes"}},
    {"wait for votes", step<be_patient>},
    {"count the votes", step<count_votes>, {.then = "request the next vote", .on_end = "decide"}},
    {"decide", step<decide>},
    {"tell the next", step<tell_next>, {.then = "tell the next", .on_end = "wait to be heard"}},
    {"wait to be heard", step<be_patient>},
    {"count the acknowledgements", step<count_acknowledgements>, {.then = "tell the next"}},
};

// -------------------------------------------------------------------------------------------------

constexpr sim::Program kPrograms[] = {
    {"deliver a message", "A message travels for a while or is lost.", kDeliverSteps},
    {"participate", "A participant works through its mail.", kParticipateSteps},
    {"vote", "A participant prepares and votes.", kVoteSteps},
    {"learn the decision", "A participant does what it is told.", kLearnSteps},
    {"recover", "A participant comes back from a crash.", kRecoverSteps},
    {"coordinate", "The coordinator collects votes and spreads the decision.", kCoordinateSteps},
};

const sim::Programs& all_programs() {
  static const sim::Programs kAll = [] {
    std::array<const sim::Program*, std::size(kPrograms)> all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = &kPrograms[i];
    return sim::Programs(all);
  }();
  return kAll;
}

}  // namespace

Cast make_cast(std::uint32_t participants) {
  Cast cast;
  cast.coordinator = cast.names.intern("coordinator");
  cast.message = cast.names.intern("message");
  for (std::uint32_t number = 0; number < participants; ++number) {
    cast.participants.push_back(cast.names.intern("participant " + std::to_string(number)));
  }
  return cast;
}

World make_world(const Cast& cast) {
  World world;
  const std::size_t count = cast.participants.size();
  world.participants.resize(count);
  world.votes.resize(count, Vote::none);
  world.acknowledged.resize(count, 0);
  world.coordinator = world.schedule.spawn(cast.coordinator, 0, kCoordinate, {}, {}, true);
  for (std::uint64_t number = 0; number < count; ++number) {
    world.participants[number].task =
        world.schedule.spawn(cast.participants[number], group_of(number), kParticipate,
                             {.values = {number, 0, 0, 0}}, {}, false);
  }
  return world;
}

bool advance(World& world, const Surroundings& surroundings) {
  if (world.schedule.is_idle()) return false;
  const sim::TaskId task = world.schedule.take_next();
  Context context{{world.schedule, all_programs(), surroundings.cast.names, surroundings.choice,
                   world.faults, surroundings.trace, task},
                  world,
                  surroundings.cast};
  sim::Engine::run_step(context);
  return true;
}

sim::Digest128 digest_of(const World& world) {
  sim::Hasher hasher;
  world.schedule.add_to(hasher);
  world.faults.add_to(hasher, world.schedule.now());
  for (const Participant& participant : world.participants) {
    hasher.add(participant.stage);
    hasher.add(participant.is_up);
    hasher.add(participant.is_parked);
    hasher.add(participant.task);
    hasher.add_sequence(participant.mailbox);
  }
  hasher.add_sequence(world.votes);
  hasher.add_sequence(world.acknowledged);
  hasher.add(world.decision);
  hasher.add(world.coordinator);
  return hasher.finish();
}

}  // namespace luosim::toy
