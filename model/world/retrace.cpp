// SPDX-License-Identifier: Apache-2.0
#include "model/world/retrace.hpp"

#include <algorithm>
#include <utility>

#include "model/world/order.hpp"

namespace luosim::world {

namespace {

constexpr std::uint32_t kCertain = 1'000'000;

// Answers as a move was answered, question by question of the same label, and else the ordinary.
class SameAnswers final : public sim::Choice {
 public:
  SameAnswers(const sim::EnumeratedChoice& answers, const std::vector<sim::AskedFault>& faults)
      : Choice(true), made_(answers.made()), faults_(faults) {
    if (answers.settled()) made_.push_back(*answers.settled());
  }

  std::uint32_t choose(std::uint32_t alternatives, sim::ChoiceLabel label) override {
    const auto made = std::find_if(made_.begin(), made_.end(),
                                   [&](const auto& each) { return each.label == label; });
    if (made == made_.end()) return 0;
    const std::uint32_t chosen = made->chosen;
    made_.erase(made);
    return chosen < alternatives ? chosen : 0;
  }

  bool happens(std::uint32_t per_million, sim::ChoiceLabel label) override {
    if (per_million == 0 || per_million >= kCertain) return per_million > 0;
    if (choose(2, label) == 0) return false;
    strikes(label);  // what chance made fail was told there as well
    return true;
  }

  std::optional<std::int32_t> strikes(sim::ChoiceLabel label) override {
    const auto asked = std::find_if(faults_.begin(), faults_.end(),
                                    [&](const auto& each) { return each.label == label; });
    if (asked == faults_.end()) return std::nullopt;
    const std::optional<std::int32_t> value = asked->value;
    faults_.erase(asked);
    return value;
  }

 private:
  std::vector<sim::MadeChoice> made_;
  std::vector<sim::AskedFault> faults_;
};

}  // namespace

Retrace::Retrace(const WorldModel& model)
    : model_(model),
      world_(model.initial_with_history().world),
      steps_(model.opening().steps),
      faults_(model.opening().faults) {}

std::optional<sim::TaskId> Retrace::find(const TakenStep& step) const {
  std::optional<sim::TaskId> found;
  std::uint32_t count = 0;
  for (std::uint32_t index = 0; index < world_.schedule.tasks().size(); ++index) {
    const sim::TaskId task{index};
    if (world_.schedule.task(task).state != sim::Task::State::ready) continue;
    TakenStep here = taken_step(world_.schedule, task);
    here.which = step.which;
    if (here != step) continue;
    found = task;
    if (++count == step.which) break;
  }
  return found;
}

void Retrace::follow(const std::vector<TakenStep>& move, const sim::EnumeratedChoice& answers,
                     const std::vector<sim::AskedFault>& faults) {
  SameAnswers choice(answers, faults);
  choice.follow_faults(&faults_);
  sim::NoTrace trace;
  for (const TakenStep& step : move) {
    const auto task = find(step);
    if (!task) continue;
    add_part(steps_, step_of(world_.schedule, *task));
    Context context = context_for(world_, {model_.blueprint(), choice, trace}, *task);
    world_.schedule.take(*task);
    run_step_of_task(context);
  }
}

}  // namespace luosim::world
