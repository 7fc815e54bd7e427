// SPDX-License-Identifier: Apache-2.0
//
// What people read when a file is wrong, word for word. A message is part of the product: it names
// the place, the mistake and the way out, and one mistake brings exactly one message.
#include <algorithm>
#include <array>
#include <string>

#include <gtest/gtest.h>

#include "app/scenario/loader.hpp"

namespace luosim::app {
namespace {

constexpr std::array<std::string_view, 2> kTimingKeys{"kexec.jump", "boot.kernel"};
constexpr std::array<std::string_view, 2> kFaultSites{"luo.file.freeze", "mm.alloc"};
constexpr std::array<std::string_view, 1> kGuarantees{"memory-is-intact"};
constexpr std::array<std::string_view, 2> kMetrics{"luo.prepare_ns", "vm.*.blackout_ns"};

constexpr std::array<std::string_view, 2> kProtocols{"luo-v1", "luo-v2"};
constexpr std::array<std::string_view, 2> kCorrectionWords{"false", "true"};
constexpr std::array<std::string_view, 2> kOrderWords{"forward", "reverse"};
constexpr std::array kKnobs{KnobWords{"abort_kho_on_failed_freeze", kCorrectionWords},
                            KnobWords{"rollback_order", kOrderWords}};

LoadOptions words_of_a_model() {
  LoadOptions options;
  options.protocols = kProtocols;
  options.knobs = kKnobs;
  options.timing_keys = kTimingKeys;
  options.fault_sites = kFaultSites;
  options.guarantees = kGuarantees;
  options.metrics = kMetrics;
  return options;
}

std::string errors_of(const std::string& text) {
  return render(load_scenario(text, "a.yaml", words_of_a_model()).diagnostics, text);
}

/// Messages of a file that begins well and goes on with `rest` in line 3, without the drawing.
std::string messages_of(const std::string& rest) {
  std::string text;
  for (const Diagnostic& each :
       load_scenario("luosim: 1\ntitle: t\n" + rest, "a.yaml", words_of_a_model()).diagnostics) {
    text += std::to_string(each.line) + ":" + std::to_string(each.column) + ": " + each.message;
    if (!each.hint.empty()) text += " | " + each.hint;
    text += "\n";
  }
  return text;
}

TEST(ScenarioMessages, AllErrorsOfOneFileComeInOnePassSortedByPlace) {
  EXPECT_EQ(errors_of("luosim: 1\n"
                      "title: Everything is wrong\n"
                      "host: { memory: 512, cpu: 4 }\n"
                      "kernels: [{ name: old, compatible: '' }, { name: old }]\n"
                      "files: { f1: { type: h, size: 4KiB } }\n"
                      "agent:\n"
                      "  - do: freez\n"
                      "  - { do: preserve f2, at: 5 }\n"
                      "  - { do: reboot kexec nwe, expect: EOI }\n"
                      "expect:\n"
                      "  - phase: norml\n"),
            "a.yaml:3:17: error: 'memory' needs a unit (KiB, MiB, GiB, TiB), as in 'memory: "
            "512GiB'\n"
            "    3 | host: { memory: 512, cpu: 4 }\n"
            "      |                 ^~~\n"
            "a.yaml:3:22: error: unknown key 'cpu' in a host\n"
            "    3 | host: { memory: 512, cpu: 4 }\n"
            "      |                      ^~~ did you mean 'cpus'?\n"
            "a.yaml:4:36: error: 'compatible' must not be empty\n"
            "    4 | kernels: [{ name: old, compatible: '' }, { name: old }]\n"
            "      |                                    ^~\n"
            "a.yaml:4:50: error: duplicate kernel 'old'\n"
            "    4 | kernels: [{ name: old, compatible: '' }, { name: old }]\n"
            "      |                                                  ^~~ first in line 4\n"
            "a.yaml:5:25: error: only a memfd has a 'size'\n"
            "    5 | files: { f1: { type: h, size: 4KiB } }\n"
            "      |                         ^~~~\n"
            "a.yaml:7:9: error: unknown verb 'freez'\n"
            "    7 |   - do: freez\n"
            "      |         ^~~~~ did you mean 'freeze'?\n"
            "a.yaml:8:20: error: unknown file 'f2'\n"
            "    8 |   - { do: preserve f2, at: 5 }\n"
            "      |                    ^~ did you mean 'f1'?\n"
            "a.yaml:8:28: error: 'at' needs a unit (ns, us, ms, s, min), as in 'at: 5ms'\n"
            "    8 |   - { do: preserve f2, at: 5 }\n"
            "      |                            ^\n"
            "a.yaml:9:24: error: unknown kernel 'nwe'\n"
            "    9 |   - { do: reboot kexec nwe, expect: EOI }\n"
            "      |                        ^~~\n"
            "a.yaml:9:37: error: 'expect' must be ok, any, error or an errno name, not 'EOI'\n"
            "    9 |   - { do: reboot kexec nwe, expect: EOI }\n"
            "      |                                     ^~~ did you mean 'EIO'?\n"
            "a.yaml:11:12: error: 'phase' cannot be 'norml'\n"
            "   11 |   - phase: norml\n"
            "      |            ^~~~~ did you mean 'normal'?\n"
            "11 errors\n");
}

TEST(ScenarioMessages, AFileThatIsNoScenario) {
  EXPECT_EQ(errors_of(""),
            "a.yaml:1:1: error: the file has no scenario\n"
            "      | begin with 'luosim: 1'\n"
            "1 error\n");
  EXPECT_EQ(errors_of("- a\n- b\n"),
            "a.yaml:1:1: error: a scenario is written as a mapping, as in luosim: 1\n"
            "    1 | - a\n"
            "      | ^\n"
            "1 error\n");
  EXPECT_EQ(errors_of("protocol: luo-v2\n"),
            "a.yaml:1:1: error: missing key 'luosim' in a scenario\n"
            "    1 | protocol: luo-v2\n"
            "      | ^~~~~~~~ as in 'luosim: 1'\n"
            "a.yaml:1:1: error: missing key 'title' in a scenario\n"
            "    1 | protocol: luo-v2\n"
            "      | ^~~~~~~~ as in 'title: Freeze fails while the VM is writing'\n"
            "2 errors\n");
  EXPECT_EQ(errors_of("luosim: 2\ntitle: t\nprotocol: luo-v9\n"),
            "a.yaml:1:9: error: 'luosim' must be 1\n"
            "    1 | luosim: 2\n"
            "      |         ^\n"
            "a.yaml:3:11: error: unknown protocol 'luo-v9'\n"
            "    3 | protocol: luo-v9\n"
            "      |           ^~~~~~ did you mean 'luo-v1'?\n"
            "2 errors\n");
}

TEST(ScenarioMessages, ScalarsOfTheWrongKind) {
  EXPECT_EQ(messages_of("host: { memory: [1GiB], cpus: 1.5, numa_nodes: \"1\", scratch: }\n"),
            "3:17: 'memory' must be a size, as in 'memory: 512GiB'\n"
            "3:31: 'cpus' must be a whole number, as in 'cpus: 64'\n"
            "3:48: 'numa_nodes' must be a whole number, as in 'numa_nodes: 2'\n"
            "3:53: 'scratch' has no value | as in 'scratch: 1GiB'\n");
  EXPECT_EQ(messages_of("kernels: [{ name: a, config: { sysfs: yes, debugfs: \"true\" } }]\n"),
            "3:39: 'sysfs' must be true or false, as in 'sysfs: true'\n"
            "3:53: 'debugfs' must be true or false, as in 'debugfs: true'\n");
  EXPECT_EQ(messages_of("host: 5\nfiles: [a]\nagent: { do: state }\n"),
            "3:7: a host is written as a mapping, as in { memory: 512GiB, scratch: 1GiB }\n"
            "4:8: 'files' must be a mapping from names, as in 'files: { disk-image: { type: memfd, "
            "size: 8GiB } }'\n"
            "5:10: unknown key 'do' in an actor | keys: script, free\n");
}

TEST(ScenarioMessages, ValuesOutOfRange) {
  EXPECT_EQ(messages_of("host: { memory: 65TiB, cpus: 0, numa_nodes: 99999999999999999999 }\n"),
            "3:17: 'memory' must be 4KiB to 64TiB\n"
            "3:30: 'cpus' must be 1 to 8192\n"
            "3:45: 'numa_nodes' must be 1 to 64\n");
  EXPECT_EQ(messages_of("files: { f: { size: 5000B, folio: 12KiB, hole: 0.5B } }\n"),
            "3:21: 'size' must be a multiple of 4KiB\n"
            "3:35: 'folio' must be a power of two\n"
            "3:48: 'hole' is not a whole number of bytes\n");
  EXPECT_EQ(messages_of("vms: { v: { write_every: 0ns }, w: { write_every: 2000min },\n"
                        "       x: { write_every: 999999999999999999999s } }\n"),
            "3:26: 'write_every' must be 1ns to 86400s\n"
            "3:51: 'write_every' must be 1ns to 86400s\n"
            "4:26: 'write_every' is too large\n");
  EXPECT_EQ(messages_of("host: { memory: 1GiB, scratch: 2GiB }\n"),
            "3:32: scratch (2GiB) must be smaller than the memory of the host (1GiB)\n");
}

TEST(ScenarioMessages, Names) {
  EXPECT_EQ(messages_of("subsystems: [a b, '', a, a]\n"),
            "3:14: 'a b' is not a name | a name has letters, digits and . _ - , + @ /\n"
            "3:19: a name must not be empty\n"
            "3:26: duplicate subsystem 'a' | first in line 3\n");
  EXPECT_EQ(messages_of("files: { v.memory: { size: 0 } }\nvms: { v: {} }\n"),
            "4:8: duplicate file 'v.memory' | first in line 3\n");
  EXPECT_EQ(messages_of("kernels: [{ version: x }]\nagent: [{ do: reboot kexec new }]\n"),
            "3:11: missing key 'name' in a kernel | as in 'name: old'\n")
      << "the name that is missing may be 'new'";
}

TEST(ScenarioMessages, CommandsAndTheirArguments) {
  EXPECT_EQ(messages_of("agent:\n"
                        "  - do: prepare now\n"
                        "  - do: preserve\n"
                        "  - preserve: []\n"
                        "  - do: reboot kexecc\n"
                        "  - do: reboot kexec-without-image new\n"
                        "  - debugfs-finalize: 2\n"
                        "  - do: sleep 5\n"
                        "  - do: kill agnet\n"
                        "  - pause: { vm0: }\n"
                        "  - prepare\n"),
            "4:17: 'prepare' takes no arguments\n"
            "5:9: 'preserve' takes FILE..., as in 'do: preserve vm0.memory'\n"
            "6:15: 'preserve' takes FILE..., as in 'do: preserve vm0.memory'\n"
            "7:16: unknown kind of reboot 'kexecc' | did you mean 'kexec'?\n"
            "8:36: 'reboot kexec-without-image' takes no kernel\n"
            "9:23: 'debugfs-finalize' takes 0 or 1\n"
            "10:15: 'sleep' needs a unit (ns, us, ms, s, min), as in 'sleep: 5ms'\n"
            "11:14: unknown actor or VM 'agnet' | did you mean 'agent'?\n"
            "12:12: 'pause' must be an argument or a list of them, as in 'pause: vm0'\n"
            "13:5: an entry is written as a mapping, as in { do: pause vm0, at: +50ms }\n");
}

TEST(ScenarioMessages, EntriesSayExactlyOneThingToDo) {
  EXPECT_EQ(messages_of("agent:\n"
                        "  - at: 5ms\n"
                        "  - { do: state, prepare: }\n"
                        "  - freez:\n"),
            "4:5: missing key 'do' in an entry | as in { do: pause vm0, at: +50ms }\n"
            "5:18: 'do' and 'prepare' exclude each other in an entry\n"
            "6:5: unknown key 'freez' in an entry | did you mean 'freeze'?\n");
}

TEST(ScenarioMessages, WhenEntriesStart) {
  EXPECT_EQ(messages_of("agent:\n"
                        "  - { do: state, at: -5ms, after: phase prepard, when: kernel }\n"
                        "  - { do: state, at: ++5ms, after: label nowhere, when: failed twice }\n"
                        "  - { do: state, after: paused vm9, when: sometimes }\n"),
            "4:22: 'at' must be a duration, with or without '+', as in 'at: 5ms'\n"
            "4:41: unknown phase 'prepard' | did you mean 'prepared'?\n"
            "4:56: 'when: kernel' takes KERNEL\n"
            "5:22: 'at' must be a duration, with or without '+', as in 'at: 5ms'\n"
            "5:42: unknown label 'nowhere'\n"
            "5:64: 'when: failed' takes nothing more\n"
            "6:32: unknown VM 'vm9'\n"
            "6:43: 'when' cannot be 'sometimes' | one of: phase, failed, ok, kernel\n");
}

TEST(ScenarioMessages, WordsOfTheModel) {
  EXPECT_EQ(
      messages_of("timing: { kexec.jmp: 1ms, boot.kernel: 5 }\n"
                  "faults:\n"
                  "  - { site: \"luo.file.freez:f1\", errno: EIO }\n"
                  "  - { site: \"mm.alloc:anything:at all\", errno: EIO }\n"
                  "expect:\n"
                  "  - violated: [memory-is-intakt]\n"
                  "  - held: everything\n"
                  "  - metric: { vm.v.blackout_ns: { at_most: 1ms }, luo.x: { at_most: 1 } }\n"),
      "3:11: unknown key 'kexec.jmp' in timing | did you mean 'kexec.jump'?\n"
      "3:40: 'boot.kernel' needs a unit (ns, us, ms, s, min), as in 'boot.kernel: 20ms'\n"
      "5:13: unknown fault site 'luo.file.freez' | did you mean 'luo.file.freeze'?\n"
      "6:13: 'site' must be the name of a fault site, as in 'site: \"luo.file.freeze:f1\"'\n"
      "8:16: unknown guarantee 'memory-is-intakt' | did you mean 'memory-is-intact'?\n"
      "9:11: 'held' must be 'all' or a list of guarantees, as in 'held: all'\n"
      "10:15: unknown VM 'v'\n"
      "10:51: unknown metric 'luo.x' | one of: luo.prepare_ns, vm.*.blackout_ns\n");
}

TEST(ScenarioMessages, Faults) {
  EXPECT_EQ(messages_of("faults:\n"
                        "  - { site: mm.alloc }\n"
                        "  - { site: mm.alloc, errno: EIO, value: 1 }\n"
                        "  - { site: mm.alloc, errno: EIOO, nth: 0, probability: 101% }\n"
                        "  - { site: mm.alloc, value: 4294967296, window: {} }\n"
                        "  - { errno: EIO, window: { from: 2ms, until: 1ms } }\n"),
            "4:5: missing key 'errno' (or 'value') in a fault | as in { site: "
            "\"luo.file.freeze:f1\", errno: EIO }\n"
            "5:35: 'errno' and 'value' exclude each other in a fault\n"
            "6:30: unknown errno name 'EIOO' | did you mean 'EIO'?\n"
            "6:41: 'nth' must be 1 to 4294967295\n"
            "6:57: 'probability' is too large\n"
            "7:30: 'value' must be 0 to 2147483647\n"
            "7:50: missing key 'from' (or 'until') in a window | as in { from: 1ms, until: 2s }\n"
            "8:5: missing key 'site' in a fault | as in 'site: \"luo.file.freeze:f1\"'\n"
            "8:47: the window ends before it begins\n");
}

TEST(ScenarioMessages, Expectations) {
  EXPECT_EQ(messages_of("expect:\n"
                        "  - { phase: normal, kernel: new }\n"
                        "  - machine: crashed\n"
                        "  - machine: running well\n"
                        "  - memory: { nobody: intact, old.memory: fine }\n"
                        "  - metric: { luo.prepare_ns: { at_least: 2s, at_most: 1s } }\n"
                        "  - metric: { luo.prepare_ns: { at_most: soon } }\n"
                        "  - violated: []\n"
                        "  - {}\n"),
            "4:22: 'phase' and 'kernel' exclude each other in an expectation\n"
            "5:14: 'machine' cannot be 'crashed' | one of: running, panic, oops, deadlock, "
            "undefined\n"
            "6:22: 'machine: running' takes nothing more\n"
            "7:15: unknown VM or file 'nobody'\n"
            "7:31: unknown VM or file 'old.memory'\n"
            "7:43: 'memory' cannot be 'fine' | one of: intact, lost\n"
            "8:56: 'at_most' is smaller than 'at_least'\n"
            "9:42: 'at_most' must be a number, a duration or a size, as in 'at_most: 2s'\n"
            "10:15: 'violated' must not be empty\n"
            "11:5: missing key 'phase' (or 'machine', 'kernel', 'memory', 'metric', 'violated', "
            "'held') in an expectation | as in 'phase: normal'\n");
}

TEST(ScenarioMessages, FilesAndHandlersThatContradictThemselves) {
  EXPECT_EQ(
      messages_of("files: { f: {}, g: { size: 4KiB, hole: 8KiB }, h: { type: x, folio: 4KiB } }\n"
                  "handlers: [{ compatible: m, accepts: memfd, preserves_page: true }]\n"),
      "3:13: a memfd needs a size | as in 'size: 8GiB'\n"
      "3:40: the hole (8KiB) is larger than the file (4KiB)\n"
      "3:62: only a memfd has a 'folio'\n"
      "4:61: a handler that accepts memfd has no page of its own\n");
}

TEST(ScenarioMessages, ParticipantsThatContradictThemselves) {
  EXPECT_EQ(messages_of(
                "handlers: [{ compatible: m, accepts: memfd, preserves_in_freeze: true,\n"
                "  reenters: freeze }]\n"
                "subsystems:\n"
                "  - { name: a, without: [freeze], reenters: freeze, preserves_in_freeze: true }\n"
                "  - { name: b, reenters: reboot }\n"),
            "3:66: a handler that accepts memfd has no page of its own\n"
            "4:13: a handler that accepts memfd never calls the registration interface\n"
            "6:45: 'reenters' needs the freeze that 'without' takes away\n"
            "6:74: 'preserves_in_freeze' needs the freeze that 'without' takes away\n"
            "7:26: 'reenters' cannot be 'reboot' | one of: prepare, freeze, cancel, finish\n");
}

TEST(ScenarioMessages, OtherClientsOfKho) {
  EXPECT_EQ(messages_of("kho_clients:\n"
                        "  - { name: k, priority: -1001, subtrees: 1025 }\n"
                        "  - { name: k, priority: high }\n"
                        "  - { priority: +5, subtrees: -1 }\n"
                        "  - { name: l, priority: '5' }\n"),
            "4:26: 'priority' must be -1000 to 1000\n"
            "4:43: 'subtrees' must be 0 to 1024\n"
            "5:13: duplicate KHO client 'k' | first in line 4\n"
            "5:26: 'priority' must be a whole number, as in 'priority: 10'\n"
            "6:5: missing key 'name' in a client | as in 'name: k'\n"
            "6:17: 'priority' must be a whole number, as in 'priority: 10'\n"
            "6:31: 'subtrees' must be a whole number, as in 'subtrees: 109'\n"
            "7:26: 'priority' must be a whole number, as in 'priority: 10'\n");
}

TEST(ScenarioMessages, FlagsAreOnlyForPreserve) {
  EXPECT_EQ(messages_of("agent:\n"
                        "  - { do: state, flags: 1 }\n"
                        "  - { preserve: [f], flags: 0x100000000 }\n"
                        "  - { preserve: [f], flags: 4294967296 }\n"
                        "  - { preserve: [f], flags: 0x }\n"
                        "  - { preserve: [f], flags: 0x1g }\n"
                        "  - { preserve: [f], flags: '1' }\n"
                        "  - { preserve: [f], flags: '0x1' }\n"
                        "files: { f: { type: h } }\n"),
            "4:18: only 'preserve' has 'flags'\n"
            "5:29: 'flags' must be 0 to 4294967295\n"
            "6:29: 'flags' must be 0 to 4294967295\n"
            "7:29: 'flags' must be a whole number, maybe as 0x1f, as in 'flags: 0x1'\n"
            "8:29: 'flags' must be a whole number, maybe as 0x1f, as in 'flags: 0x1'\n"
            "9:29: 'flags' must be a whole number, maybe as 0x1f, as in 'flags: 0x1'\n")
      << "JSON can write a hexadecimal number only as a text";
}

TEST(ScenarioMessages, WhoIsKilledMustBeOneOfActorsAndVms) {
  EXPECT_EQ(messages_of("vms: { v: {}, both: {} }\n"
                        "actors: { both: [{ kill: v }, { kill: both }, { kill: w }] }\n"),
            "4:39: 'both' is more than one actor or VM\n"
            "4:55: unknown actor or VM 'w'\n");
}

TEST(ScenarioMessages, ProtocolsAndKnobs) {
  EXPECT_EQ(messages_of("protocol: luo-v3\n"
                        "knobs:\n"
                        "  abort_kho_on_failed_freez: true\n"
                        "  abort_kho_on_failed_freeze: yes\n"
                        "  rollback_order: revers\n"
                        "expect: [{ held: all, on: luov2 }, { on: luo-v2 }]\n"),
            "3:11: unknown protocol 'luo-v3' | did you mean 'luo-v1'?\n"
            "5:3: unknown knob 'abort_kho_on_failed_freez' | did you mean "
            "'abort_kho_on_failed_freeze'?\n"
            "6:31: 'abort_kho_on_failed_freeze' cannot be 'yes' | one of: false, true\n"
            "7:19: 'rollback_order' cannot be 'revers' | did you mean 'reverse'?\n"
            "8:27: unknown protocol 'luov2' | did you mean 'luo-v2'?\n"
            "8:36: missing key 'phase' (or 'machine', 'kernel', 'memory', 'metric', 'violated', "
            "'held') in an expectation | as in 'phase: normal'\n");
  EXPECT_EQ(messages_of("knobs: [rollback_order]\n"),
            "3:8: 'knobs' must be a mapping from knobs to words, as in 'knobs: { "
            "abort_kho_on_failed_freeze: true }'\n");
  const LoadResult any =
      load_scenario("luosim: 1\ntitle: t\nprotocol: luo-v9\nknobs: { no_such: word }\n", "a.yaml");
  EXPECT_TRUE(any.scenario.has_value()) << "without lists there is nothing to hold them against";
}

TEST(ScenarioMessages, OneMistakeDoesNotBringOthers) {
  EXPECT_EQ(messages_of("vmss: { v: {} }\nagent: [{ do: pause v }, { do: preserve v.memory }]\n"),
            "3:1: unknown key 'vmss' in a scenario | did you mean 'vms'?\n");
  EXPECT_EQ(messages_of("hosts: { memory: 1TiB }\nvms: { v: { memory: 100GiB } }\n"),
            "3:1: unknown key 'hosts' in a scenario | did you mean 'host'?\n");
  EXPECT_EQ(messages_of("vms: { v: { memory: 1 } }\nagent: [{ do: pause v }]\n"),
            "3:21: 'memory' needs a unit (KiB, MiB, GiB, TiB), as in 'memory: 16GiB'\n")
      << "the name of a VM is known even if the VM is wrong";
  EXPECT_EQ(messages_of("agent: [{ lable: here, do: state }, { do: state, after: label here }]\n"),
            "3:11: unknown key 'lable' in an entry | did you mean 'label'?\n");
  EXPECT_EQ(messages_of("files: { f: &x { size: 1TiB }, g: *x }\nagent: [{ do: write g }]\n"),
            "3:13: anchors have no place in a scenario | write the value at every place\n"
            "3:35: aliases have no place in a scenario | write the value at every place\n");
  EXPECT_EQ(messages_of("title: again\n"), "3:1: duplicate key 'title' | first in line 2\n");
}

TEST(ScenarioMessages, ThousandsOfErrorsAreCountedAndNotListed) {
  std::string text = "agent:\n";
  for (int i = 0; i < 5'000; ++i) text += "  - do: nothing\n";
  const std::string messages = messages_of(text);
  EXPECT_EQ(std::count(messages.begin(), messages.end(), '\n'), 101);
  EXPECT_NE(messages.find("103:9: and 4900 more that are not listed\n"), std::string::npos);
}

}  // namespace
}  // namespace luosim::app
