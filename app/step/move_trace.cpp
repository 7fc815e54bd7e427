// SPDX-License-Identifier: Apache-2.0
#include "app/step/move_trace.hpp"

#include <map>

#include <fmt/format.h>

#include "app/report/record_words.hpp"
#include "model/luo/v2/record.hpp"
#include "model/world/vocabulary.hpp"

namespace luosim::app {

namespace {

// The text behind a hash of the scenario, or nothing.
std::string text_of_hash(const world::Blueprint& blueprint, std::uint32_t hash) {
  for (const std::string_view word : world::fault_instances())
    if (sim::name_hash(word) == hash) return std::string(word);
  for (std::uint32_t index = 1; index < blueprint.names.size(); ++index)
    if (sim::name_hash(blueprint.names.text({index})) == hash) return blueprint.names.text({index});
  return {};
}

// The site by its name; with what it returns, where that is not what its faults return.
std::string site_and_value(const sim::AskedFault& fault) {
  const std::string site = value_text(ValueForm::fault_site, fault.label.what);
  for (const sim::FaultSite& each : world::fault_sites())
    if (each.id().hash == fault.label.what && each.value == *fault.value) return site;
  return fmt::format("{}={}", site, status_text(*fault.value));
}

}  // namespace

void MoveTrace::note_step(const sim::Record& record) {
  rows_.push_back({{static_cast<std::uint32_t>(record.values[0])},
                   static_cast<std::uint32_t>(record.values[1])});
}

// At boot the phase comes with the tree that was handed over, and nothing else says so.
void MoveTrace::note_phase(const sim::Record& record) {
  using luo::v2::Phase;
  if (record.kind == luo::v2::LuoRecord::phase_stored)
    phases_.push_back(static_cast<Phase>(record.values[1]));
  else if (record.kind == luo::v2::LuoRecord::incoming_found)
    phases_.push_back(Phase::updated);
}

void MoveTrace::write(const sim::Record& record) {
  if (record.kind == sim::EngineRecord::step) note_step(record);
  note_phase(record);
  const auto line = writer_.take(record);
  if (!line) return;
  std::string text =
      with_time_ ? format_log_line(*line) : fmt::format("{:<8}{}", line->source, line->message);
  if (text.ends_with('\n')) text.pop_back();
  lines_.push_back(std::move(text));
}

void MoveTrace::give_to(Happened& happened) {
  happened.story.log = std::move(lines_);
  happened.rows = std::move(rows_);
  happened.phases = std::move(phases_);
}

std::vector<std::string> words_of_faults(const world::Blueprint& blueprint,
                                         const std::vector<sim::AskedFault>& faults) {
  std::vector<std::string> words;
  std::map<sim::ChoiceLabel, std::uint32_t> asked;
  for (const sim::AskedFault& fault : faults) {
    const std::uint32_t call = ++asked[fault.label];
    if (!fault.value) continue;
    const std::string instance = text_of_hash(blueprint, fault.label.instance);
    words.push_back(fmt::format("fault {}{}{} strikes", site_and_value(fault),
                                instance.empty() ? "" : ":", instance));
    if (call > 1) words.back() += fmt::format(" at call {}", call);
  }
  return words;
}

}  // namespace luosim::app
