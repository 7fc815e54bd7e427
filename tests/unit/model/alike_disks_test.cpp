// SPDX-License-Identifier: Apache-2.0
//
// Guests with devices that are declared alike, and why an exploration does not exchange them: what
// they are given in order stays in tables in memory, where others go by it.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "tests/unit/model/device_story.hpp"
#include "tests/unit/model/explored_futures.hpp"

namespace luosim::world {
namespace {

// Two guests, each with a disk that has nothing to do.
Scenario two_guests(Script script) {
  Scenario scenario = host_with_participants(std::move(script));
  scenario.host.memory_bytes = 1ULL << 30;
  for (const char* number : {"0", "1"}) {
    add_device(scenario, std::string("disk") + number);
    VmSpec& vm = add_guest(scenario, std::string("vm") + number, {std::string("disk") + number});
    vm.memory_bytes = 4 * kMiB;
    vm.workload = {.kind = WorkloadSpec::Kind::idle};
  }
  return scenario;
}

// What a disk was given in the next kernel.
struct Given {
  std::uint16_t domain = 0;  ///< the number that hardware knows it by
  std::uint32_t vector = 0;  ///< of its first entry: the place in the remapping table
};

// Of both disks, once the guests have come back one after the other.
std::vector<Given> given_after_update(const std::string& first, const std::string& second) {
  const std::vector<std::string> files = {"vm" + first + ".memory", "vm" + first + ".iommu",
                                          "disk" + first,           "vm" + second + ".memory",
                                          "vm" + second + ".iommu", "disk" + second};
  Scenario scenario =
      two_guests({working(), entry(Verb::preserve, files), entry(Verb::prepare),
                  entry(Verb::pause, {"vm0", "vm1"}), entry(Verb::reboot, {"kexec"}),
                  entry(Verb::restore, files), entry(Verb::resume, {"vm" + first, "vm" + second}),
                  entry(Verb::finish)});
  scenario.protocol = "luo-v2-fixed";
  WatchedMachine watched(scenario);
  watched.run();
  EXPECT_EQ(watched.findings().text(), "");
  const driver::State& drivers = watched.world().kernel.drivers;
  std::vector<Given> given;
  for (const char* disk : {"disk0", "disk1"}) {
    Given& one = given.emplace_back();
    const device::FunctionId id = function(watched, disk);
    const auto found = std::find_if(drivers.pci.devices.begin(), drivers.pci.devices.end(),
                                    [&](const auto& each) { return each.function == id; });
    const auto* attachment = driver::iommu::attachment_of(drivers.iommu, found->bdf);
    one.domain = drivers.iommu.domains[attachment->domain].id;
    while (drivers.irq.vectors[one.vector].function != id) ++one.vector;
  }
  return given;
}

TEST(AlikeDisks, show_in_tables_in_memory_which_of_them_came_back_first) {
  const std::vector<Given> one = given_after_update("0", "1");
  const std::vector<Given> other = given_after_update("1", "0");
  EXPECT_LT(one[0].domain, one[1].domain);
  EXPECT_LT(one[0].vector, one[1].vector);
  EXPECT_GT(other[0].domain, other[1].domain);
  EXPECT_GT(other[0].vector, other[1].vector);
}

TEST(AlikeDisks, are_told_apart_by_an_exploration) {
  Scenario scenario = two_guests({});
  FreeSpec free;
  free.ops = {entry(Verb::pause, {"vm0", "vm1"})};
  scenario.actors[0].free = free;
  const Built built = build(scenario);
  ASSERT_TRUE(built.errors.empty());
  const WorldModel model(built.blueprint, built.faults, {});
  EXPECT_TRUE(model.entities().empty());
  // Guests first go on until they have nothing to do.
  WorldWalker walker = model.walker();
  ExploredState state = model.initial();
  while (!walker.text_of(state, moves_of(walker, state)[0]).is_call)
    state = after(walker, state, moves_of(walker, state)[0]);
  // Whoever is stopped then, what comes of it is another state.
  std::set<sim::Digest128> keys;
  for (const sim::explore::Move move : moves_of(walker, state))
    if (walker.text_of(state, move).is_call)
      keys.insert(key_of(walker, after(walker, state, move)));
  EXPECT_EQ(keys.size(), 2U);
}

}  // namespace
}  // namespace luosim::world
