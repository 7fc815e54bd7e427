// SPDX-License-Identifier: Apache-2.0
//
// luosim-scenario(5): every key of a scenario file and every verb of a script, from the tables that
// read them.
#include <fmt/format.h>

#include "app/cli/man.hpp"
#include "app/cli/roff.hpp"
#include "app/scenario/fields.hpp"
#include "app/scenario/verbs.hpp"

namespace luosim::app {

namespace {

constexpr std::string_view kExample =
    "luosim: 1\n"
    "title: A VM with a disk lives through an update\n"
    "vms:\n"
    "  vm0: { memory: 4GiB }\n"
    "agent:\n"
    "  - preserve: [vm0.memory]\n"
    "  - do: prepare\n"
    "  - do: pause vm0\n"
    "  - do: reboot kexec\n"
    "  - restore: [vm0.memory]\n"
    "  - do: resume vm0\n"
    "  - do: finish\n"
    "expect:\n"
    "  - memory: { vm0: intact }";

std::string field_text(const Field& field) {
  std::string text(field.documentation);
  if (field.required) text += "\nRequired.";
  if (!field.fallback.empty()) text += fmt::format("\nWithout it: {}.", field.fallback);
  if (!field.example.empty()) text += fmt::format("\nExample: {}: {}", field.key, field.example);
  return text;
}

}  // namespace

ManualPage scenario_page() {
  ManualPage manual{"luosim-scenario", 5, {}};
  RoffPage page(manual.name, manual.section, "scenario files of luosim");
  page.heading("DESCRIPTION");
  page.paragraph(
      "A scenario says what exists, what people do, what goes wrong, and what must be true. It is "
      "restricted YAML: no tags, no anchors, no merge keys, no duplicate keys; every size and "
      "duration has a unit. JSON is accepted, being a subset.");
  page.paragraph("luosim schema prints a JSON Schema for editors.");
  page.heading("EXAMPLE");
  page.example(kExample);
  page.heading("KEYS");
  for (const MappingType* type : mapping_types()) {
    page.subheading(type->name);
    page.paragraph(type->documentation);
    for (const Field& field : type->fields)
      page.entry(field.key, kind_description(field.kind), field_text(field));
  }
  page.heading("VERBS");
  for (const VerbRow& verb : kVerbs) page.entry(verb.word, verb.arguments, verb.documentation);
  page.heading("SEE ALSO");
  page.paragraph("luosim(1), luosim-run(1), luosim-explain(1)");
  manual.text = page.text();
  return manual;
}

}  // namespace luosim::app
