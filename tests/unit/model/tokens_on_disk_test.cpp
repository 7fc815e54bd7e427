// SPDX-License-Identifier: Apache-2.0
//
// What an agent notes of tokens: who preserves a file again for the next update still has the token
// of the last one, until nobody can ask for it any more.
#include <gtest/gtest.h>

#include "model/userspace/parts.hpp"

namespace luosim::userspace {
namespace {

constexpr sim::Symbol kFile{7};
constexpr sim::Symbol kOther{9};

TEST(TokensOnDisk, are_noted_for_each_kernel_apart) {
  Disk disk;
  note_token(disk, kOther, 30, 1);
  note_token(disk, kFile, 10, 1);
  note_token(disk, kFile, 20, 2);
  EXPECT_EQ(token_on_disk(disk, kFile, 1), 10U);
  EXPECT_EQ(token_on_disk(disk, kFile, 2), 20U);
  EXPECT_EQ(token_on_disk(disk, kOther, 1), 30U);
  EXPECT_EQ(token_on_disk(disk, kOther, 2), std::nullopt);
}

TEST(TokensOnDisk, are_replaced_by_a_new_one_of_the_same_kernel) {
  Disk disk;
  note_token(disk, kFile, 10, 1);
  note_token(disk, kFile, 11, 1);
  EXPECT_EQ(token_on_disk(disk, kFile, 1), 11U);
  EXPECT_EQ(disk.tokens.size(), 1U);
}

TEST(TokensOnDisk, of_the_kernel_before_outlive_an_unpreserve_in_this_one) {
  Disk disk;
  note_token(disk, kFile, 10, 1);
  note_token(disk, kFile, 20, 2);
  forget_token(disk, kFile, 2);
  EXPECT_EQ(token_on_disk(disk, kFile, 2), std::nullopt);
  EXPECT_EQ(token_on_disk(disk, kFile, 1), 10U);
  forget_token(disk, kFile, 3);
  EXPECT_EQ(disk.tokens.size(), 1U);
}

}  // namespace
}  // namespace luosim::userspace
