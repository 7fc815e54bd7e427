// SPDX-License-Identifier: Apache-2.0
//
// The world is a value: a copy made at any event of a whole update goes on exactly as the original
// does, and nothing that the copy does reaches the original. And a run is a function of its
// scenario: twice the same scenario is twice the same trace.
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/model/machine.hpp"
#include "tests/unit/model/script_parts.hpp"

namespace luosim::world {
namespace {

// Two subsystems, three files and a guest; everything that an update has, and nothing goes wrong.
Scenario plain_update() {
  Scenario scenario = bare_scenario();
  add_subsystem(scenario, "net", /*preserves_page=*/true);
  add_subsystem(scenario, "pci");
  add_handler(scenario, "memfd-v1", "memfd");
  add_handler(scenario, "blob-v1", "blob");
  add_memfd(scenario, "scratchpad", 8 * kMiB, 2 * kMiB);
  add_test_file(scenario, "disk", "blob");
  add_test_file(scenario, "card", "blob");
  VmSpec& vm = scenario.vms.emplace_back();
  vm.name = "vm0";
  vm.memory_bytes = 64 * kMiB;
  vm.vcpus = 2;
  vm.write_every = sim::milliseconds(20);
  const std::vector<std::string> files{"scratchpad", "disk", "card", "vm0.memory"};
  add_actor(scenario, "agent",
            {entry(Verb::preserve, files), entry(Verb::write, {"scratchpad"}), entry(Verb::prepare),
             entry(Verb::pause, {"vm0"}), entry(Verb::reboot, {"kexec"}),
             entry(Verb::restore, files), pause_before(5'000'000, entry(Verb::resume, {"vm0"})),
             labelled("finished", entry(Verb::finish)), entry(Verb::state)});
  add_actor(scenario, "watcher",
            {entry(Verb::state), after(Awaited::Kind::label, "finished", entry(Verb::read_sysfs))});
  return scenario;
}

bool is_over(const Machine& machine) {
  return userspace::all_scripts_have_ended(machine.world.progress, machine.blueprint.cast) &&
         machine.world.user.is_started != 0;
}

void go_on_to_the_end(Machine& machine) {
  while (!is_over(machine)) ASSERT_TRUE(machine.step());
  while (machine.step()) {
  }
}

TEST(WorldIsAValue, the_plain_update_does_what_the_other_tests_here_rely_on) {
  Machine machine(plain_update());
  machine.start();
  go_on_to_the_end(machine);
  EXPECT_EQ(machine.world.kernel.core.generation, 2U);
  EXPECT_EQ(machine.world.progress.unexpected, 0U);
  EXPECT_EQ(machine.records(userspace::UserRecord::vm_resumed).size(), 1U);
  EXPECT_EQ(machine.records(userspace::UserRecord::contents_intact).size(), 2U);
  EXPECT_TRUE(machine.records(userspace::UserRecord::contents_lost).empty());
  EXPECT_EQ(machine.phase(), luo::v2::Phase::normal);
}

TEST(WorldIsAValue, a_copy_made_at_any_event_ends_as_the_original_does) {
  const Scenario scenario = plain_update();
  Machine original(scenario);
  original.trace.keep_steps(true);
  original.start();
  std::vector<World> copies;
  std::vector<std::size_t> written;
  while (!is_over(original)) {
    copies.push_back(original.world);
    written.push_back(original.trace.records().size());
    ASSERT_TRUE(original.step());
  }
  go_on_to_the_end(original);
  ASSERT_GT(copies.size(), 300U) << "an update has more events than that";
  const auto& records = original.trace.records();
  for (std::size_t event = 0; event < copies.size(); ++event) {
    Machine copy(scenario);
    copy.trace.keep_steps(true);
    copy.world = copies[event];
    go_on_to_the_end(copy);
    ASSERT_EQ(copy.world, original.world) << "copied at event " << event;
    ASSERT_EQ(digest_of(copy.world), digest_of(original.world)) << "copied at event " << event;
    const std::vector<sim::Record> rest(
        records.begin() + static_cast<std::ptrdiff_t>(written[event]), records.end());
    ASSERT_EQ(copy.trace.records(), rest) << "copied at event " << event;
  }
}

TEST(WorldIsAValue, what_a_copy_does_reaches_the_original_nowhere) {
  const Scenario scenario = plain_update();
  Machine original(scenario);
  original.start();
  while (!is_over(original)) {
    const sim::Digest128 before = digest_of(original.world);
    Machine copy(scenario);
    copy.world = original.world;
    ASSERT_EQ(copy.world, original.world);
    const std::uint64_t steps = original.trace.written() % 50;
    for (std::uint64_t step = 0; step < steps; ++step) copy.step();
    copy.memory().fill({{1000}, 1000}, {99});
    copy.world.kernel.luo.next_token += 7;
    ASSERT_EQ(digest_of(original.world), before);
    ASSERT_TRUE(original.step());
  }
}

TEST(WorldIsAValue, every_event_changes_the_digest_or_the_clock) {
  Machine machine(plain_update());
  machine.start();
  std::uint64_t unchanged = 0;
  while (!is_over(machine)) {
    const sim::Digest128 before = digest_of(machine.world);
    const sim::SimTime time = machine.world.schedule.now();
    ASSERT_TRUE(machine.step());
    if (digest_of(machine.world) == before && machine.world.schedule.now() == time) ++unchanged;
  }
  EXPECT_EQ(unchanged, 0U);
}

struct Difference {
  const char* what;
  void (*make)(World&);
};
void expect_to_show(const World& world, const Difference& difference) {
  World changed = world;
  difference.make(changed);
  EXPECT_NE(changed, world) << difference.what;
  EXPECT_NE(digest_of(changed), digest_of(world)) << difference.what;
}

// Equality and digest must both see every part of a world.
TEST(WorldIsAValue, a_difference_in_any_part_shows_in_equality_and_in_the_digest) {
  Machine machine(plain_update());
  machine.start();
  ASSERT_TRUE(machine.run_until([&] { return machine.phase() == luo::v2::Phase::frozen; }));
  const Difference kDifferences[] = {
      {"owner of a page",
       [](World& world) {
         world.hardware.memory.give({{9999}, 1}, {5});
       }},
      {"contents of a page",
       [](World& world) {
         world.hardware.memory.fill({{9999}, 1}, {5});
       }},
      {"a byte", [](World& world) { world.hardware.memory.bytes().write_value({4}, 'x'); }},
      {"boot parameters", [](World& world) { ++world.hardware.boot_parameters.scratch_areas; }},
      {"disk", [](World& world) { world.hardware.disk.tokens.pop_back(); }},
      {"saved guests", [](World& world) { world.hardware.disk.saved_vms.push_back({}); }},
      {"generation", [](World& world) { ++world.kernel.core.generation; }},
      {"death", [](World& world) { world.kernel.core.death.cause = 1; }},
      {"boot options", [](World& world) { world.kernel.core.options.debugfs = true; }},
      {"next page", [](World& world) { ++world.kernel.core.next_page.value; }},
      {"files", [](World& world) { world.kernel.core.files.open({}, 0, 0); }},
      {"finalized", [](World& world) { world.kernel.kho.finalized = false; }},
      {"tracker", [](World& world) { --world.kernel.kho.tracker.slots_left; }},
      {"chunks", [](World& world) { world.kernel.kho.chunks.pop_back(); }},
      {"clients", [](World& world) { ++world.kernel.kho.clients[0].priority; }},
      {"blobs", [](World& world) { world.kernel.kho.blobs.push_back({}); }},
      {"phase", [](World& world) { world.kernel.luo.phase = luo::v2::Phase::prepared; }},
      {"word", [](World& world) { ++world.kernel.luo.outgoing[0].word; }},
      {"subsystem", [](World& world) { world.kernel.luo.subsystems.pop_back(); }},
      {"handler", [](World& world) { world.kernel.luo.handler_objects[0].callbacks.bits = 0; }},
      {"participant", [](World& world) { ++world.kernel.fd.test_participants[0].prepares; }},
      {"memfd", [](World& world) { world.kernel.fd.memfds[0].is_frozen = 0; }},
      {"piece", [](World& world) { world.kernel.fd.pieces.pop_back(); }},
      {"holdings", [](World& world) { world.user.holdings.pop_back(); }},
      {"guest", [](World& world) { ++world.user.vms[0].writes; }},
      {"who waits", [](World& world) { world.user.waiting.clear(); }},
      {"progress", [](World& world) { ++world.progress.unexpected; }},
      {"labels", [](World& world) { world.progress.labels[0] = 1; }},
      {"ledger", [](World& world) { world.ledger.files.push_back({}); }},
      {"faults", [](World& world) { world.faults.add({}); }},
      {"tasks", [](World& world) { world.schedule.drop_group(2); }},
  };
  for (const Difference& difference : kDifferences) expect_to_show(machine.world, difference);
}

TEST(WorldIsAValue, a_difference_in_what_the_old_kernel_left_shows_too) {
  Machine machine(plain_update());
  machine.start();
  ASSERT_TRUE(machine.run_until([&] { return !machine.world.kernel.luo.incoming.empty(); }));
  const Difference kDifferences[] = {
      {"incoming record", [](World& world) { world.kernel.luo.incoming[0].reclaimed ^= 1; }},
      {"incoming records", [](World& world) { world.kernel.luo.incoming.pop_back(); }},
      {"list built", [](World& world) { world.kernel.luo.incoming_list_built ^= true; }},
      {"incoming tree", [](World& world) { ++world.kernel.luo.incoming_tree.value; }},
      {"incoming", [](World& world) { world.kernel.kho.incoming = false; }},
      {"incoming root", [](World& world) { ++world.kernel.kho.incoming_root.value; }},
      {"scratch", [](World& world) { world.kernel.kho.scratch.pop_back(); }},
      {"scratch list", [](World& world) { ++world.kernel.kho.scratch_list.value; }},
  };
  for (const Difference& difference : kDifferences) expect_to_show(machine.world, difference);
}

TEST(WorldIsAValue, the_same_scenario_gives_the_same_trace_twice) {
  const auto hash_of_run = [](const Scenario& scenario) {
    Machine machine(scenario);
    EXPECT_EQ(machine.run(), Stop::scripts_ended);
    return machine.trace.hash();
  };
  EXPECT_EQ(hash_of_run(plain_update()), hash_of_run(plain_update()));
  Scenario slower = plain_update();
  slower.timing.push_back({"kexec.jump", sim::milliseconds(21)});
  EXPECT_NE(hash_of_run(plain_update()), hash_of_run(slower)) << "the hash covers time";
}

TEST(WorldIsAValue, every_single_fault_gives_the_same_trace_twice) {
  const char* const kSites[] = {"mm.alloc",         "mm.xa_store",          "luo.subsystem.prepare",
                                "luo.file.prepare", "luo.subsystem.freeze", "luo.file.freeze",
                                "agent.crash",      "boot.panic",           "luo.file.retrieve"};
  for (const char* site : kSites) {
    for (std::uint32_t nth = 1; nth <= 5; ++nth) {
      Scenario scenario = plain_update();
      add_fault(scenario, site, nth);
      Machine first(scenario);
      Machine second(scenario);
      EXPECT_EQ(first.run(), second.run()) << site << " " << nth;
      EXPECT_EQ(first.trace.hash(), second.trace.hash()) << site << " " << nth;
      EXPECT_EQ(first.world, second.world) << site << " " << nth;
    }
  }
}

TEST(WorldIsAValue, chance_comes_from_the_choice_alone) {
  Scenario scenario = plain_update();
  add_fault(scenario, "mm.alloc");
  scenario.faults.back().times = 0;
  scenario.faults.back().per_million = 100'000;
  const auto hash_with_seed = [&](std::uint64_t seed) {
    Machine machine(scenario);
    sim::SeededChoice seeded(seed);
    sim::RecordedTrace trace;
    world::run(machine.world, {machine.blueprint, seeded, trace}, {});
    return trace.hash();
  };
  EXPECT_EQ(hash_with_seed(7), hash_with_seed(7));
  std::uint64_t different = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    if (hash_with_seed(seed) != hash_with_seed(7)) ++different;
  EXPECT_GT(different, 0U);
}

}  // namespace
}  // namespace luosim::world
