// SPDX-License-Identifier: Apache-2.0
//
// Hashes of names identify programs and fault sites in recorded runs, so their values are golden.
// Symbols are numbers that must depend on nothing but the order of first use.
#include "sim/core/name.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace luosim::sim {
namespace {

TEST(NameHash, gives_the_published_values_of_fnv_1a) {
  EXPECT_EQ(name_hash(""), 0x811c9dc5U);
  EXPECT_EQ(name_hash("a"), 0xe40c292cU);
  EXPECT_EQ(name_hash("foobar"), 0xbf9cf968U);
}

TEST(NameHash, takes_bytes_above_127_as_unsigned_on_every_compiler) {
  EXPECT_EQ(name_hash("\xff"), (0x811c9dc5U ^ 0xffU) * 16777619U);
}

TEST(NameHash, is_known_to_the_compiler) {
  static_assert(name_hash("luo") != name_hash("oul"));
  static_assert(name_hash(std::string_view("a\0b", 3)) != name_hash("a"));
}

TEST(Names, give_the_empty_text_the_symbol_0) {
  Names names;
  EXPECT_EQ(names.size(), 1U);
  EXPECT_EQ(names.intern(""), Symbol{});
  EXPECT_EQ(names.text({}), "");
  EXPECT_EQ(names.size(), 1U);
}

TEST(Names, number_symbols_in_order_of_first_use) {
  Names names;
  EXPECT_EQ(names.intern("beta"), Symbol{1});
  EXPECT_EQ(names.intern("alpha"), Symbol{2});
  EXPECT_EQ(names.intern("beta"), Symbol{1});
  EXPECT_EQ(names.intern("gamma"), Symbol{3});
  EXPECT_EQ(names.size(), 4U);
}

TEST(Names, find_a_known_text_and_add_nothing_when_it_is_unknown) {
  Names names;
  const Symbol alpha = names.intern("alpha");
  EXPECT_EQ(names.find("alpha"), alpha);
  EXPECT_EQ(names.find("beta"), Symbol{});
  EXPECT_EQ(names.size(), 2U);
  EXPECT_EQ(names.intern("beta"), Symbol{2});
}

TEST(Names, give_back_every_text_when_there_are_many) {
  Names names;
  std::vector<Symbol> symbols;
  for (int i = 0; i < 1'000; ++i) symbols.push_back(names.intern("text " + std::to_string(i)));
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    ASSERT_EQ(names.text(symbols[i]), "text " + std::to_string(i));
  }
}

TEST(Names, do_not_keep_a_reference_to_the_callers_text) {
  Names names;
  std::string text = "alpha";
  const Symbol symbol = names.intern(text);
  text = "omega";
  EXPECT_EQ(names.text(symbol), "alpha");
  EXPECT_EQ(names.find("alpha"), symbol);
}

TEST(Names, of_a_copy_grow_on_their_own) {
  Names names;
  names.intern("alpha");
  Names copy = names;
  EXPECT_EQ(copy.intern("beta"), Symbol{2});
  EXPECT_EQ(names.find("beta"), Symbol{});
  EXPECT_EQ(copy.find("alpha"), names.find("alpha"));
}

}  // namespace
}  // namespace luosim::sim
