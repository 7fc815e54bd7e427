// SPDX-License-Identifier: Apache-2.0
//
// Rows of an actor that is written as a mapping, and of what a free one may do. An op is written
// like the verb of a script entry and has nothing else but its flags: no time, no condition, no
// expectation.
#include <array>
#include <cstddef>
#include <string_view>

#include "app/scenario/field_store.hpp"
#include "app/scenario/flags_field.hpp"
#include "app/scenario/scenario_types.hpp"
#include "app/scenario/script.hpp"
#include "app/scenario/verbs.hpp"

namespace luosim::app {
namespace {

using world::ActorSpec;
using world::FreeSpec;
namespace limits = world::limits;

void store_free(LoadContext& context, const Field& field, Target target, const Node& node) {
  load_mapping(context, *field.nested, &std::get<ActorSpec*>(target)->free.emplace(), node);
}

constexpr std::array kActorFields{
    list_field<&ActorSpec::script>({.key = "script",
                                    .documentation = "What the actor does, one after the other.",
                                    .example = "[{ do: prepare }]",
                                    .range = {0, limits::kScriptEntries},
                                    .names = NameTable::labels,
                                    .nested = &kScriptEntryType}),
    with({.key = "free",
          .documentation = "Instead of a script: any of these calls, at any time, in any order.",
          .example = "{ ops: [preserve, prepare, cancel], max: 5 }",
          .nested = &kFreeType},
         FieldKind::mapping, store_free),
};

constexpr std::array<std::string_view, kActorFields.size()> kWaysToAct{"script", "free"};

constexpr std::array kFreeFields{
    with({.key = "ops",
          .required = true,
          .documentation = "Verbs with one argument, with a list of which any one is meant, or "
                           "without, which means whatever there is.",
          .example = "[prepare, preserve f, { restore: [f, g] }, unpreserve, reboot kexec]",
          .range = {1, limits::kFreeOps},
          .nested = &kFreeOpType},
         FieldKind::mapping_list, store_list<&FreeSpec::ops>),
    integer_field<&FreeSpec::max>({.key = "max",
                                   .documentation = "How many calls the actor makes at most; "
                                                    "without it there is no limit.",
                                   .example = "5",
                                   .range = {1, limits::kFreeCalls}}),
    integer_field<&FreeSpec::reboots>(
        {.key = "reboots",
         .documentation = "Once the machine has booted so many more kernels, the actor asks for no "
                          "other; without it there is no limit.",
         .example = "2",
         .range = {0, limits::kFreeCalls}}),
};

constexpr auto kOpFields = [] {
  std::array<Field, 2 + kVerbs.size()> fields{};
  fields[0] = with(
      {.key = "do", .documentation = "A verb and its arguments.", .example = "preserve vm0.memory"},
      FieldKind::command, store_op_command);
  fields[1] = kFlagsField;
  for (std::size_t i = 0; i < kVerbs.size(); ++i) {
    fields[2 + i] = with({.key = kVerbs[i].word,
                          .documentation = kVerbs[i].documentation,
                          .example = kVerbs[i].example},
                         FieldKind::arguments, store_op_arguments);
  }
  return fields;
}();

constexpr auto kWaysToName = [] {
  std::array<std::string_view, 1 + kVerbs.size()> keys{};
  keys[0] = "do";
  for (std::size_t i = 0; i < kVerbs.size(); ++i) keys[1 + i] = kVerbs[i].word;
  return keys;
}();

constexpr std::array<std::string_view, 1> kBareWord{"do"};

}  // namespace

constexpr MappingType kActorType{.name = "actor",
                                 .documentation = "A process that is written as a mapping.",
                                 .example = "{ free: { ops: [prepare, cancel] } }",
                                 .fields = kActorFields,
                                 .rule = MappingType::Rule::exactly_one,
                                 .alternatives = kWaysToAct};

constexpr MappingType kFreeType{.name = "repertoire",
                                .documentation = "What an actor may do that has no script.",
                                .example = "{ ops: [prepare, cancel] }",
                                .fields = kFreeFields};

constexpr MappingType kFreeOpType{.name = "op",
                                  .documentation = "A call that a free actor may make.",
                                  .example = "preserve",
                                  .fields = kOpFields,
                                  .bare_word_keys = kBareWord,
                                  .rule = MappingType::Rule::exactly_one,
                                  .alternatives = kWaysToName,
                                  .check = check_flags};

}  // namespace luosim::app
