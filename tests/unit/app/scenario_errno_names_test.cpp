// SPDX-License-Identifier: Apache-2.0
//
// The table of error codes is Linux's own; a few well-known rows and the shape of the whole catch a
// row that slipped.
#include <set>

#include <gtest/gtest.h>

#include "app/scenario/errno_names.hpp"

namespace luosim::app {
namespace {

TEST(ErrnoNames, HaveTheNumbersOfLinux) {
  EXPECT_EQ(errno_number("EPERM"), 1);
  EXPECT_EQ(errno_number("EIO"), 5);
  EXPECT_EQ(errno_number("EAGAIN"), 11);
  EXPECT_EQ(errno_number("ERANGE"), 34);
  EXPECT_EQ(errno_number("ENOMSG"), 42);
  EXPECT_EQ(errno_number("EOPNOTSUPP"), 95);
  EXPECT_EQ(errno_number("EHWPOISON"), 133);
}

TEST(ErrnoNames, KnowTheAliasesButDoNotPreferThem) {
  EXPECT_EQ(errno_number("EWOULDBLOCK"), 11);
  EXPECT_EQ(errno_name(11), "EAGAIN");
  EXPECT_EQ(errno_name(35), "EDEADLK");
  EXPECT_EQ(errno_name(95), "EOPNOTSUPP");
}

TEST(ErrnoNames, CoverOneTo133WithoutTheTwoFreeNumbers) {
  for (std::int32_t number = 1; number <= 133; ++number) {
    const std::string_view name = errno_name(number);
    if (number == 41 || number == 58) {
      EXPECT_EQ(name, "");
    } else {
      EXPECT_EQ(errno_number(name), number) << name;
    }
  }
  EXPECT_EQ(errno_name(0), "");
  EXPECT_EQ(errno_name(-5), "");
  EXPECT_EQ(errno_name(134), "");
}

TEST(ErrnoNames, AreUniqueAndUnknownOnesHaveNoNumber) {
  const auto words = errno_words();
  EXPECT_EQ(std::set<std::string_view>(words.begin(), words.end()).size(), words.size());
  EXPECT_EQ(errno_number("EIOX"), std::nullopt);
  EXPECT_EQ(errno_number("eio"), std::nullopt);
  EXPECT_EQ(errno_number(""), std::nullopt);
}

}  // namespace
}  // namespace luosim::app
