// SPDX-License-Identifier: Apache-2.0
//
// The end of a run as a person reads it: what an update cost a VM with devices.
#include "app/report/run_report.hpp"

#include <string>

#include <gtest/gtest.h>

namespace luosim::app {
namespace {

VmCost quiet_vm() {
  VmCost vm{.name = "vm0", .blackout = {1'950'000}, .io = {}};
  vm.io.completed = 12'345;
  vm.io.stall_max = {2'340'000};
  return vm;
}

/// The line of the summary that begins with the name of the VM.
std::string line_of(const VmCost& vm) {
  RunResult result;
  result.vms = {vm};
  const std::string text = summary_text(result);
  const std::size_t begin = text.find("\n" + vm.name + ": ") + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

std::string line_with_blackout(std::int64_t nanoseconds) {
  VmCost vm = quiet_vm();
  vm.blackout = {nanoseconds};
  return line_of(vm);
}

TEST(CostLine, says_what_the_update_cost_a_vm) {
  EXPECT_EQ(line_of(quiet_vm()),
            "vm0: blackout 1.9 ms, longest I/O stall 2.3 ms, 12345 I/Os, 0 lost, 0 duplicated");
}

TEST(CostLine, says_lost_and_duplicated_always_and_worse_things_if_there_are_any) {
  VmCost vm = quiet_vm();
  vm.io.lost = 3;
  vm.io.duplicated = 4;
  EXPECT_TRUE(line_of(vm).ends_with(", 3 lost, 4 duplicated"));
  vm.io.failed = 6;
  EXPECT_TRUE(line_of(vm).ends_with(", 4 duplicated, 6 failed"));
  vm.io.corrupted = 5;
  EXPECT_TRUE(line_of(vm).ends_with(", 4 duplicated, 5 corrupted, 6 failed"));
}

TEST(CostLine, has_durations_in_the_largest_unit_that_is_not_larger) {
  EXPECT_NE(line_with_blackout(0).find("blackout 0 ns,"), std::string::npos);
  EXPECT_NE(line_with_blackout(999).find("blackout 999 ns,"), std::string::npos);
  EXPECT_NE(line_with_blackout(1'000).find("blackout 1.0 us,"), std::string::npos);
  EXPECT_NE(line_with_blackout(999'999).find("blackout 999.9 us,"), std::string::npos);
  EXPECT_NE(line_with_blackout(1'000'000).find("blackout 1.0 ms,"), std::string::npos);
  EXPECT_NE(line_with_blackout(62'050'000'000).find("blackout 62.0 s,"), std::string::npos);
}

TEST(CostLine, stands_there_once_for_each_vm_in_their_order) {
  RunResult result;
  result.vms = {quiet_vm(), quiet_vm()};
  result.vms[1].name = "vm1";
  const std::string text = summary_text(result);
  const std::size_t first = text.find("\nvm0: ");
  const std::size_t second = text.find("\nvm1: ");
  ASSERT_NE(first, std::string::npos);
  ASSERT_NE(second, std::string::npos);
  EXPECT_LT(first, second);
  result.vms.clear();
  EXPECT_EQ(summary_text(result).find("blackout"), std::string::npos);
}

}  // namespace
}  // namespace luosim::app
