// SPDX-License-Identifier: Apache-2.0
//
// An actor without a script: whenever it is idle it asks the one door to chance what to do. Who
// enumerates all that can happen sees here which actors stand at that choice, and what the answers
// mean.
#pragma once

#include <string_view>
#include <vector>

#include "model/userspace/cast.hpp"
#include "sim/choice/choice.hpp"

namespace luosim::userspace {

/// A call that a free actor may make now.
struct FreeCall {
  std::uint32_t alternative = 0;  ///< its number in the plan of the actor, from 1
  Verb verb = Verb::get_state;
  sim::Symbol operand{};  ///< none: the empty name
  std::uint32_t number = 0;
  std::uint32_t flags = 0;
  friend bool operator==(const FreeCall&, const FreeCall&) = default;
};

/// What the choice of an actor is called, by the name of the actor.
constexpr sim::ChoiceLabel label_of_free_choice(std::string_view actor) {
  return {sim::name_hash("actor.free"), sim::name_hash(actor)};
}

/// Whether the next step of this actor is to choose. False for who has a script, is in a call, has
/// ended, was killed, or has no process because no kernel has started it. O(tasks).
bool stands_at_free_choice(const Context& context, std::uint32_t actor);

/// What a free actor may choose now, in the order of the plan: answer k of its choice means the
/// k-th of these, counted from 1, and answer 0 that it does nothing any more.
std::vector<FreeCall> allowed_free_calls(const Context& context, std::uint32_t actor);

/// Asks for the next call of an idle actor. The alternative, which is then in its progress; or 0,
/// and it has ended.
std::uint32_t choose_free_call(Context& context, std::uint32_t actor);

/// An actor is done with its call, whatever the answer was: nothing is left of it.
void leave_free_call(Progress::Actor& progress);

/// A call that was chosen and not begun when the machine went down will never be made.
void take_back_free_choice(Progress::Actor& progress, const FreePlan& plan);

/// The call that an actor is in or comes to next: of its script, or what a free one has chosen.
/// None behind the end of a script, and while a free actor is idle.
const Entry* current_entry(const Actor& plan, const Progress::Actor& progress);

/// Whether a call brings up another kernel, if it works. Without an image none comes.
bool is_reboot(Verb verb);

/// Whether an actor has nothing left to do, be it at the end of its script.
bool has_ended(const Progress::Actor& progress, const Actor& plan);

}  // namespace luosim::userspace
