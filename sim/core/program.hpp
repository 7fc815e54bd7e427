// SPDX-License-Identifier: Apache-2.0
//
// A program is a long operation written as a table: named steps, each a small function over the
// world, and for each step where to go on. Because the flow stands in the table and not in the
// functions, a program can be printed, drawn and varied; because what is pending is only (program,
// step, arguments), the world stays a value. A step is what can interleave.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sim/core/knob.hpp"
#include "sim/core/lock.hpp"
#include "sim/core/name.hpp"
#include "sim/core/time.hpp"

namespace luosim::sim {

struct Context;

/// Identifies a program by the hash of its name.
struct ProgramId {
  std::uint32_t hash = 0;
  friend constexpr auto operator<=>(const ProgramId&, const ProgramId&) = default;
};

/// Arguments of a call. `word` goes in and comes back: the callee's last value of it is the
/// caller's, whatever the callee returned, like a `u64 *` parameter of a C function.
struct Arguments {
  std::array<std::uint64_t, 4> values{};
  std::uint64_t word = 0;
};

/// What a step answers to the engine.
struct Outcome {
  enum class Kind : std::uint8_t {
    done,     ///< go on with the row's `then`
    again,    ///< the same step once more
    end,      ///< nothing left to do for a loop: go on with the row's `on_end`
    fail,     ///< the program's status becomes `value`; go on with the row's `on_failure`
    finish,   ///< the program returns `value` now
    call,     ///< run another program; then as `done`, with its return value in `frame.result`
    acquire,  ///< wait for a lock; then as `done`; a killed wait is `fail` with `value`
    park,     ///< sleep until somebody calls Schedule::unpark(); then the same step once more
    halt,     ///< the task is gone: its machine is
  };
  Kind kind = Kind::done;
  LockRequest lock{};      ///< of `acquire`
  ProgramId program{};     ///< of `call`
  Duration after{};        ///< the next step begins this much later
  std::int64_t value = 0;  ///< status of fail and finish: -errno, or a value >= 0
  Arguments arguments{};   ///< of `call`
};

inline Outcome done(Duration after = {}) {
  return {.kind = Outcome::Kind::done, .after = after};
}
inline Outcome again(Duration after = {}) {
  return {.kind = Outcome::Kind::again, .after = after};
}
inline Outcome end(Duration after = {}) {
  return {.kind = Outcome::Kind::end, .after = after};
}
inline Outcome fail(std::int64_t status, Duration after = {}) {
  return {.kind = Outcome::Kind::fail, .after = after, .value = status};
}
inline Outcome finish(std::int64_t status, Duration after = {}) {
  return {.kind = Outcome::Kind::finish, .after = after, .value = status};
}
inline Outcome park() {
  return {.kind = Outcome::Kind::park};
}
inline Outcome halt() {
  return {.kind = Outcome::Kind::halt};
}
inline Outcome call(ProgramId program, Arguments arguments = {}, Duration after = {}) {
  return {.kind = Outcome::Kind::call, .program = program, .after = after, .arguments = arguments};
}
inline Outcome acquire(LockId lock, LockMode mode) {
  return {.kind = Outcome::Kind::acquire, .lock = {lock, mode, /*killable=*/false}};
}
/// As `acquire`, but a kill while waiting ends the wait: the step fails with `status`.
inline Outcome acquire_killable(LockId lock, LockMode mode, std::int64_t status) {
  return {.kind = Outcome::Kind::acquire, .lock = {lock, mode, /*killable=*/true}, .value = status};
}

using StepFunction = Outcome (*)(Context&);

/// Labels a row may go on with besides the names of steps.
inline constexpr std::string_view kNextStep = "";      ///< the row below; after the last: return
inline constexpr std::string_view kReturn = "return";  ///< end the program with its status

/// Where a row goes on.
struct Flow {
  std::string_view then = kNextStep;
  std::string_view on_end = kReturn;
  std::string_view on_failure = kReturn;
};

/// One row of a program. A row that is not there passes on to the row below it.
struct Step {
  std::string_view name;
  StepFunction run = nullptr;
  Flow flow{};
  RowCondition only{};
};

/// A named list of named steps. Programs are constants; `about` is one sentence for `explain`.
struct Program {
  std::string_view name;
  std::string_view about;
  std::span<const Step> steps;

  constexpr ProgramId id() const { return {name_hash(name)}; }
};

/// Makes a step function of `run`, which takes a context of its own layer. The engine's context is
/// always the model's most derived one, so the cast is exact.
template <auto run>
struct StepOf;

template <class LayerContext, Outcome (*run)(LayerContext&)>
struct StepOf<run> {
  static Outcome invoke(Context& context) { return run(static_cast<LayerContext&>(context)); }
};

template <auto run>
inline constexpr StepFunction step = &StepOf<run>::invoke;

/// All programs of a model as one set of knobs makes them, by id, with the labels of their rows
/// resolved. Rows are numbered by what is there: what another protocol adds changes no number here.
class Programs {
 public:
  /// A row whose labels are indexes; `kReturnRow` ends the program.
  struct Row {
    StepFunction run;
    std::uint16_t then;
    std::uint16_t on_end;
    std::uint16_t on_failure;
  };
  struct Entry {
    const Program* program;
    std::vector<Row> rows;
    std::vector<const Step*> steps;  ///< of the rows
  };
  static constexpr std::uint16_t kReturnRow = 0xFFFF;

  /// Ends the process when two names collide, a label is unknown or a program is empty: that is a
  /// mistake of luosim and not of its user.
  explicit Programs(std::span<const Program* const> programs, KnobValues knobs = {});

  const KnobValues& knobs() const { return knobs_; }

  /// The program with this id, which must exist. O(1).
  const Entry& find(ProgramId id) const { return entries_[slot_of(id)]; }
  bool contains(ProgramId id) const { return entries_[slot_of(id)].program != nullptr; }

  /// In the order of registration, which is the order of `explain programs`.
  const std::vector<const Program*>& in_order() const { return in_order_; }

 private:
  std::size_t slot_of(ProgramId id) const;

  std::vector<Entry> entries_;  // open addressing, a power of two, at most half full
  std::vector<ProgramId> ids_;
  std::vector<const Program*> in_order_;
  KnobValues knobs_;
};

}  // namespace luosim::sim
