// SPDX-License-Identifier: Apache-2.0
//
// Mistakes with single folios of a file, of the kernel that boots in scratch, and of a VMM that
// maps a guest's memory anew: for each, the guarantee that shows it. Rows are those of devices.md,
// section G.
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "model/fd/memfd.hpp"
#include "model/fd/memfd_pages.hpp"
#include "model/kernel/errno.hpp"
#include "tests/unit/model/device_story.hpp"

namespace luosim::world {
namespace {

// A file of 64 MiB is written to, and comes back if nothing goes wrong.
Scenario file_story(const std::string& site, std::int32_t value) {
  Scenario scenario = memfd_story({entry(Verb::write, {"m"}), entry(Verb::preserve, {"m"}),
                                   entry(Verb::prepare), entry(Verb::reboot, {"kexec"}),
                                   try_to(entry(Verb::restore, {"m"})), entry(Verb::finish)});
  add_fault(scenario, site, 1, value);
  return scenario;
}

TEST(MemoryMistakes, concern_a_folio_that_there_is) {
  for (const std::string site :
       {"memfd.stays_in_scratch:m", "memfd.moves_when_preserved:m", "memfd.preserves_page_too:m",
        "memfd.forgets_folio:m", "memfd.reclaimed_as_clean:memfd-v1"}) {
    EXPECT_EQ(findings_when_fixed(file_story(site, 33)).text(), "") << site;
    EXPECT_EQ(findings_when_fixed(file_story(site, -1)).text(), "") << site;
    for (const std::int32_t folio : {1, 2, 32})
      EXPECT_NE(findings_when_fixed(file_story(site, folio)).text(), "") << site << " " << folio;
  }
}

// Row 3.
TEST(ScratchIsDisjoint, fires_for_a_folio_that_nobody_moved_out) {
  const Findings found = findings_when_fixed(file_story("memfd.stays_in_scratch:m", 2));
  EXPECT_TRUE(found.violate("scratch-is-disjoint")) << found.text();
  EXPECT_TRUE(found.violate("contents-survive")) << found.text();
}

// Row 4.
TEST(NoPagePreservedAndFree, fires_for_a_folio_that_moved_after_its_prepare) {
  const Findings found = findings_when_fixed(file_story("memfd.moves_when_preserved:m", 2));
  EXPECT_TRUE(found.violate("no-page-preserved-and-free")) << found.text();
  EXPECT_TRUE(found.violate("contents-survive")) << found.text();
}

// Row 6.
TEST(APageIsPreservedInOneSize, fires_for_a_page_within_a_folio) {
  const Findings found = findings_when_fixed(file_story("memfd.preserves_page_too:m", 2));
  EXPECT_EQ(found.violated(), (Ids{"a-page-is-preserved-in-one-size"})) << found.text();
  EXPECT_TRUE(found.cause("a-page-is-preserved-in-one-size").starts_with("1 page, the first at "))
      << found.text();
  EXPECT_TRUE(
      found.cause("a-page-is-preserved-in-one-size").ends_with(" is handed over in two sizes"))
      << found.text();
}

// Row 15.
TEST(NoKernelPanics, fires_when_scratch_is_too_small) {
  Scenario scenario = file_story("kho.early_memory", 1);
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
  scenario.faults.back().value = 1024;
  EXPECT_EQ(findings_when_fixed(scenario).cause("no-kernel-panics"),
            "kernel 2 panicked: early boot ran out of memory in the scratch areas");
}

// Row 17.
TEST(ContentsSurvive, fires_for_a_folio_that_is_reclaimed_as_clean) {
  const Findings found = findings_when_fixed(file_story("memfd.reclaimed_as_clean:memfd-v1", 2));
  EXPECT_TRUE(found.violate("contents-survive")) << found.text();
}

// Row 89, and every other page of a guest that its devices reach.
TEST(MappedMemoryIsNotFreed, fires_for_one_folio_that_was_not_preserved) {
  Scenario scenario = disk_story(until_jumped());
  add_fault(scenario, "memfd.forgets_folio:vm0.memory", 1, 3);
  const std::string cause = findings_when_fixed(scenario).cause("mapped-memory-is-not-freed");
  EXPECT_TRUE(cause.starts_with("disk0 of vm0 reaches 512 pages at ")) << cause;
}

TEST(MemoryMistakes, moving_a_folio_leaves_what_devices_have_mapped_where_it_is) {
  Scenario scenario = disk_story(whole_update());
  add_fault(scenario, "memfd.stays_in_scratch:vm0.memory", 1, 2);
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
}

// Rows 56 and 57.
TEST(ANewDomainMapsTheSame, fires_for_a_range_that_is_missing_or_elsewhere) {
  Scenario scenario = disk_story(until_resumed());
  EXPECT_EQ(findings_when_fixed(scenario).text(), "");
  add_fault(scenario, "vmm.maps_less:vm0");
  EXPECT_EQ(findings_when_fixed(scenario).cause("a-new-domain-maps-the-same"),
            "of what disk0 reaches from address 0x0 on, its new domain lacks 512 pages and leads "
            "elsewhere for 0 pages");
  scenario.faults.back().site = "vmm.maps_other:vm0";
  EXPECT_EQ(findings_when_fixed(scenario).cause("a-new-domain-maps-the-same"),
            "of what disk0 reaches from address 0x0 on, its new domain lacks 512 pages and leads "
            "elsewhere for 32256 pages");
}

TEST(TakingPagesOut, leaves_a_hole_and_what_is_on_either_side) {
  Machine machine(memfd_story({}));
  machine.switch_on();
  fd::State& state = machine.world.kernel.fd;
  const fd::MemfdPiece whole = fd::pieces_of_memfd(state, 0).front();
  fd::take_pages_out(state, 0, 512, 512);
  const auto pieces = fd::pieces_of_memfd(state, 0);
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].pages, 512U);
  EXPECT_EQ(pieces[1].index, 1024U);
  EXPECT_EQ(pieces[1].first, whole.first + 1024);
  EXPECT_EQ(pieces[1].pages, whole.pages - 1024);
  fd::take_pages_out(state, 0, 0, 512);
  EXPECT_EQ(fd::pieces_of_memfd(state, 0).size(), 1U);
}

}  // namespace
}  // namespace luosim::world
