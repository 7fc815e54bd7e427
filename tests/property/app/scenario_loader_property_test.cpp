// SPDX-License-Identifier: Apache-2.0
//
// No bytes whatsoever crash the loader: the answer to any file is a scenario or at least one
// diagnostic that points somewhere, and the drawing of it works too. Random bytes rarely get past
// the first check, so most cases are a good scenario with a few pieces changed.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "app/scenario/loader.hpp"
#include "app/scenario/units.hpp"

namespace luosim::app {
namespace {

constexpr std::string_view kScenario = R"(luosim: 1
title: Freeze fails at ${n} while the VM is writing, which costs $${n}
matrix: { n: [1, 2], verb: [freeze, cancel], errno: EIO }
knobs: { rollback_order: reverse }
host: { memory: 512GiB, scratch: 1GiB, cpus: 64, numa_nodes: 2 }
kernels:
  - { name: old, version: 6.15-a, speaks: { subsystems: [a], handlers: [memfd-v1] } }
  - { name: new, version: 6.15-b, config: { sysfs: true }, compatible: luo-v2 }
subsystems: [ a, { name: b, without: ["${verb}"], preserves_page: true, reenters: finish } ]
kho_clients: [ k, { name: l, priority: -10, subtrees: 109 } ]
handlers: [ { compatible: memfd-v1, accepts: memfd }, i ]
files: { disk-image: { type: memfd, size: 8GiB, hole: 1GiB }, f1: { type: h }, f2: { type: h } }
vms: { vm0: { memory: 16GiB, folio: 2MiB, vcpus: 8, write_every: 500us } }
agent:
  - { preserve: [vm0.memory, "f${n}"], flags: 0x1f, expect: any }
  - { at: +50ms, do: pause vm0, label: "the-pause" }
  - { do: reboot kexec new, expect: EIO, after: label the-pause }
  - { do: sleep 5ms, when: phase prepared, at: 20s }
actors:
  other: [ { do: state }, { do: kill agent, after: boot new, expect: any } ]
timing: { kexec.jump: 20ms }
faults:
  - { site: "luo.file.${verb}:f1", nth: "${n}", errno: "${errno}", window: { from: 1ms }, probability: 25% }
expect:
  - machine: panic no-handler
  - memory: { vm0: intact }
  - metric: { vm.vm0.blackout_ns: { at_most: 2s } }
  - { held: all, on: luo-v2 }
)";

constexpr std::array<std::string_view, 46> kPieces{"\n",
                                                   " ",
                                                   ":",
                                                   ": ",
                                                   "- ",
                                                   "? ",
                                                   "[",
                                                   "]",
                                                   "{",
                                                   "}",
                                                   ",",
                                                   "\"",
                                                   "'",
                                                   "|\n",
                                                   ">\n",
                                                   "&a ",
                                                   "*a",
                                                   "!t ",
                                                   "#",
                                                   "%",
                                                   "\t",
                                                   "---\n",
                                                   "...\n",
                                                   "<<: ",
                                                   "~",
                                                   "null",
                                                   "\r\n",
                                                   "\r",
                                                   "ä",
                                                   "\xff",
                                                   "0",
                                                   "-1",
                                                   "1.5",
                                                   "ms",
                                                   "99999999999999999999GiB",
                                                   "vm0",
                                                   "agent",
                                                   "do: ",
                                                   "name",
                                                   "\xef\xbb\xbf",
                                                   "expect: ",
                                                   "\xe2\x80\xa8",
                                                   "${n}",
                                                   "$",
                                                   "${",
                                                   "matrix: "};

/// One change to a text: some bytes are taken out, and a piece is put there.
struct Change {
  std::size_t offset;
  std::size_t removed;
  std::string inserted;
};

rc::Gen<Change> arbitrary_change() {
  const auto piece = rc::gen::map(rc::gen::elementOf(kPieces),
                                  [](std::string_view each) { return std::string(each); });
  const auto bytes = rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  return rc::gen::construct<Change>(rc::gen::inRange<std::size_t>(0, kScenario.size()),
                                    rc::gen::inRange<std::size_t>(0, 12),
                                    rc::gen::weightedOneOf<std::string>({{6, piece}, {1, bytes}}));
}

void check_cases(const Cases& cases) {
  RC_ASSERT(cases.count() >= 1U);
  RC_ASSERT(cases.count() <= world::limits::kCases);
  const Case last = cases.load(cases.count() - 1);
  RC_ASSERT(last.values == cases.values(cases.count() - 1));
  RC_ASSERT(!last.scenario.actors.empty());
}

void check_answer(const std::string& text) {
  const CasesResult result = load_cases(text, "a.yaml");
  RC_ASSERT(result.cases.has_value() == result.diagnostics.empty());
  if (result.cases) check_cases(*result.cases);
  for (const Diagnostic& diagnostic : result.diagnostics) {
    RC_ASSERT(diagnostic.line >= 1U);
    RC_ASSERT(diagnostic.column >= 1U);
    RC_ASSERT(!diagnostic.message.empty());
  }
  const std::string drawn = render(result.diagnostics, text);
  RC_ASSERT(drawn.empty() == result.diagnostics.empty());
  RC_ASSERT(drawn.find('\0') == std::string::npos);
}

TEST(ScenarioLoaderProperty, AnyBytesAreAScenarioOrHaveADiagnostic) {
  EXPECT_TRUE(rc::check([](const std::string& text) { check_answer(text); }));
}

TEST(ScenarioLoaderProperty, AnySequenceOfTokensIsAScenarioOrHasADiagnostic) {
  EXPECT_TRUE(rc::check([] {
    const auto pieces =
        *rc::gen::container<std::vector<std::string_view>>(rc::gen::elementOf(kPieces));
    std::string text;
    for (const std::string_view piece : pieces) text += piece;
    check_answer(text);
  }));
}

TEST(ScenarioLoaderProperty, AnyChangeOfAScenarioIsAScenarioOrHasADiagnostic) {
  ASSERT_TRUE(load_scenario(kScenario, "a.yaml").scenario.has_value());
  EXPECT_TRUE(rc::check([] {
    const auto changes = *rc::gen::container<std::vector<Change>>(arbitrary_change());
    std::string text(kScenario);
    for (const Change& change : changes) {
      const std::size_t offset = std::min(change.offset, text.size());
      text.replace(offset, change.removed, change.inserted);
    }
    check_answer(text);
  }));
}

TEST(ScenarioLoaderProperty, AnyBeginningOfAScenarioIsAScenarioOrHasADiagnostic) {
  for (std::size_t size = 0; size <= kScenario.size(); ++size) {
    const std::string text(kScenario.substr(0, size));
    const LoadResult result = load_scenario(text, "a.yaml");
    EXPECT_EQ(result.scenario.has_value(), result.diagnostics.empty()) << text;
    EXPECT_EQ(render(result.diagnostics, text).empty(), result.diagnostics.empty()) << text;
  }
}

TEST(ScenarioLoaderProperty, AnyTextCanBeTheValueOfAParameterAndIsNotLookedAtAgain) {
  const auto letters = rc::gen::container<std::string>(rc::gen::elementOf(std::string("${}a: #")));
  EXPECT_TRUE(rc::check([&letters] {
    const std::string text = (*letters).substr(0, world::limits::kNameBytes - 2);
    std::string escaped = text;
    for (std::size_t at = 0; (at = escaped.find("${", at)) != std::string::npos; at += 3) {
      escaped.insert(at, "$");
    }
    const CasesResult result =
        load_cases("luosim: 1\ntitle: \"[${a}]\"\nmatrix: { a: '" + escaped + "' }\n", "a.yaml");
    RC_ASSERT(result.cases.has_value());
    RC_ASSERT(result.cases->load(0).scenario.title == "[" + text + "]");
    RC_ASSERT(result.cases->values(0).at(0).second == text);
  }));
}

TEST(ScenarioLoaderProperty, AnyDurationAndSizeIsReadBackFromItsText) {
  EXPECT_TRUE(rc::check([](std::int64_t ns, std::uint64_t bytes) {
    const std::string duration = format_duration({ns});
    if (ns != std::numeric_limits<std::int64_t>::min()) {
      RC_ASSERT(parse_duration(duration, Sign::allowed)->ns == ns);
    }
    RC_ASSERT(*parse_size(format_size(bytes)) == bytes);
  }));
}

}  // namespace
}  // namespace luosim::app
