// SPDX-License-Identifier: Apache-2.0
//
// The guarantees at work on a world: a trace that shows each record to them before it passes the
// record on, and what can only be judged at the end.
#pragma once

#include "model/guarantees/all.hpp"
#include "model/world/run.hpp"
#include "model/world/world.hpp"
#include "sim/check/checks.hpp"

namespace luosim::world {

/// The world as guarantees see it.
guarantees::Machine machine_of(const World& world, const Blueprint& blueprint);

class CheckingTrace final : public sim::Trace {
 public:
  /// All of them must outlive this.
  CheckingTrace(const World& world, const Blueprint& blueprint, sim::Trace& next)
      : machine_(machine_of(world, blueprint)), next_(next), checks_(guarantees::all()) {}

  void write(const sim::Record& record) override {
    next_.write(record);
    checks_.see(record, machine_);
  }

  sim::Checks<guarantees::Machine>& checks() { return checks_; }
  const sim::Checks<guarantees::Machine>& checks() const { return checks_; }

 private:
  guarantees::Machine machine_;
  sim::Trace& next_;
  sim::Checks<guarantees::Machine> checks_;
};

/// Judges what can be judged only when the story has ended: that nobody hangs in a call, and that a
/// person can get the machine back to normal. `end` is copied, not changed. Says nothing once
/// `is_interrupted` is not zero; null: nobody interrupts.
void judge_the_end(CheckingTrace& trace, const World& end, const Blueprint& blueprint,
                   const volatile std::sig_atomic_t* is_interrupted = nullptr);

}  // namespace luosim::world
