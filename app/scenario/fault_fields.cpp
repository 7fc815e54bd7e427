// SPDX-License-Identifier: Apache-2.0
//
// Rows for what goes wrong. A fault names the place in the model where a call fails; which of these
// places exist is the model's knowledge and comes in as a list.
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "app/scenario/diagnostic.hpp"
#include "app/scenario/errno_names.hpp"
#include "app/scenario/field_store.hpp"
#include "app/scenario/scenario_types.hpp"

namespace luosim::app {
namespace {

using world::FaultSpec;

constexpr std::uint64_t kLargestValue =
    static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max());
constexpr std::uint64_t kLargestCount = std::numeric_limits<std::uint32_t>::max();

void store_site(LoadContext& context, const Field& field, Target target, const Node& node) {
  const std::string_view text = node.text;
  const std::string_view site = text.substr(0, text.find(':'));
  const bool is_word = node.kind == Node::Kind::scalar && !site.empty() &&
                       text.find_first_of(" \t\n") == std::string_view::npos &&
                       text.size() <= world::limits::kNameBytes;
  if (!is_word) {
    report_kind(context, field, node.place);
    return;
  }
  const auto known = context.options().fault_sites;
  if (!known.empty() && std::find(known.begin(), known.end(), site) == known.end()) {
    Place place = node.place;
    if (node.verbatim)
      place.length = static_cast<std::uint32_t>(site.size() + (node.quoted ? 1 : 0));
    report_bad_word(context, "unknown fault site " + quoted(site), site, known, place, "faults");
    return;
  }
  if (site.size() < text.size()) {
    context.refer_to_anything(text.substr(site.size() + 1), node.place);
  }
  std::get<FaultSpec*>(target)->site = text;
}

void store_errno(LoadContext& context, const Field& field, Target target, const Node& node) {
  const std::optional<std::int32_t> number = read_error_code(context, field, node);
  if (number) std::get<FaultSpec*>(target)->value = -*number;
}

constexpr std::array kWindowFields{
    time_field<&FaultSpec::from>(
        {.key = "from", .documentation = "Calls before this time do not count.", .example = "1ms"}),
    time_field<&FaultSpec::until>({.key = "until",
                                   .documentation = "Calls at this time or later do not count.",
                                   .example = "2s"}),
};

void check_window(LoadContext& context, Target target, const Node& node) {
  const FaultSpec& fault = *std::get<FaultSpec*>(target);
  if (!fault.from || !fault.until || *fault.from < *fault.until) return;
  context.report(place_under(node, "until"), "the window ends before it begins");
}

constexpr std::array kFaultFields{
    with({.key = "site",
          .required = true,
          .documentation = "Where: the name of a fault site, and after a `:` whose call.",
          .example = "\"luo.file.freeze:f1\""},
         FieldKind::site, store_site),
    integer_field<&FaultSpec::nth>({.key = "nth",
                                    .documentation = "The first call that fails, from 1.",
                                    .fallback = "1",
                                    .example = "2",
                                    .range = {1, kLargestCount}}),
    integer_field<&FaultSpec::times>(
        {.key = "times",
         .documentation = "How many calls in a row fail; 0 means all from then on.",
         .fallback = "1",
         .example = "0",
         .range = {0, kLargestCount}}),
    with({.key = "errno", .documentation = "The error that the call returns.", .example = "EIO"},
         FieldKind::error_code, store_errno),
    integer_field<&FaultSpec::value>({.key = "value",
                                      .documentation =
                                          "The number that the call returns, or that a "
                                          "mistake writes; 0 where a site says so.",
                                      .example = "1",
                                      .range = {0, kLargestValue}}),
    with({.key = "window",
          .documentation = "Only calls in this time count.",
          .example = "{ from: 1ms, until: 2s }",
          .nested = &kFaultWindowType},
         FieldKind::mapping, store_into_same),
    percentage_field<&FaultSpec::per_million>(
        {.key = "probability",
         .documentation = "The chance of each counted call to fail.",
         .fallback = "100%",
         .example = "25%"}),
};

constexpr std::array<std::string_view, 2> kResults{"errno", "value"};
constexpr std::array<std::string_view, 2> kWindowEnds{"from", "until"};

}  // namespace

constexpr MappingType kFaultType{.name = "fault",
                                 .documentation = "A call that fails.",
                                 .example = "{ site: \"luo.file.freeze:f1\", errno: EIO }",
                                 .fields = kFaultFields,
                                 .rule = MappingType::Rule::exactly_one,
                                 .alternatives = kResults};
constexpr MappingType kFaultWindowType{.name = "window",
                                       .documentation = "A stretch of time.",
                                       .example = "{ from: 1ms, until: 2s }",
                                       .fields = kWindowFields,
                                       .rule = MappingType::Rule::at_least_one,
                                       .alternatives = kWindowEnds,
                                       .check = check_window};

}  // namespace luosim::app
