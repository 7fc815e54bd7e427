// SPDX-License-Identifier: Apache-2.0
//
// What `--sites` means.
#include "app/cli/fault_sites.hpp"

#include <sstream>

#include <gtest/gtest.h>

namespace luosim::app {
namespace {

using Patterns = std::vector<std::string>;

std::string refusal(const Patterns& patterns) {
  std::ostringstream errors;
  EXPECT_FALSE(faults_named(patterns, errors));
  return errors.str();
}

std::vector<std::pair<std::string, std::int32_t>> named(const Patterns& patterns) {
  std::ostringstream errors;
  const auto faults = faults_named(patterns, errors);
  EXPECT_TRUE(faults) << errors.str();
  std::vector<std::pair<std::string, std::int32_t>> result;
  if (!faults) return result;
  for (const sim::FaultSite& fault : *faults)
    result.emplace_back(std::string(fault.name), fault.value);
  return result;
}

TEST(FaultSites, are_known_by_their_names_and_fail_with_what_is_their_own) {
  const auto faults = named({"luo.file.prepare"});
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_LT(faults[0].second, 0);
}

TEST(FaultSites, fail_with_each_error_that_is_named) {
  const auto faults = named({"luo.file.prepare=EIO,EBUSY,-7,3"});
  ASSERT_EQ(faults.size(), 4U);
  EXPECT_EQ(faults[0].second, -5);
  EXPECT_EQ(faults[1].second, -16);
  EXPECT_EQ(faults[2].second, -7);
  EXPECT_EQ(faults[3].second, 3);
}

TEST(FaultSites, give_an_error_to_all_that_a_star_stands_for) {
  const auto usual = named({"luo.file.*"});
  EXPECT_GT(usual.size(), 3U);
  for (const auto& [site, value] : named({"luo.file.*=ENODEV"})) EXPECT_EQ(value, -19) << site;
}

TEST(FaultSites, that_are_named_twice_fail_in_each_way_once) {
  EXPECT_EQ(named({"luo.file.prepare=EIO", "luo.file.prepar*=EBUSY,EIO"}),
            named({"luo.file.prepare=EIO,EBUSY"}));
}

TEST(FaultSites, without_a_failure_of_their_own_are_refused_unless_one_is_said) {
  EXPECT_NE(refusal({"device.doorbell"}).find("'device.doorbell' has no failure of its own"),
            std::string::npos);
  EXPECT_EQ(named({"device.doorbell=1"}).size(), 1U);
}

TEST(FaultSites, that_nobody_knows_and_words_that_are_no_errors_are_refused) {
  EXPECT_NE(refusal({"luo.nonsense"}).find("no fault site is named 'luo.nonsense'"),
            std::string::npos);
  EXPECT_NE(refusal({"luo.file.prepare=EFOO"}).find("'EFOO' is neither"), std::string::npos);
  EXPECT_NE(refusal({"luo.file.prepare="}).find("'' is neither"), std::string::npos);
  EXPECT_NE(refusal({"luo.file.prepare=EIO,"}).find("'' is neither"), std::string::npos);
  EXPECT_NE(refusal({"luo.file.prepare=0"}).find("'0' is neither"), std::string::npos);
  EXPECT_NE(refusal({"luo.file.prepare=99999999999"}).find("neither"), std::string::npos);
}

TEST(FaultSites, strike_nowhere_when_no_fault_may) {
  std::ostringstream errors;
  EXPECT_TRUE(faults_that_may_strike(0, {"luo.file.*"}, errors)->empty());
  EXPECT_FALSE(faults_that_may_strike(0, {"luo.nonsense"}, errors));
}

TEST(FaultSites, that_strike_are_sorted_and_have_all_their_values) {
  std::ostringstream errors;
  const auto sites = faults_that_may_strike(1, {"luo.file.prepare=EIO,EBUSY", "mm.alloc"}, errors);
  ASSERT_TRUE(sites);
  ASSERT_EQ(sites->size(), 2U);
  EXPECT_LT(sites->at(0).site, sites->at(1).site);
  const sim::SiteFaults* prepare = sim::find_site(*sites, sim::name_hash("luo.file.prepare"));
  ASSERT_NE(prepare, nullptr);
  EXPECT_EQ(prepare->values, (std::vector<std::int32_t>{-5, -16}));
}

}  // namespace
}  // namespace luosim::app
