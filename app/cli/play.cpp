// SPDX-License-Identifier: Apache-2.0
#include "app/cli/play.hpp"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "app/report/log_line.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/tree.hpp"
#include "model/luo/v2/state.hpp"
#include "model/userspace/record.hpp"
#include "model/world/checks.hpp"
#include "model/world/expectation.hpp"
#include "model/world/run.hpp"

namespace luosim::app {

namespace {

// Writes the log while the run goes on and keeps what the reports need afterwards.
class RunTrace final : public sim::Trace {
 public:
  RunTrace(const world::World& world, const world::Blueprint& blueprint, const PlayOptions& options)
      : world_(world),
        blueprint_(blueprint),
        log_(options.log),
        writer_(blueprint, options.verbose ? LogDetail::verbose : LogDetail::event),
        metrics_(blueprint),
        watcher_(options.watcher),
        keeps_records_(options.keeps_records) {
    recorded_.keep_steps(options.verbose);
  }

  void write(const sim::Record& record) override {
    recorded_.write(record);
    if (!keeps_records_) recorded_.forget_records();
    // The number of a task is used again: who it is has to be asked now.
    if (recorded_.records().size() > tasks_.size()) tasks_.push_back(name_of(record.task));
    metrics_.take(record);
    if (record.kind == userspace::UserRecord::unexpected_answer) unexpected_.push_back(record);
    note_decision(record);
    if (log_ != nullptr) *log_ << writer_.text_of(record);
    if (watcher_ != nullptr) watcher_->look(record, world_);
    // The tree is handed over as it stands when the old kernel jumps.
    if (record.kind == kernel::KernelRecord::kexec) tree_ = tree_of(world_);
  }

  const sim::RecordedTrace& recorded() const { return recorded_; }
  /// The name of the task of each record that was kept.
  const std::vector<sim::Symbol>& tasks() const { return tasks_; }
  const std::vector<std::byte>& tree() const { return tree_; }
  const std::vector<Decision>& decisions() const { return decisions_; }
  const std::vector<sim::Record>& unexpected() const { return unexpected_; }
  world::Metrics metrics() { return metrics_.finish(world_); }

  static std::vector<std::byte> tree_of(const world::World& world);

 private:
  // Empty before the first task.
  sim::Symbol name_of(sim::TaskId task) const {
    const auto& tasks = world_.schedule.tasks();
    return task.index < tasks.size() ? tasks[task.index].name : sim::Symbol{};
  }

  void note_decision(const sim::Record& record);

  const world::World& world_;
  const world::Blueprint& blueprint_;
  std::ostream* log_;
  LogWriter writer_;
  sim::RecordedTrace recorded_;
  world::MetricsCollector metrics_;
  RunWatcher* watcher_;
  bool keeps_records_;
  std::vector<sim::Record> unexpected_;
  std::vector<Decision> decisions_;
  std::vector<sim::Symbol> tasks_;
  std::vector<std::byte> tree_;
};

// What a free actor calls is no part of a script that could end sooner.
void RunTrace::note_decision(const sim::Record& record) {
  Decision decision{.number = recorded_.written(), .record = record};
  if (record.kind == sim::EngineRecord::fault_fired) {
    decision.kind = Decision::Kind::fault;
  } else if (record.kind == userspace::UserRecord::call_begins) {
    const sim::Frame& frame = world_.schedule.outermost_frame_of(record.task);
    decision.actor = static_cast<std::uint32_t>(frame.values[0]);
    decision.operand = static_cast<std::uint32_t>(frame.local[0]);
    decision.entry = world_.progress.actors[decision.actor].entry;
    if (blueprint_.cast.actors[decision.actor].free) return;
  } else {
    return;
  }
  decisions_.push_back(decision);
}

// LUO's tree while there is one, else KHO's root page.
std::vector<std::byte> RunTrace::tree_of(const world::World& world) {
  const memory::PhysicalAddress luo = world.kernel.luo.tree;
  const memory::PhysicalAddress address = luo.value != 0 ? luo : world.kernel.kho.root;
  if (address.value == 0) return {};
  const kho::TreeReader tree(world.hardware.memory.bytes(), address, luo::v2::kTreeBytes);
  const auto blob = tree.blob();
  return {blob.begin(), blob.end()};
}

// What must be true without being said: the machine runs at the end, and every script has ended.
void add_implicit_expectations(const world::Scenario& scenario, const world::World& end,
                               world::Stop stop, std::vector<world::Judged>& judged) {
  bool speaks_of_machine = false;
  for (const world::Expectation& expectation : scenario.expectations)
    speaks_of_machine |= expectation.kind == world::Expectation::Kind::machine;
  if (speaks_of_machine) return;
  const std::string state = world::state_of_machine(end);
  if (state != "running")
    judged.push_back({fmt::format("the machine is {}, expected running", state), false, {}});
  if (stop == world::Stop::stuck && state == "running")
    judged.push_back({"a script waits for what will not happen any more", false, {}});
}

std::vector<world::Judged> unexpected_answers(const std::vector<sim::Record>& records,
                                              LogWriter writer) {
  std::vector<world::Judged> judged;
  for (const sim::Record& record : records) {
    const auto line = writer.take(record);
    if (!line) continue;
    judged.push_back({fmt::format("{}: {}", line->source, line->message),
                      false,
                      {static_cast<std::uint32_t>(record.values[3]), 1}});
  }
  return judged;
}

std::vector<VmCost> costs_of_vms(const world::Blueprint& blueprint, const world::World& end,
                                 const world::Metrics& metrics) {
  std::vector<VmCost> costs;
  for (std::size_t vm = 0; vm < blueprint.cast.vms.size(); ++vm) {
    const userspace::VmPlan& plan = blueprint.cast.vms[vm];
    if (plan.devices.empty() || vm >= end.ledger.io.size()) continue;
    const std::string& name = blueprint.names.text(plan.name);
    const auto blackout = metrics.find(fmt::format("vm.{}.blackout_ns", name));
    const sim::Duration duration{blackout == metrics.end() ? 0 : blackout->second};
    costs.push_back({name, duration, end.ledger.io[vm]});
  }
  return costs;
}

void add_replay_expectation(const PlayOptions& options, const sim::RecordedChoice& replayed,
                            std::vector<world::Judged>& judged) {
  if (!replayed.diverged() && replayed.is_exhausted()) return;
  judged.push_back({fmt::format("the run asks what {} answers: it differs from choice {} on",
                                options.choices_name, replayed.position() + 1),
                    false,
                    {}});
}

std::vector<BrokenGuarantee> broken_guarantees(const world::Checks& checks,
                                               const world::Scenario& scenario) {
  std::vector<BrokenGuarantee> broken;
  for (const sim::Violation& violation : checks.violations()) {
    const guarantees::Guarantee& guarantee = *checks.guarantees()[violation.guarantee];
    broken.push_back({std::string(guarantee.id), std::string(guarantee.promise), violation.cause,
                      violation.time, violation.record, violation.times,
                      world::is_expected(scenario, guarantee.id)});
  }
  return broken;
}

std::vector<std::string> reached_claims(const world::Checks& checks) {
  std::vector<std::string> reached;
  for (std::uint32_t index = 0; index < checks.guarantees().size(); ++index)
    if (checks.was_reached(index)) reached.emplace_back(checks.guarantees()[index]->id);
  return reached;
}

// Claims of what should be reached at some time are no promises of a single run.
std::size_t promises_among(std::span<const guarantees::Guarantee* const> guarantees) {
  std::size_t promises = 0;
  for (const guarantees::Guarantee* guarantee : guarantees)
    if (guarantee->kind != sim::ClaimKind::sometimes) ++promises;
  return promises;
}

// Faults that were certain to happen and did not: the scenario shows less than it says.
std::vector<std::size_t> unfired_rules(const sim::Faults& at_the_end) {
  std::vector<std::size_t> unfired;
  const std::vector<sim::FaultRule>& rules = at_the_end.rules();
  for (std::size_t index = 0; index < rules.size(); ++index)
    if (rules[index].per_million == 1'000'000 && rules[index].fired == 0) unfired.push_back(index);
  return unfired;
}

Verdict verdict_of(const RunResult& result) {
  if (result.stop == world::Stop::interrupted) return Verdict::incomplete;
  // What was broken stays broken, however the run was cut off after it.
  for (const BrokenGuarantee& broken : result.violations)
    if (!broken.is_expected) return Verdict::fail;
  if (result.stop == world::Stop::event_limit || result.stop == world::Stop::time_limit)
    return Verdict::incomplete;
  for (const world::Judged& each : result.expectations)
    if (!each.held) return Verdict::fail;
  return result.unfired.empty() ? Verdict::pass : Verdict::vacuous;
}

}  // namespace

Played play(const Loaded& loaded, const PlayOptions& options) {
  const world::Scenario& scenario = loaded.scenario;
  const world::Blueprint& blueprint = loaded.built.blueprint;
  world::World world = world::make_world(blueprint);
  world.faults = loaded.built.faults;
  RunTrace trace(world, blueprint, options);
  world::CheckingTrace checking(world, blueprint, trace);
  sim::SeededChoice seeded(options.seed);
  sim::RecordedChoice replayed(options.choices == nullptr ? std::vector<sim::MadeChoice>()
                                                          : *options.choices);
  sim::RecordingChoice choice(options.choices == nullptr ? static_cast<sim::Choice&>(seeded)
                                                         : replayed);
  Played played;
  RunResult& result = played.result;
  result.title = scenario.title;
  result.protocol = scenario.protocol;
  result.seed = options.seed;
  result.stop =
      world::run(world, {blueprint, choice, checking},
                 {.events = options.max_events, .is_interrupted = options.is_interrupted});
  if (options.watcher != nullptr) options.watcher->end(world);
  result.end = world.schedule.now();
  result.machine = world::state_of_machine(world);
  result.records = trace.recorded().written();
  result.trace_hash = trace.recorded().hash();
  played.records = trace.recorded().records();
  played.tasks = trace.tasks();
  played.decisions = trace.decisions();
  // What was broken off has no end to judge.
  const bool has_ended =
      result.stop == world::Stop::scripts_ended || result.stop == world::Stop::stuck;
  if (has_ended) world::judge_the_end(checking, world, blueprint, options.is_interrupted);
  if (options.is_interrupted != nullptr && *options.is_interrupted != 0)
    result.stop = world::Stop::interrupted;
  result.violations = broken_guarantees(checking.checks(), scenario);
  result.reached = reached_claims(checking.checks());
  result.guarantees = promises_among(checking.checks().guarantees());
  played.unfired_rules = unfired_rules(world.faults);
  for (const std::size_t index : played.unfired_rules)
    result.unfired.push_back(
        fmt::format("{} (call {})", scenario.faults[index].site, scenario.faults[index].nth));
  result.metrics = trace.metrics();
  result.vms = costs_of_vms(blueprint, world, result.metrics);
  result.expectations = world::judge(scenario, blueprint, world, result.metrics, checking.checks());
  for (world::Judged& judged : unexpected_answers(trace.unexpected(), LogWriter(blueprint)))
    result.expectations.push_back(std::move(judged));
  add_implicit_expectations(scenario, world, result.stop, result.expectations);
  if (options.choices != nullptr) add_replay_expectation(options, replayed, result.expectations);
  result.verdict = verdict_of(result);
  played.choices = choice.made();
  played.tree = trace.tree();
  return played;
}

}  // namespace luosim::app
