// SPDX-License-Identifier: Apache-2.0
//
// The table is Boost.MSM's and is the authority (devices.md, F.5); it is walked once and the
// answers are kept (sim/core/table_walk.hpp). A controller that is fatal can be disabled: clearing
// CC.EN is a reset too (F.4).
#include <vector>

#include <boost/mpl/vector/vector30.hpp>
#include <boost/msm/back/state_machine.hpp>
#include <boost/msm/front/functor_row.hpp>
#include <boost/msm/front/state_machine_def.hpp>

#include "model/device/nvme/controller.hpp"
#include "sim/core/table_walk.hpp"

namespace luosim::device::nvme {

namespace {

namespace msm = boost::msm;
using msm::front::none;
using msm::front::Row;

struct on_enable {};
struct on_refuse {};
struct on_enabled {};
struct on_disable {};
struct on_disabled {};
struct on_shut_down {};
struct on_complete {};
struct on_fail {};
struct on_reset {};
struct on_reset_done {};

struct ControllerTable : msm::front::state_machine_def<ControllerTable> {
  using no_exception_thrown = int;
  using no_message_queue = int;

  struct disabled : msm::front::state<> {};
  struct enabling : msm::front::state<> {};
  struct ready : msm::front::state<> {};
  struct shutting_down : msm::front::state<> {};
  struct shut_down : msm::front::state<> {};
  struct disabling : msm::front::state<> {};
  struct fatal : msm::front::state<> {};
  struct in_reset : msm::front::state<> {};
  using initial_state = disabled;

  // clang-format off
  struct transition_table : boost::mpl::vector22<
      //   from            event           to
      Row< disabled      , on_enable     , enabling      , none, none >,
      Row< disabled      , on_refuse     , fatal         , none, none >,
      Row< disabled      , on_reset      , in_reset      , none, none >,
      Row< enabling      , on_enabled    , ready         , none, none >,
      Row< enabling      , on_disable    , disabling     , none, none >,
      Row< enabling      , on_fail       , fatal         , none, none >,
      Row< enabling      , on_reset      , in_reset      , none, none >,
      Row< ready         , on_disable    , disabling     , none, none >,
      Row< ready         , on_shut_down  , shutting_down , none, none >,
      Row< ready         , on_fail       , fatal         , none, none >,
      Row< ready         , on_reset      , in_reset      , none, none >,
      Row< shutting_down , on_complete   , shut_down     , none, none >,
      Row< shutting_down , on_disable    , disabling     , none, none >,
      Row< shutting_down , on_fail       , fatal         , none, none >,
      Row< shutting_down , on_reset      , in_reset      , none, none >,
      Row< shut_down     , on_disable    , disabling     , none, none >,
      Row< shut_down     , on_reset      , in_reset      , none, none >,
      Row< disabling     , on_disabled   , disabled      , none, none >,
      Row< disabling     , on_reset      , in_reset      , none, none >,
      Row< fatal         , on_disable    , disabling     , none, none >,
      Row< fatal         , on_reset      , in_reset      , none, none >,
      Row< in_reset      , on_reset_done , disabled      , none, none >
  > {};
  // clang-format on

  template <class Machine, class Event>
  void no_transition(const Event& /*event*/, Machine& /*machine*/, int /*state*/) {
    refused = true;
  }
  bool refused = false;
};
using ControllerMachine = msm::back::state_machine<ControllerTable>;

template <class Event>
void process(ControllerMachine& machine) {
  machine.process_event(Event{});
}

// In the order of ControllerEvent.
constexpr std::array<void (*)(ControllerMachine&), kControllerEvents> kProcess = {
    process<on_enable>,   process<on_refuse>,    process<on_enabled>,  process<on_disable>,
    process<on_disabled>, process<on_shut_down>, process<on_complete>, process<on_fail>,
    process<on_reset>,    process<on_reset_done>};

bool process_event(ControllerMachine& machine, ControllerEvent event) {
  machine.refused = false;
  kProcess[static_cast<std::size_t>(event)](machine);
  return !machine.refused;
}

template <class State>
constexpr int number_of() {
  return msm::back::get_state_id<ControllerMachine::stt, State>::value;
}

ControllerState state_of_machine(const ControllerMachine& machine) {
  // In the order of ControllerState.
  constexpr std::array<int, kControllerStates> kNumbers = {
      number_of<ControllerTable::disabled>(),  number_of<ControllerTable::enabling>(),
      number_of<ControllerTable::ready>(),     number_of<ControllerTable::shutting_down>(),
      number_of<ControllerTable::shut_down>(), number_of<ControllerTable::disabling>(),
      number_of<ControllerTable::fatal>(),     number_of<ControllerTable::in_reset>()};
  const int number = machine.current_state()[0];
  std::size_t state = 0;
  while (kNumbers[state] != number) ++state;
  return static_cast<ControllerState>(state);
}

using Answers = sim::TransitionTable<ControllerEdge, kControllerStates, kControllerEvents>;

std::optional<ControllerState> lead(const std::vector<ControllerEvent>& path) {
  ControllerMachine machine;
  machine.start();
  bool is_taken = true;
  for (const ControllerEvent event : path) is_taken = process_event(machine, event);
  if (!is_taken) return std::nullopt;
  return state_of_machine(machine);
}

const Answers& answers() {
  static const Answers kAnswers =
      sim::walk_table<ControllerEdge, kControllerStates, kControllerEvents>(lead);
  return kAnswers;
}

constexpr std::array<std::string_view, kControllerStates> kStateWords = {
    "disabled",  "enabling",  "ready", "shutting down",
    "shut down", "disabling", "fatal", "in reset"};
constexpr std::array<std::string_view, kControllerEvents> kEventWords = {
    "enable", "refuse", "enabled",       "disable", "disabled", "shut down", "shutdown complete",
    "fail",   "reset",  "reset complete"};

}  // namespace

std::string_view word_of(ControllerState state) {
  return kStateWords[static_cast<std::size_t>(state)];
}

std::string_view word_of(ControllerEvent event) {
  return kEventWords[static_cast<std::size_t>(event)];
}

std::optional<ControllerState> next_state(ControllerState state, ControllerEvent event) {
  return answers().after(state, event);
}

std::span<const ControllerEdge> controller_edges() {
  return answers().edges;
}

}  // namespace luosim::device::nvme
