// SPDX-License-Identifier: Apache-2.0
//
// A machine for tests of the engine whose steps are lambdas of the test itself, so that a test
// shows its programs beside what it expects of them. Every step that runs is noted as one line
// "time task: row"; everything else is the engine as a model uses it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/engine.hpp"

namespace luosim::sim {

class ScriptedMachine;

struct MachineContext : Context {
  ScriptedMachine& machine;
};

/// A row of a program; the texts must be literals.
struct ScriptedRow {
  std::string_view name;
  std::function<Outcome(MachineContext&)> run;
  Flow flow{};
};

/// How a task starts.
struct Start {
  Duration after{};
  bool keep_result = false;
  std::uint32_t group = 0;
  Arguments arguments{};
};

class ScriptedMachine {
 public:
  Schedule schedule;
  Faults faults;
  Names names;
  RecordedTrace trace;
  ScriptedChoice choice;
  std::vector<std::string> log;

  ScriptedMachine() = default;
  ScriptedMachine(const ScriptedMachine&) = delete;
  ScriptedMachine& operator=(const ScriptedMachine&) = delete;

  void add(std::string_view name, std::vector<ScriptedRow> rows) {
    std::vector<Step>& steps = steps_.emplace_back();
    for (const ScriptedRow& row : rows) steps.push_back({row.name, step<run_scripted>, row.flow});
    programs_.push_back({name, "of a test", steps});
    scripts_.emplace(ProgramId{name_hash(name)}, std::move(rows));
    table_.reset();
  }

  TaskId start(std::string_view task, std::string_view program, const Start& start = {}) {
    return schedule.spawn(names.intern(task), start.group, {name_hash(program)}, start.arguments,
                          start.after, start.keep_result);
  }

  /// Runs the next step; false if nothing is pending.
  bool advance() {
    if (schedule.is_idle()) return false;
    MachineContext context = context_of(schedule.take_next());
    Engine::run_step(context);
    return true;
  }

  /// Runs until nothing is pending. False if that does not happen soon.
  bool run() {
    constexpr int kManySteps = 10'000;
    for (int i = 0; i < kManySteps; ++i) {
      if (!advance()) return true;
    }
    return false;
  }

  MachineContext context_of(TaskId task) {
    return {{schedule, table(), names, choice, faults, trace, task}, *this};
  }

  std::vector<Record> records_of(RecordKind kind) const {
    std::vector<Record> found;
    for (const Record& record : trace.records()) {
      if (record.kind == kind) found.push_back(record);
    }
    return found;
  }

 private:
  static Outcome run_scripted(MachineContext& context) {
    ScriptedMachine& machine = context.machine;
    const Frame& frame = context.frame();
    const ScriptedRow& row = machine.scripts_.at(frame.program)[frame.step];
    const Symbol task = machine.schedule.task(context.task).name;
    machine.log.push_back(std::to_string(context.now().ns) + " " + machine.names.text(task) + ": " +
                          std::string(row.name));
    return row.run(context);
  }

  const Programs& table() {
    if (!table_) {
      std::vector<const Program*> all;
      for (const Program& program : programs_) all.push_back(&program);
      table_.emplace(all);
    }
    return *table_;
  }

  std::deque<std::vector<Step>> steps_;
  std::deque<Program> programs_;
  std::map<ProgramId, std::vector<ScriptedRow>> scripts_;
  std::optional<Programs> table_;
};

/// What `log` is compared with.
using Lines = std::vector<std::string>;

}  // namespace luosim::sim
