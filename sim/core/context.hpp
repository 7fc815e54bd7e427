// SPDX-License-Identifier: Apache-2.0
//
// What a step may touch besides its world: its own frame, the clock and the other tasks, the one
// door to chance, the faults, and the trace. Each layer of a model derives a context that adds its
// own state; a context lives for one step and is never stored.
#pragma once

#include "sim/choice/choice.hpp"
#include "sim/core/name.hpp"
#include "sim/core/schedule.hpp"
#include "sim/fault/fault.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::sim {

struct Context {
  Schedule& schedule;
  const Programs& programs;
  const Names& names;
  Choice& choice;
  Faults& faults;
  Trace& trace;
  TaskId task{};

  /// The activation that runs. Not to be kept over a call that spawns a task.
  Frame& frame() const { return schedule.frame_of(task); }
  SimTime now() const { return schedule.now(); }
  /// The value of a knob of the protocol that runs.
  std::uint8_t knob(const Knob& which) const { return programs.knobs().of(which); }

  /// Gives up a lock that this task holds.
  void release(LockId lock) const { schedule.release(task, lock); }

  /// Writes a record of the present time and task.
  void record(Record record) const {
    record.time = now();
    record.task = task;
    trace.write(record);
  }

  /// Asks whether the fault of this site fires now; the value it makes the call return, if so. The
  /// instances tell one participant, file or VM from another; empty where there is only one.
  std::optional<std::int32_t> fault(const FaultSite& site, std::string_view instance = {},
                                    std::string_view other_instance = {}) const {
    if (faults.is_empty() && !choice.adds_faults()) return std::nullopt;
    const auto hash = [](std::string_view text) { return text.empty() ? 0 : name_hash(text); };
    std::optional<std::int32_t> value =
        faults.consult(site.id(), hash(instance), hash(other_instance), now(), choice);
    if (!value) {
      const ChoiceLabel label{site.id().hash, hash(instance)};
      if (choice.adds_faults()) value = choice.strikes(label);
      choice.note_fault(label, value);
    }
    if (value) {
      record({.kind = EngineRecord::fault_fired,
              .values = {site.id().hash, hash(instance),
                         static_cast<std::uint64_t>(std::int64_t{*value}), hash(other_instance)}});
    }
    return value;
  }
};

}  // namespace luosim::sim
