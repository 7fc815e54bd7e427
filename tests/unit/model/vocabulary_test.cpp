// SPDX-License-Identifier: Apache-2.0
//
// The names that a report prints and that a scenario may say: what the model asks for, and nothing
// else, is on the lists.
#include "model/world/vocabulary.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "model/guarantees/machine.hpp"
#include "model/kernel/allocator.hpp"
#include "tests/unit/model/device_story.hpp"

namespace luosim::world {
namespace {

constexpr std::uint32_t kNever = 1'000'000;

// Rules that count: one for every call of a site, and one for those of each name.
void count_calls(sim::Faults& faults, const sim::FaultSite& site) {
  faults.add({.site = site.id(), .skip = kNever});
  for (const std::string_view name : allocating_functions())
    faults.add({.site = site.id(), .instance = sim::name_hash(name), .skip = kNever});
}

// By name, how often it was asked for; all of them under an empty one.
std::map<std::string, std::uint64_t> calls_counted(const sim::Faults& faults) {
  std::map<std::uint32_t, std::string> names = {{0, ""}};
  for (const std::string_view name : allocating_functions()) names[sim::name_hash(name)] = name;
  std::map<std::string, std::uint64_t> calls;
  for (const sim::FaultRule& rule : faults.rules())
    calls[names.at(rule.instance)] += kNever - rule.skip;
  return calls;
}

// A guest with huge pages and a disk, one with guest memory; a disk of the host; the participants
// that are there for tests. Two kernels, and whatever an update needs.
Scenario everything() {
  const std::vector<std::string> files = {
      "m", "f", "vm0.kvm", "vm0.memory", "vm0.iommu", "disk0", "vm1.kvm", "vm1.memory", "kick"};
  const std::vector<std::string> guests = {"vm0", "vm1"};
  Scenario scenario = host_with_participants(
      {working(), entry(Verb::preserve, files), entry(Verb::prepare), entry(Verb::pause, guests),
       entry(Verb::reboot, {"kexec"}), entry(Verb::restore, files), entry(Verb::resume, guests),
       entry(Verb::finish)});
  scenario.kernels[0].debugfs = true;
  scenario.host.hugepages = 64;
  add_handler(scenario, "h", "blob");
  scenario.handlers.back().preserves_page = true;
  add_handler(scenario, "huge-memfd-v1", "hugetlb");
  add_handler(scenario, "guest-memfd-v1", "guest_memfd");
  add_typed_subsystem(scenario, "hugetlb");
  add_memfd(scenario, "m", 64 * kMiB);
  add_test_file(scenario, "f", "blob");
  add_handler(scenario, "eventfd-v1", "eventfd");
  add_test_file(scenario, "kick", "eventfd");
  add_device(scenario, "disk0");
  add_device(scenario, "boot");
  add_guest(scenario, "vm0", {"disk0"}).backing = "hugetlb";
  add_guest(scenario, "vm1", {}).backing = "guest_memfd";
  scenario.protocol = "luo-v2-fixed";
  return scenario;
}

TEST(AllocatingFunctions, are_all_that_are_asked) {
  WatchedMachine watched(everything());
  count_calls(watched.world().faults, kernel::kAllocationSite);
  count_calls(watched.world().faults, kernel::kStoreSite);
  watched.run();
  EXPECT_EQ(watched.findings().text(), "");
  auto calls = calls_counted(watched.world().faults);
  std::uint64_t named = 0;
  for (const auto& [name, count] : calls) named += name.empty() ? 0 : count;
  EXPECT_EQ(named, calls[""]) << "a function that allocates is not on the list";
  // The self test runs by an ioctl of its own, and only hardware that posts has descriptors.
  const std::set<std::string> elsewhere = {"luo_selftest", "posted_descriptor"};
  for (const auto& [name, count] : calls)
    EXPECT_NE(count > 0, elsewhere.contains(name)) << name << " is asked " << count << " times";
}

TEST(NoUndefinedBehaviour, has_a_text_for_what_anybody_may_have_freed) {
  // Nobody frees these.
  const std::set<std::string_view> lasting = {"kernel", "kho.scratch", "firmware"};
  for (const memory::OwnerName& owner : owners()) {
    WatchedMachine watched(bare_scenario());
    watched.switch_on();
    Context context = watched.context();
    kernel::undefined_read(context, owner.tag());
    const std::string cause = watched.findings().cause("no-undefined-behaviour");
    EXPECT_TRUE(cause.starts_with("kernel 1 read ")) << cause;
    EXPECT_EQ(cause == "kernel 1 read memory that was freed", lasting.contains(owner.name))
        << owner.name;
  }
}

// What guests and drivers work with comes and goes, whatever an update does.
TEST(PagesOfTheUpdate, are_records_trees_and_maps) {
  WatchedMachine watched(bare_scenario());
  watched.switch_on();
  const guarantees::Machine view = machine_of(watched.world(), watched.machine.blueprint);
  const std::uint64_t before = guarantees::pages_of_the_update(view);
  const std::set<std::string_view> others = {
      "kernel",        "kho.scratch", "firmware",        "kho.root",   "kho.scratch_list",
      "memfd",         "hugetlb",     "guest_memfd",     "anonymous",  "iommu_root",
      "iommu_context", "iommu_table", "interrupt_table", "nvme_queue", "posted_descriptor"};
  Context context = watched.context();
  for (const memory::OwnerName& owner : owners()) {
    const auto page = kernel::allocate_user_pages(context, 1, 1, owner, 0);
    ASSERT_TRUE(page);
    EXPECT_EQ(guarantees::pages_of_the_update(view) - before, others.contains(owner.name) ? 0U : 1U)
        << owner.name;
    kernel::free_pages(context, *page);
  }
}

}  // namespace
}  // namespace luosim::world
