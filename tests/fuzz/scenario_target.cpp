// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a scenario, all the way that `luosim run` goes: a scenario that loads is built,
// played up to a limit, judged, and told in every form there is. What the loader lets through, the
// model and the reports must be able to take.
#include <sstream>

#include "app/cli/load.hpp"
#include "app/cli/play.hpp"
#include "app/cli/vocabulary.hpp"
#include "app/report/exports.hpp"
#include "app/report/run_report.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace luosim::fuzz {

namespace {

constexpr std::uint64_t kMostEvents = 20'000;
// Of a family: each is checked when the file is loaded, so that few need to be played.
constexpr std::size_t kMostCases = 2;

void play_and_tell(const app::Loaded& loaded) {
  std::ostringstream log;
  app::Played played =
      app::play(loaded, {.max_events = kMostEvents, .log = &log, .keeps_records = true});
  played.result.scenario = "fuzz.yaml";
  app::summary_text(played.result);
  app::summary_json(played.result).dump();
  const app::RunStory story{loaded.built.blueprint, played.result,  played.records,
                            played.tasks,           played.choices, played.tree};
  for (const app::Export& each : app::exports()) {
    const app::ExportText text = each.write(story);
    expect(text.has_value() || !text.error().empty());
  }
  for (const app::SummaryExport& each : app::summary_exports())
    expect(!each.write({&played.result, 1}).empty());
}

}  // namespace

}  // namespace luosim::fuzz

// The name is LeakSanitizer's. libfyaml 0.7.12 loses 2 KiB when it gives up in the middle of some
// flow collections; what we allocate is still watched.
extern "C" const char* __lsan_default_suppressions();
const char* __lsan_default_suppressions() {
  return "leak:libfyaml";
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace luosim;
  const std::string_view text = fuzz::text_of(data, size);
  static const app::Vocabulary kVocabulary = app::vocabulary_of_the_model();
  app::CasesResult result = app::load_cases(text, "fuzz.yaml", kVocabulary.options());
  fuzz::expect(result.cases.has_value() == result.diagnostics.empty());
  if (!result.cases) {
    fuzz::expect(!app::render(result.diagnostics, text).empty());
    return 0;
  }
  const app::LoadedCases cases("fuzz.yaml", std::string(text), {}, *std::move(result.cases));
  for (std::size_t index = 0; index < std::min(cases.count(), fuzz::kMostCases); ++index) {
    std::ostringstream errors;
    const auto loaded = cases.load(index, errors);
    fuzz::expect(loaded.has_value() == errors.str().empty());
    if (loaded) fuzz::play_and_tell(*loaded);
  }
  return 0;
}
