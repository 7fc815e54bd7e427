// SPDX-License-Identifier: Apache-2.0
//
// mutants check ROOT: tries every mutant of the table, which must be killed, and all mutants of LUO
// and KHO by a single row; survivors must be known, with a reason, and docs/mutants.md must say
// what was found. `mutants write ROOT` writes that page instead; `mutants named ROOT` and `mutants
// list ROOT AREA PREFIX` print what becomes of the mutants of the table and of some programs.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "model/world/blueprint.hpp"
#include "model/world/protocol.hpp"
#include "tests/mutants/survivors.hpp"
#include "tests/mutants/table.hpp"
#include "tests/mutants/trial.hpp"

namespace luosim::mutants {

namespace {

constexpr const char* kPage = "docs/mutants.md";
constexpr Operator kAllOperators[] = {Operator::drop,      Operator::swap,   Operator::swallow,
                                      Operator::skip_call, Operator::weaken, Operator::twice,
                                      Operator::once};
constexpr Operator kEnumerated[] = {Operator::drop, Operator::swap, Operator::swallow};

struct Tally {
  std::size_t killed = 0;
  std::size_t survived = 0;
  std::size_t unseen = 0;
  std::size_t total() const { return killed + survived + unseen; }
};

struct Findings {
  std::string table_rows;
  std::map<std::string, Tally> by_program;  ///< of the enumeration
  std::map<std::string, std::size_t> by_reason;
  std::vector<std::string> survivors;
  std::size_t killed = 0;
  std::vector<std::string> complaints;
};

std::string text_of(const Mutation& mutation) {
  return fmt::format("{}, `{}`: {}", mutation.program, mutation.row, word_of(mutation.how));
}

void note_survivor(const Mutation& mutation, const Judgement& judgement, Findings& findings) {
  const Survivor* known = find_survivor(mutation);
  if (known == nullptr) {
    findings.complaints.push_back(text_of(mutation) + (judgement.fate == Fate::survived
                                                           ? ": survives without a reason"
                                                           : ": shows nowhere, without a reason"));
    return;
  }
  findings.survivors.push_back(fmt::format("| {} | `{}` | {} | {} | {} |", mutation.program,
                                           mutation.row, word_of(mutation.how), word_of(known->why),
                                           known->reason));
  ++findings.by_reason[std::string(word_of(known->why))];
}

void try_the_table(const std::vector<Trial>& protocol, const std::vector<Trial>& devices,
                   Findings& findings) {
  for (const NamedMutant& named : table()) {
    const bool is_of_devices = named.area == Area::devices;
    const Judgement judgement = judge(is_of_devices ? devices : protocol, named.mutation);
    if (judgement.fate != Fate::killed) {
      note_survivor(named.mutation, judgement, findings);
      continue;
    }
    ++findings.killed;
    findings.table_rows += fmt::format(
        "| {} | {} | `{}` | {} | {} | {} |\n", named.name, named.mutation.program,
        named.mutation.row, word_of(named.mutation.how), judgement.trial, judgement.cause);
  }
}

void take(const Mutation& mutation, const Judgement& judgement, Findings& findings) {
  Tally& tally = findings.by_program[std::string(mutation.program)];
  if (judgement.fate == Fate::killed) {
    ++tally.killed;
    return;
  }
  ++(judgement.fate == Fate::survived ? tally.survived : tally.unseen);
  note_survivor(mutation, judgement, findings);
}

sim::Programs fixed_programs() {
  return world::programs_with(world::knobs_of(*world::find_protocol("luo-v2-fixed")));
}

// Where a row that fails returns, or cannot fail, there is little to swallow.
bool is_worth_it(const sim::Programs::Entry& entry, std::size_t row, Operator how) {
  return how != Operator::swallow || entry.rows[row].on_failure != sim::Programs::kReturnRow;
}

void try_every_row(const std::vector<Trial>& trials, Findings& findings) {
  const sim::Programs programs = fixed_programs();
  for (const sim::Program* program : programs.in_order()) {
    if (!program->name.starts_with("luo.") && !program->name.starts_with("kho.")) continue;
    const sim::Programs::Entry& entry = programs.find(program->id());
    for (std::size_t row = 0; row < entry.steps.size(); ++row) {
      for (const Operator how : kEnumerated) {
        const Mutation mutation{program->name, entry.steps[row]->name, how};
        if (!is_worth_it(entry, row, how)) continue;
        if (Mutant(programs, mutation).is_applicable())
          take(mutation, judge(trials, mutation), findings);
      }
    }
  }
}

std::string page_of(const Findings& findings) {
  std::string page = kPageBegins;
  page += fmt::format("\n## Mutants by name: {} of {} killed\n\n", findings.killed, table().size());
  page += "| mutant | program | row | operator | killed in | by |\n|---|---|---|---|---|---|\n";
  page += findings.table_rows;
  Tally all;
  std::string rows;
  for (const auto& [program, tally] : findings.by_program) {
    rows += fmt::format("| {} | {} | {} | {} | {} |\n", program, tally.total(), tally.killed,
                        tally.survived, tally.unseen);
    all.killed += tally.killed;
    all.survived += tally.survived;
    all.unseen += tally.unseen;
  }
  page +=
      fmt::format("\n## Every row of LUO and KHO: {} of {} killed\n\n", all.killed, all.total());
  page += "| program | mutants | killed | live | seen nowhere |\n|---|---|---|---|---|\n" + rows;
  page += fmt::format("| all | {} | {} | {} | {} |\n", all.total(), all.killed, all.survived,
                      all.unseen);
  page += fmt::format("\n## The {} that live, and why\n\n", findings.survivors.size());
  page += kReasons;
  page += "\n";
  for (const auto& [reason, count] : findings.by_reason)
    page += fmt::format("- {}: {}\n", reason, count);
  page += "\n| program | row | operator | why | reason |\n|---|---|---|---|---|\n";
  for (const std::string& survivor : findings.survivors) page += survivor + "\n";
  return page;
}

int check(const std::string& root, bool writes) {
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<Trial> protocol = load_trials(root, trials_of(Area::protocol, root));
  const std::vector<Trial> devices = load_trials(root, trials_of(Area::devices, root));
  Findings findings;
  try_the_table(protocol, devices, findings);
  try_every_row(protocol, findings);
  const std::string page = page_of(findings);
  const std::string file_name = root + "/" + kPage;
  if (writes) {
    std::ofstream(file_name) << page;
  } else {
    std::ifstream file(file_name);
    std::ostringstream text;
    text << file.rdbuf();
    if (text.str() != page)
      findings.complaints.push_back(fmt::format("{} says something else; write it anew", kPage));
  }
  for (const std::string& complaint : findings.complaints) std::cout << complaint << '\n';
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::cout << fmt::format("{} complaints, {:.0f} s\n", findings.complaints.size(),
                           seconds.count());
  return findings.complaints.empty() ? 0 : 1;
}

// Prints what becomes of the mutants of the table.
int list_table(const std::string& root) {
  const std::vector<Trial> protocol = load_trials(root, trials_of(Area::protocol, root));
  const std::vector<Trial> devices = load_trials(root, trials_of(Area::devices, root));
  for (const NamedMutant& named : table()) {
    const Judgement judgement =
        judge(named.area == Area::devices ? devices : protocol, named.mutation);
    std::cout << fmt::format("{}\t{}\t{}\t{}\n", named.name, word_of(judgement.fate),
                             judgement.trial, judgement.cause);
  }
  return 0;
}

// Prints what becomes of every mutant of the programs whose names begin so.
int list(const std::string& root, const std::string& prefix, Area area) {
  const std::vector<Trial> trials = load_trials(root, trials_of(area, root));
  const sim::Programs programs = fixed_programs();
  for (const sim::Program* program : programs.in_order()) {
    if (!program->name.starts_with(prefix)) continue;
    for (const sim::Step* step : programs.find(program->id()).steps) {
      for (const Operator how : kAllOperators) {
        const Mutation mutation{program->name, step->name, how};
        if (!Mutant(programs, mutation).is_applicable()) continue;
        const Judgement judgement = judge(trials, mutation);
        std::cout << fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n", program->name, step->name,
                                 word_of(how), word_of(judgement.fate), judgement.trial,
                                 judgement.cause);
      }
    }
  }
  return 0;
}

}  // namespace

}  // namespace luosim::mutants

int main(int count, char** arguments) {
  const std::string_view what = count == 3 ? arguments[1] : "";
  if (what == "check" || what == "write")
    return luosim::mutants::check(arguments[2], what == "write");
  using luosim::mutants::Area;
  if (what == "named") return luosim::mutants::list_table(arguments[2]);
  if (count == 5 && arguments[1] == std::string_view("list"))
    return luosim::mutants::list(
        arguments[2], arguments[4],
        arguments[3] == std::string_view("devices") ? Area::devices : Area::protocol);
  std::cerr << "usage: mutants check|write|named ROOT, mutants list ROOT protocol|devices PREFIX\n";
  return 2;
}
