// SPDX-License-Identifier: Apache-2.0
#include "app/scenario/model_words.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "app/scenario/diagnostic.hpp"
#include "app/scenario/field_readers.hpp"

namespace luosim::app {
namespace {

using Words = std::span<const std::string_view>;

constexpr Range kWordRange{1, world::limits::kNameBytes};

std::optional<std::string> read_known(LoadContext& context, const Field& field, const Node& node,
                                      Words known, std::string_view noun) {
  Field limited = field;
  limited.range = kWordRange;
  std::optional<std::string> word = read_text(context, limited, node);
  const bool is_known =
      !word || known.empty() || std::find(known.begin(), known.end(), *word) != known.end();
  if (is_known) return word;
  report_bad_word(context, fmt::format("unknown {} {}", noun, quoted(*word)), *word, known,
                  node.place, fmt::format("{}s", noun));
  return std::nullopt;
}

}  // namespace

std::optional<std::string> read_protocol(LoadContext& context, const Field& field,
                                         const Node& node) {
  return read_known(context, field, node, context.options().protocols, "protocol");
}

std::optional<std::string> read_guarantee(LoadContext& context, const Field& field,
                                          const Node& node) {
  return read_known(context, field, node, context.options().guarantees, "guarantee");
}

std::optional<std::string> read_knob_word(LoadContext& context, const Entry& entry) {
  const auto knobs = context.options().knobs;
  const auto knob = std::find_if(knobs.begin(), knobs.end(),
                                 [&](const KnobWords& each) { return each.name == entry.key; });
  if (!knobs.empty() && knob == knobs.end()) {
    std::vector<std::string_view> names;
    for (const KnobWords& each : knobs) names.push_back(each.name);
    report_bad_word(context, "unknown knob " + quoted(entry.key), entry.key, names, entry.key_place,
                    "knobs");
    return std::nullopt;
  }
  const Words words = knobs.empty() ? Words() : knob->words;
  const Field field{.key = entry.key,
                    .kind = FieldKind::word,
                    .example = words.empty() ? "true" : words.front(),
                    .words = words};
  if (words.empty()) return read_known(context, field, entry.value, words, "word");
  const std::optional<std::string_view> word = read_word(context, field, entry.value);
  return word ? std::optional<std::string>(*word) : std::nullopt;
}

}  // namespace luosim::app
