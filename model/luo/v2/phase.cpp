// SPDX-License-Identifier: Apache-2.0
//
// The table is Boost.MSM's and is the authority; everything else here asks it. Its machines hold
// pointers and cannot live in a world that is copied by value, so the table is walked once and the
// answers are kept (sim/core/table_walk.hpp).
#include "model/luo/v2/phase.hpp"

#include <array>
#include <vector>

#include <boost/msm/back/state_machine.hpp>
#include <boost/msm/front/functor_row.hpp>
#include <boost/msm/front/state_machine_def.hpp>

#include "sim/core/table_walk.hpp"

namespace luosim::luo::v2 {

namespace {

namespace msm = boost::msm;
using msm::front::none;
using msm::front::Row;

struct on_prepare {};
struct on_freeze {};
struct on_freeze_failed {};
struct on_cancel {};
struct on_boot {};
struct on_finish {};

struct PhaseTable : msm::front::state_machine_def<PhaseTable> {
  using no_exception_thrown = int;
  using no_message_queue = int;

  struct normal : msm::front::state<> {};
  struct prepared : msm::front::state<> {};
  struct frozen : msm::front::state<> {};
  struct updated : msm::front::state<> {};
  using initial_state = normal;

  // clang-format off
  struct transition_table : boost::mpl::vector<
      //   from       event             to
      Row< normal   , on_prepare       , prepared , none, none >,
      Row< normal   , on_boot          , updated  , none, none >,
      Row< prepared , on_freeze        , frozen   , none, none >,
      Row< prepared , on_freeze_failed , normal   , none, none >,
      Row< prepared , on_cancel        , normal   , none, none >,
      Row< frozen   , on_cancel        , normal   , none, none >,
      Row< updated  , on_finish        , normal   , none, none >
  > {};
  // clang-format on

  template <class Machine, class Event>
  void no_transition(const Event& /*event*/, Machine& /*machine*/, int /*state*/) {
    refused = true;
  }
  bool refused = false;
};
using PhaseMachine = msm::back::state_machine<PhaseTable>;

bool apply(PhaseMachine& machine, PhaseEvent event) {
  machine.refused = false;
  switch (event) {
    case PhaseEvent::prepare:
      machine.process_event(on_prepare{});
      break;
    case PhaseEvent::freeze:
      machine.process_event(on_freeze{});
      break;
    case PhaseEvent::freeze_failed:
      machine.process_event(on_freeze_failed{});
      break;
    case PhaseEvent::cancel:
      machine.process_event(on_cancel{});
      break;
    case PhaseEvent::boot:
      machine.process_event(on_boot{});
      break;
    case PhaseEvent::finish:
      machine.process_event(on_finish{});
      break;
  }
  return !machine.refused;
}

template <class State>
constexpr int number_of() {
  return msm::back::get_state_id<PhaseMachine::stt, State>::value;
}

Phase phase_of_machine(const PhaseMachine& machine) {
  const int number = machine.current_state()[0];
  if (number == number_of<PhaseTable::prepared>()) return Phase::prepared;
  if (number == number_of<PhaseTable::frozen>()) return Phase::frozen;
  if (number == number_of<PhaseTable::updated>()) return Phase::updated;
  return Phase::normal;
}

using Answers = sim::TransitionTable<PhaseEdge, kPhases, kPhaseEvents>;

std::optional<Phase> lead(const std::vector<PhaseEvent>& path) {
  PhaseMachine machine;
  machine.start();
  bool is_taken = true;
  for (const PhaseEvent event : path) is_taken = apply(machine, event);
  if (!is_taken) return std::nullopt;
  return phase_of_machine(machine);
}

const Answers& answers() {
  static const Answers kAnswers = sim::walk_table<PhaseEdge, kPhases, kPhaseEvents>(lead);
  return kAnswers;
}

constexpr std::array<std::string_view, kPhases> kPhaseWords = {"normal", "prepared", "frozen",
                                                               "updated"};
constexpr std::array<std::string_view, kPhaseEvents> kEventWords = {
    "prepare", "freeze", "freeze failed", "cancel", "boot after update", "finish"};

}  // namespace

std::string_view word_of(Phase phase) {
  return kPhaseWords[static_cast<std::size_t>(phase)];
}

std::string_view word_of(PhaseEvent event) {
  return kEventWords[static_cast<std::size_t>(event)];
}

std::optional<Phase> phase_of(std::string_view word) {
  for (std::size_t number = 0; number < kPhases; ++number) {
    if (kPhaseWords[number] == word) return static_cast<Phase>(number);
  }
  return std::nullopt;
}

std::optional<Phase> next_phase(Phase phase, PhaseEvent event) {
  return answers().after(phase, event);
}

std::span<const PhaseEdge> phase_edges() {
  return answers().edges;
}

}  // namespace luosim::luo::v2
