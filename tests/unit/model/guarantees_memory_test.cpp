// SPDX-License-Identifier: Apache-2.0
//
// The guarantees about memory and about what goes from one kernel to the next: for each, a story in
// which it does not hold and one in which it does. Bug numbers are those of luo-v2-bugs.md.
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/guarantees/preserved.hpp"
#include "model/kernel/errno.hpp"
#include "model/kho/record.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/v2/record.hpp"
#include "tests/unit/model/guarantee_world.hpp"

namespace luosim::world {
namespace {

using luo::v2::Phase;

// B04: the page that `a` frees when it is cancelled cannot be unpreserved.
Scenario with_a_page_freed_in_a_failed_freeze(std::vector<ScriptEntry> more = {}) {
  std::vector<ScriptEntry> script = {entry(Verb::prepare),
                                     expecting(kernel::kEIO, entry(Verb::freeze))};
  script.insert(script.end(), more.begin(), more.end());
  Scenario scenario = story(std::move(script));
  add_subsystem(scenario, "a", /*preserves_page=*/true);
  add_subsystem(scenario, "b");
  add_fault(scenario, "luo.subsystem.freeze:b");
  return scenario;
}

TEST(NoPagePreservedAndFree, fires_when_a_cancel_cannot_unpreserve) {
  const std::string cause =
      findings_of(with_a_page_freed_in_a_failed_freeze()).cause("no-page-preserved-and-free");
  EXPECT_TRUE(cause.starts_with("1 page, the first at pfn 0x")) << cause;
  EXPECT_TRUE(
      cause.ends_with(" would be handed over as preserved in phase normal, but nobody owns it"))
      << cause;
}

TEST(NoPagePreservedAndFree, holds_when_kho_is_aborted_first) {
  EXPECT_EQ(findings_when_fixed(with_a_page_freed_in_a_failed_freeze()).text(), "");
}

TEST(NoPagePreservedAndFree, holds_for_what_is_not_handed_over) {
  WatchedMachine watched(story({}));
  watched.switch_on();
  Context context = watched.context();
  const auto page = kernel::allocate_pages(context, 1, 1, luo::v2::kTreeOwner);
  ASSERT_TRUE(page);
  ASSERT_EQ(kho::preserve_range(context, memory::address_of(page->first), memory::kPageBytes), 0);
  kernel::free_pages(context, *page);
  watched.tell({.kind = kernel::KernelRecord::kexec});
  EXPECT_EQ(watched.findings().text(), "") << "KHO is not finalized";
}

TEST(NoFreedPageHandedOver, fires_when_such_a_page_reaches_the_next_kernel) {
  const std::string cause =
      findings_of(with_a_page_freed_in_a_failed_freeze({entry(Verb::reboot, {"kexec"})}))
          .cause("no-freed-page-handed-over");
  EXPECT_TRUE(cause.starts_with("kernel 2 reserves 1 page from pfn 0x")) << cause;
}

TEST(NoFreedPageHandedOver, holds_when_nothing_is_handed_over_after_a_failure) {
  EXPECT_EQ(
      findings_when_fixed(with_a_page_freed_in_a_failed_freeze({entry(Verb::reboot, {"kexec"})}))
          .text(),
      "");
}

TEST(NoFreedPageHandedOver, holds_when_the_map_was_damaged_on_the_way) {
  Scenario scenario = story({entry(Verb::prepare), entry(Verb::reboot, {"kexec"})});
  // In the order that the first chunk speaks of: its blocks are of 256 pages now.
  add_fault(scenario, "handover.bit_flip:map", 1, 67);
  scenario.protocol = "luo-v2-fixed";
  WatchedMachine watched(scenario);
  watched.run();
  EXPECT_FALSE(watched.machine.records(kho::KhoRecord::freed_page_was_preserved).empty());
  EXPECT_EQ(watched.findings().text(), "");
}

TEST(ScratchIsDisjoint, fires_when_a_preserved_page_lies_in_scratch) {
  WatchedMachine watched(story({}));
  watched.switch_on();
  Context context = watched.context();
  const memory::PageRange area = watched.world().kernel.kho.scratch[1];
  ASSERT_EQ(kho::preserve_range(context, memory::address_of(area.first), 3 * memory::kPageBytes),
            0);
  watched.tell({.kind = kernel::KernelRecord::kexec});
  EXPECT_EQ(
      watched.findings().cause("scratch-is-disjoint"),
      "kernel 1 has 3 pages of preserved and 0 pages of handed-over memory in its scratch areas");
}

TEST(ScratchIsDisjoint, fires_when_a_handed_over_page_lies_in_scratch) {
  WatchedMachine watched(story({}));
  watched.switch_on();
  const memory::PageRange area = watched.world().kernel.kho.scratch[0];
  watched.machine.memory().give({area.first, 1}, kho::kIncomingOwner.tag(), 1);
  watched.tell({.kind = kernel::KernelRecord::boot_done});
  EXPECT_EQ(
      watched.findings().cause("scratch-is-disjoint"),
      "kernel 1 has 0 pages of preserved and 1 page of handed-over memory in its scratch areas");
}

TEST(ScratchIsDisjoint, holds_over_three_updates_in_a_row) {
  std::vector<ScriptEntry> script;
  for (int update = 0; update < 3; ++update) {
    for (const Verb verb :
         {Verb::preserve, Verb::prepare, Verb::reboot, Verb::restore, Verb::finish})
      script.push_back(verb == Verb::reboot                              ? entry(verb, {"kexec"})
                       : verb == Verb::preserve || verb == Verb::restore ? entry(verb, {"m"})
                                                                         : entry(verb));
  }
  Scenario scenario = memfd_story(script);
  add_subsystem(scenario, "a", /*preserves_page=*/true);
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

// B24.
Scenario with_a_next_kernel(std::string cmdline) {
  Scenario scenario = story(
      {entry(Verb::preserve, {"f"}), entry(Verb::prepare), try_to(entry(Verb::reboot, {"kexec"}))});
  scenario.kernels.emplace_back().name = "next";
  scenario.kernels[1].cmdline = std::move(cmdline);
  return scenario;
}

TEST(NothingIsReservedForNobody, fires_when_kho_is_off_in_the_next_kernel) {
  EXPECT_EQ(findings_of(with_a_next_kernel("kho=off")).cause("nothing-is-reserved-for-nobody"),
            "kernel 2 has 256 handed-over pages reserved, but KHO is off in it");
}

TEST(NothingIsReservedForNobody, holds_when_such_a_kernel_is_refused) {
  EXPECT_EQ(findings_when_fixed(with_a_next_kernel("kho=off")).text(), "");
  EXPECT_EQ(findings_when_fixed(with_a_next_kernel("kho=on liveupdate=on")).text(), "");
}

// B03.
TEST(OnlyAFrozenKernelHandsOver, fires_when_a_failed_update_is_carried_out_by_the_next_kexec) {
  EXPECT_EQ(findings_of(with_a_page_freed_in_a_failed_freeze({entry(Verb::reboot, {"kexec"})}))
                .cause("only-a-frozen-kernel-hands-over"),
            "kernel 2 comes up updated, but the one before it jumped in phase normal");
}

TEST(OnlyAFrozenKernelHandsOver, holds_from_frozen_and_after_a_power_cycle) {
  EXPECT_FALSE(findings_of(with_a_next_kernel("kho=on liveupdate=on"))
                   .violate("only-a-frozen-kernel-hands-over"));
  EXPECT_EQ(findings_of(story({entry(Verb::prepare), entry(Verb::reboot, {"cold"})})).text(), "");
}

// B21.
TEST(HandlersOutliveTheirFiles, fires_when_a_handler_goes_whose_file_is_preserved) {
  const Scenario scenario =
      story({entry(Verb::preserve, {"f"}), entry(Verb::unregister_handler, {"h"})});
  EXPECT_EQ(findings_of(scenario).cause("handlers-outlive-their-files"),
            "h unregistered, but is needed for 1 preserved file");
}

TEST(HandlersOutliveTheirFiles, fires_when_a_handler_goes_whose_file_is_not_finished) {
  const Scenario scenario =
      story({entry(Verb::preserve, {"f"}), entry(Verb::prepare), entry(Verb::reboot, {"kexec"}),
             entry(Verb::restore, {"f"}), entry(Verb::unregister_handler, {"h"})});
  EXPECT_EQ(findings_of(scenario).cause("handlers-outlive-their-files"),
            "h unregistered, but is needed for 1 handed-over file");
}

TEST(HandlersOutliveTheirFiles, fires_when_a_handler_is_called_that_has_gone) {
  WatchedMachine watched(
      story({entry(Verb::preserve, {"f"}), sleeping(1000), entry(Verb::prepare)}));
  watched.start();
  watched.go_on_until([&] { return !watched.world().kernel.luo.outgoing.empty(); });
  watched.world().kernel.luo.handler_objects[0].link = luo::v2::Link::unlinked;
  watched.go_on();
  EXPECT_EQ(watched.findings().cause("handlers-outlive-their-files"),
            "prepare of h for f was called, but the handler is not registered");
}

TEST(HandlersOutliveTheirFiles, holds_when_nobody_needs_the_handler_any_more) {
  const Scenario finished =
      story({entry(Verb::preserve, {"f"}), entry(Verb::prepare), entry(Verb::reboot, {"kexec"}),
             entry(Verb::finish), entry(Verb::unregister_handler, {"h"})});
  EXPECT_FALSE(findings_of(finished).violate("handlers-outlive-their-files"))
      << "its records stay, but are called no more";
  const Scenario scenario = story(
      {entry(Verb::preserve, {"f"}), entry(Verb::prepare), entry(Verb::reboot, {"kexec"}),
       expecting(kernel::kEBUSY, entry(Verb::unregister_handler, {"h"})),
       entry(Verb::restore, {"f"}), entry(Verb::finish), entry(Verb::unregister_handler, {"h"}),
       entry(Verb::register_handler, {"h"}), entry(Verb::preserve, {"f"}), entry(Verb::prepare)});
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

// The pages of a large host are looked at in runs: a block at a time would take seconds.
TEST(PreservedRuns, of_a_host_of_terabytes_are_few) {
  WatchedMachine watched([] {
    Scenario scenario = bare_scenario(12 * kTiB);
    add_handler(scenario, "memfd-v1", "memfd");
    add_memfd(scenario, "m", 11 * kTiB);
    add_actor(scenario, "agent", {entry(Verb::preserve, {"m"}), entry(Verb::prepare)});
    return scenario;
  }());
  watched.run();
  ASSERT_EQ(watched.machine.phase(), Phase::prepared);
  std::uint64_t runs = 0;
  std::uint64_t pages = 0;
  const guarantees::Machine view = machine_of(watched.world(), watched.machine.blueprint);
  guarantees::for_each_preserved_run(view, [&](memory::PageRange run) {
    ++runs;
    pages += run.count;
  });
  EXPECT_EQ(pages,
            kho::preserved_pages(watched.machine.memory(), watched.world().kernel.kho.tracker));
  EXPECT_LT(runs, 2000U) << "one or two a bitmap";
  EXPECT_EQ(watched.findings().text(), "");
}

}  // namespace
}  // namespace luosim::world
