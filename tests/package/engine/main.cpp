// SPDX-License-Identifier: Apache-2.0
//
// A lamp that is lit for a while, three times: a model of somebody who has only the engine.
#include <iostream>

#include "sim/core/engine.hpp"

namespace {

using namespace luosim;

struct Lamp {
  int times_lit = 0;
  bool is_lit = false;
};

struct LampContext : sim::Context {
  Lamp& lamp;
};

sim::Outcome light(LampContext& context) {
  if (context.lamp.times_lit == 3) return sim::end();
  ++context.lamp.times_lit;
  context.lamp.is_lit = true;
  return sim::done(sim::milliseconds(5));
}

sim::Outcome put_out(LampContext& context) {
  context.lamp.is_lit = false;
  return sim::done(sim::milliseconds(1));
}

constexpr sim::Step kSteps[] = {
    {"light", sim::step<light>, {.on_end = "return"}},
    {"put out", sim::step<put_out>, {.then = "light"}},
};
constexpr sim::Program kBlink{"blink", "lights the lamp three times", kSteps};

}  // namespace

int main() {
  const sim::Program* const all[] = {&kBlink};
  const sim::Programs programs{all};
  sim::Names names;
  sim::Schedule schedule;
  sim::SeededChoice choice(1);
  sim::Faults faults;
  sim::RecordedTrace trace;
  Lamp lamp;
  schedule.spawn(names.intern("lamp"), 0, {sim::name_hash("blink")}, {}, {}, false);
  while (!schedule.is_idle()) {
    LampContext context{{schedule, programs, names, choice, faults, trace, schedule.take_next()},
                        lamp};
    sim::Engine::run_step(context);
  }
  std::cout << "lit " << lamp.times_lit << " times, " << schedule.now().ns << " ns\n";
  return lamp.times_lit == 3 && schedule.now().ns == 18'000'000 ? 0 : 1;
}
