// SPDX-License-Identifier: Apache-2.0
//
// The command line of a kernel: which values count as on and off, what is not the kernel's, and
// that `liveupdate` is off where KHO is (luo-v2.md, section 8).
#include "model/kernel/boot_options.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/model/machine.hpp"

namespace luosim::kernel {
namespace {

struct Read {
  std::optional<BootOptions> options;
  std::string wrong;
};
Read read(std::string_view command_line) {
  Read result;
  result.options = parse_command_line(command_line, result.wrong);
  return result;
}

TEST(BootOptions, both_are_off_by_default) {
  const Read result = read("");
  ASSERT_TRUE(result.options);
  EXPECT_FALSE(result.options->kho);
  EXPECT_FALSE(result.options->liveupdate);
}

TEST(BootOptions, both_can_be_on) {
  const Read result = read("kho=on liveupdate=on");
  ASSERT_TRUE(result.options);
  EXPECT_TRUE(result.options->kho);
  EXPECT_TRUE(result.options->liveupdate);
}

TEST(BootOptions, liveupdate_is_forced_off_without_kho_whatever_the_order) {
  for (const char* line : {"liveupdate=on", "kho=off liveupdate=on", "liveupdate=on kho=0"}) {
    const Read result = read(line);
    ASSERT_TRUE(result.options) << line;
    EXPECT_FALSE(result.options->liveupdate) << line;
  }
  EXPECT_TRUE(read("liveupdate=on kho=on").options->liveupdate) << "kho may come later";
}

TEST(BootOptions, the_first_letters_of_a_value_decide_as_in_kstrtobool) {
  for (const char* value : {"1", "y", "Y", "yes", "t", "T", "true", "on", "ON", "oN", "1off"})
    EXPECT_EQ(read(std::string("kho=") + value).options->kho, true) << value;
  for (const char* value : {"0", "n", "N", "no", "f", "F", "false", "off", "OFF", "of"})
    EXPECT_EQ(read(std::string("kho=") + value).options->kho, false) << value;
}

TEST(BootOptions, a_value_that_is_no_boolean_is_named) {
  for (const char* word : {"kho=", "kho", "kho=maybe", "kho=o", "kho=2", "liveupdate=x"}) {
    const Read result = read(std::string("quiet ") + word + " splash");
    EXPECT_FALSE(result.options) << word;
    EXPECT_EQ(result.wrong, word);
  }
}

TEST(BootOptions, other_words_are_not_the_kernels) {
  const Read result = read("  root=/dev/sda kho_scratch=1G khoo=bad kho=on  init=/bin/sh ");
  ASSERT_TRUE(result.options);
  EXPECT_TRUE(result.options->kho);
}

TEST(BootOptions, the_last_of_two_values_counts) {
  EXPECT_FALSE(read("kho=on kho=off").options->kho);
  EXPECT_TRUE(read("kho=off kho=on").options->kho);
}

TEST(BootOptions, a_kernel_without_kho_answers_prepare_with_eopnotsupp) {
  world::Scenario scenario = world::bare_scenario();
  scenario.kernels[0].cmdline = "liveupdate=on";
  world::Machine machine(scenario);
  machine.switch_on();
  EXPECT_EQ(machine.prepare(), -95);
  EXPECT_EQ(machine.cancel(), -95);
  EXPECT_EQ(machine.freeze(), -22);
  EXPECT_TRUE(machine.kexec()) << "a plain kexec still works";
  EXPECT_EQ(machine.phase(), luo::v2::Phase::normal);
}

TEST(BootOptions, liveupdate_off_changes_nothing_as_long_as_kho_is_on) {
  world::Scenario scenario = world::bare_scenario();
  scenario.kernels[0].cmdline = "kho=on";
  world::Machine machine(scenario);
  machine.switch_on();
  EXPECT_EQ(machine.prepare(), 0) << "it is reported and never enforced";
}

TEST(BootOptions, sysfs_and_debugfs_exist_only_where_they_are_configured) {
  world::Scenario scenario = world::bare_scenario();
  scenario.kernels[0].sysfs = false;
  scenario.kernels[0].debugfs = true;
  world::Machine with_debugfs(scenario);
  with_debugfs.switch_on();
  EXPECT_EQ(with_debugfs.call(uapi::kReadState).status, -2);
  EXPECT_EQ(with_debugfs.call(uapi::kDebugfsFinalize, {.values = {1, 0, 0, 0}}).status, 0);
  EXPECT_EQ(with_debugfs.phase(), luo::v2::Phase::prepared);

  world::Machine with_sysfs(world::bare_scenario());
  with_sysfs.switch_on();
  EXPECT_EQ(with_sysfs.call(uapi::kDebugfsFinalize, {.values = {1, 0, 0, 0}}).status, -2);
  ASSERT_EQ(with_sysfs.prepare(), 0);
  const world::Machine::Answer state = with_sysfs.call(uapi::kReadState);
  EXPECT_EQ(state.status, 0);
  EXPECT_EQ(state.word, 1U);
}

}  // namespace
}  // namespace luosim::kernel
