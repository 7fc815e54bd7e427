// SPDX-License-Identifier: Apache-2.0
//
// The list of outgoing files is an xarray, which is in the order of its indexes: callbacks, the
// handed-over tree and look-ups go by token, whatever the order in which files were preserved.
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/model/machine.hpp"

namespace luosim::world {
namespace {

std::vector<std::uint64_t> tokens_of(const Machine& machine) {
  std::vector<std::uint64_t> tokens;
  for (const luo::v2::FileRecord& record : machine.world.kernel.luo.outgoing)
    tokens.push_back(record.token);
  return tokens;
}
using Tokens = std::vector<std::uint64_t>;

TEST(OutgoingFiles, are_in_the_order_of_their_tokens_even_if_the_next_token_is_a_lower_one) {
  Scenario scenario = bare_scenario();
  add_handler(scenario, "blob-v1", "blob");
  for (const char* file : {"f", "g", "h"}) add_test_file(scenario, file, "blob");
  add_actor(scenario, "agent");
  Machine machine(scenario);
  machine.switch_on();
  machine.world.kernel.luo.next_token = 5;
  EXPECT_EQ(machine.preserve("f").word, 5U);
  machine.world.kernel.luo.next_token = 2;
  EXPECT_EQ(machine.preserve("g").word, 2U);
  EXPECT_EQ(machine.preserve("h").word, 3U);
  EXPECT_EQ(tokens_of(machine), (Tokens{2, 3, 5}));
  EXPECT_EQ(machine.unpreserve(5).status, 0) << "each is found by its token";
  EXPECT_EQ(machine.unpreserve(2).status, 0);
  EXPECT_EQ(tokens_of(machine), (Tokens{3}));
}

}  // namespace
}  // namespace luosim::world
