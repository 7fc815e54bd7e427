// SPDX-License-Identifier: Apache-2.0
#include "app/cli/run.hpp"

#include <memory>
#include <optional>
#include <ostream>

#include <fmt/format.h>

#include "app/cli/exit_code.hpp"
#include "app/cli/load.hpp"
#include "app/cli/read_file.hpp"
#include "app/cli/write_file.hpp"
#include "app/report/choices_file.hpp"
#include "app/report/log_line.hpp"
#include "app/report/perfetto.hpp"
#include "app/report/run_report.hpp"
#include "app/report/trace_log.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/tree.hpp"
#include "model/luo/v2/record.hpp"
#include "model/luo/v2/state.hpp"
#include "model/userspace/record.hpp"
#include "model/world/build.hpp"
#include "model/world/expectation.hpp"
#include "model/world/run.hpp"

namespace luosim::app {

namespace {

// Writes the log while the run goes on and keeps what the reports need afterwards.
class RunTrace final : public sim::Trace {
 public:
  RunTrace(const world::World& world, const world::Blueprint& blueprint, std::ostream* log,
           bool verbose, bool keeps_steps)
      : world_(world),
        log_(log),
        writer_(blueprint, verbose ? LogDetail::verbose : LogDetail::event) {
    recorded_.keep_steps(keeps_steps);
  }

  void write(const sim::Record& record) override {
    recorded_.write(record);
    if (log_ != nullptr) *log_ << writer_.text_of(record);
    // The tree is handed over as it stands when the old kernel jumps.
    if (record.kind == kernel::KernelRecord::kexec) tree_ = tree_of(world_);
  }

  const sim::RecordedTrace& recorded() const { return recorded_; }
  const std::vector<std::byte>& tree() const { return tree_; }

  static std::vector<std::byte> tree_of(const world::World& world);

 private:
  const world::World& world_;
  std::ostream* log_;
  LogWriter writer_;
  sim::RecordedTrace recorded_;
  std::vector<std::byte> tree_;
};

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
    if (record.kind != userspace::UserRecord::unexpected_answer || !line) continue;
    judged.push_back({fmt::format("{}: {}", line->source, line->message),
                      false,
                      {static_cast<std::uint32_t>(record.values[3]), 1}});
  }
  return judged;
}

std::optional<std::vector<sim::MadeChoice>> read_choices_file(const std::string& name,
                                                              std::ostream& errors) {
  const auto text = read_file(name, errors);
  if (!text) return std::nullopt;
  ChoicesResult result = read_choices(*text, name);
  if (result.choices) return std::move(*result.choices);
  errors << render(result.diagnostics, *text);
  return std::nullopt;
}

std::string trace_log(const std::vector<sim::Record>& records, const world::Blueprint& blueprint,
                      const TraceHeader& header) {
  TraceLogWriter writer(blueprint);
  std::string text = TraceLogWriter::header_line(header);
  for (const sim::Record& record : records) text += writer.line_of(record);
  return text;
}

bool write_outputs(const RunArguments& arguments, const world::Blueprint& blueprint,
                   const RunTrace& trace, const RunResult& result,
                   const std::vector<sim::MadeChoice>& choices, std::ostream& errors) {
  const std::vector<sim::Record>& records = trace.recorded().records();
  const TraceHeader header{LUOSIM_VERSION, result.scenario, result.protocol, result.seed};
  bool written = true;
  if (!arguments.trace_file.empty())
    written &= write_file(arguments.trace_file, perfetto_trace(records, blueprint, header), errors);
  if (!arguments.log_file.empty())
    written &= write_file(arguments.log_file, trace_log(records, blueprint, header), errors);
  if (!arguments.save_choices_file.empty())
    written &= write_file(arguments.save_choices_file, write_choices(choices), errors);
  if (!arguments.tree_file.empty()) {
    if (trace.tree().empty()) {
      errors << "luosim: no handover tree: the machine never jumped\n";
      return false;
    }
    const auto* bytes = reinterpret_cast<const char*>(trace.tree().data());
    written &= write_file(arguments.tree_file, std::string(bytes, trace.tree().size()), errors);
  }
  return written;
}

Verdict verdict_of(world::Stop stop, const std::vector<world::Judged>& judged) {
  if (stop == world::Stop::event_limit || stop == world::Stop::time_limit)
    return Verdict::incomplete;
  for (const world::Judged& each : judged)
    if (!each.held) return Verdict::fail;
  return Verdict::pass;
}

int exit_code_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return kHeld;
    case Verdict::fail:
      return kViolation;
    case Verdict::incomplete:
      return kLimit;
  }
  return kInternalError;
}

}  // namespace

int run_scenario(const RunArguments& arguments, std::ostream& output, std::ostream& errors) {
  const auto loaded = load(arguments.scenario, arguments.settings, errors);
  if (!loaded) return kBadInput;
  std::vector<sim::MadeChoice> recorded;
  if (!arguments.choices_file.empty()) {
    auto choices = read_choices_file(arguments.choices_file, errors);
    if (!choices) return kBadInput;
    recorded = std::move(*choices);
  }

  world::World world = world::make_world(loaded->built.blueprint);
  world.faults = loaded->built.faults;
  const bool shows_log = !arguments.quiet && !arguments.json;
  RunTrace trace(world, loaded->built.blueprint, shows_log ? &output : nullptr, arguments.verbose,
                 arguments.verbose);
  sim::SeededChoice seeded(arguments.seed);
  sim::RecordedChoice replayed(recorded);
  const bool replays = !arguments.choices_file.empty();
  sim::RecordingChoice choice(replays ? static_cast<sim::Choice&>(replayed) : seeded);
  const world::Stop stop =
      world::run(world, {loaded->built.blueprint, choice, trace}, {.events = arguments.max_events});

  RunResult result;
  result.scenario = arguments.scenario;
  result.title = loaded->scenario.title;
  result.protocol = loaded->scenario.protocol;
  result.seed = arguments.seed;
  result.stop = stop;
  result.end = world.schedule.now();
  result.records = trace.recorded().written();
  result.trace_hash = trace.recorded().hash();
  result.metrics = world::metrics_of(trace.recorded().records(), loaded->built.blueprint, world);
  result.expectations =
      world::judge(loaded->scenario, loaded->built.blueprint, world, result.metrics);
  for (world::Judged& judged :
       unexpected_answers(trace.recorded().records(), LogWriter(loaded->built.blueprint)))
    result.expectations.push_back(std::move(judged));
  add_implicit_expectations(loaded->scenario, world, stop, result.expectations);
  if (replays && (replayed.diverged() || !replayed.is_exhausted())) {
    result.expectations.push_back(
        {fmt::format("the run asks what {} answers: it differs from choice {} on",
                     arguments.choices_file, replayed.position() + 1),
         false,
         {}});
  }
  result.verdict = verdict_of(stop, result.expectations);

  if (!write_outputs(arguments, loaded->built.blueprint, trace, result, choice.made(), errors))
    return kBadInput;
  if (arguments.json) {
    output << summary_json(result).dump(2) << '\n';
  } else {
    output << (shows_log ? "\n" : "") << summary_text(result);
  }
  return exit_code_of(result.verdict);
}

}  // namespace luosim::app
