// SPDX-License-Identifier: Apache-2.0
//
// Plays one loaded scenario to its end, checks the guarantees on the way, and judges what came of
// it. `run` reports the result.
#pragma once

#include <csignal>
#include <iosfwd>
#include <vector>

#include "app/cli/interrupt.hpp"
#include "app/cli/load.hpp"
#include "app/report/report_plan.hpp"
#include "app/report/run_report.hpp"
#include "sim/choice/choice.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::app {

struct PlayOptions {
  std::uint64_t seed = 0;
  std::uint64_t max_events = 200'000'000;
  std::ostream* log = nullptr;    ///< where the log goes while the run goes on; null: nowhere
  bool verbose = false;           ///< the log with every step, which the records then keep as well
  bool keeps_records = false;     ///< for who reports them afterwards; a long run has millions
  RunWatcher* watcher = nullptr;  ///< sees each record; null: nobody does
  /// Choices to give again; null: they are made from the seed.
  const std::vector<sim::MadeChoice>* choices = nullptr;
  std::string choices_name{};  ///< for messages
  /// The run stops once it is not zero. Null: nobody interrupts, for it is short and needed whole.
  const volatile std::sig_atomic_t* is_interrupted = interrupt_flag();
};

/// Something that could have been otherwise in a run without the machine being another one.
struct Decision {
  enum class Kind : std::uint8_t { call, fault };
  Kind kind = Kind::call;
  std::uint64_t number = 0;  ///< of its record, from 1
  sim::Record record{};
  std::uint32_t actor = 0;    ///< whose script says the call
  std::uint32_t entry = 0;    ///< of the script
  std::uint32_t operand = 0;  ///< of the entry
};

struct Played {
  RunResult result;
  std::vector<sim::Record> records;  ///< if they were to be kept
  std::vector<sim::Symbol> tasks;    ///< the name of the task of each of them
  std::vector<sim::MadeChoice> choices;
  std::vector<Decision> decisions;         ///< in order of time
  std::vector<std::size_t> unfired_rules;  ///< of the scenario, that were certain to fire
  std::vector<std::byte> tree;             ///< the handover tree as it stood at the last jump
};

Played play(const Loaded& loaded, const PlayOptions& options);

}  // namespace luosim::app
