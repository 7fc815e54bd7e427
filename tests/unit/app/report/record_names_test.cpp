// SPDX-License-Identifier: Apache-2.0
//
// Names of kinds and values are a format that others depend on. The record headers are read as
// text, because a kind that somebody adds there and forgets here cannot be found otherwise.
#include "app/report/record_names.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/app/report/hand_made_records.hpp"

namespace luosim::app {
namespace {

constexpr const char* kHeaders[] = {
    "sim/trace/trace.hpp",     "model/kernel/record.hpp",       "model/kho/record.hpp",
    "model/luo/v2/record.hpp", "model/fd/record.hpp",           "model/userspace/record.hpp",
    "model/device/record.hpp", "model/driver/iommu/record.hpp", "model/driver/irq/record.hpp",
    "model/driver/record.hpp",
};

// Numbers of all kinds that the headers define, with the names that they have there:
// `constexpr RecordKind name{0x100};`
std::vector<std::pair<std::uint32_t, std::string>> kinds_in_headers() {
  std::vector<std::pair<std::uint32_t, std::string>> kinds;
  for (const char* header : kHeaders) {
    const std::string text = hand_made::source_text(header);
    constexpr std::string_view kDefinition = "constexpr RecordKind ";
    for (std::size_t at = text.find(kDefinition); at != std::string::npos;
         at = text.find(kDefinition, at)) {
      at += kDefinition.size();
      const std::size_t brace = text.find('{', at);
      kinds.emplace_back(std::stoul(text.substr(brace + 1), nullptr, 0),
                         text.substr(at, brace - at));
    }
  }
  return kinds;
}

bool is_lower_case_word(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
}

TEST(RecordNames, name_every_kind_of_every_record_header_as_the_header_does) {
  const auto kinds = kinds_in_headers();
  ASSERT_GT(kinds.size(), 120U) << "run from inside of the source tree";
  for (const auto& [number, name] : kinds) {
    const RecordName* row = find_record_name({number});
    ASSERT_NE(row, nullptr) << name << " has no row";
    EXPECT_EQ(row->event(), name);
  }
  EXPECT_EQ(kinds.size(), record_names().size());
}

TEST(RecordNames, no_two_kinds_have_the_same_name_or_number_and_numbers_rise) {
  std::set<std::string_view> names;
  std::uint32_t last = 0;
  for (const RecordName& row : record_names()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_GT(row.kind.number, last) << row.name;
    last = row.kind.number;
  }
}

TEST(RecordNames, names_are_a_layer_and_an_event_in_lower_case) {
  for (const RecordName& row : record_names()) {
    EXPECT_TRUE(is_lower_case_word(row.layer())) << row.name;
    EXPECT_TRUE(is_lower_case_word(row.event())) << row.name;
  }
}

TEST(RecordNames, fields_of_a_kind_differ_and_name_one_of_the_four_values) {
  for (const RecordName& row : record_names()) {
    std::set<std::string_view> names;
    for (const RecordField& field : row.named_fields()) {
      EXPECT_TRUE(names.insert(field.name).second) << row.name << " " << field.name;
      EXPECT_TRUE(is_lower_case_word(field.name)) << field.name;
      EXPECT_LT(field.value, 4) << row.name;
    }
  }
}

TEST(RecordNames, a_kind_that_does_not_exist_has_no_row) {
  EXPECT_EQ(find_record_name({0}), nullptr);
  EXPECT_EQ(find_record_name({0x1FF}), nullptr);
  EXPECT_EQ(find_record_name({0xFFFF'FFFF}), nullptr);
}

}  // namespace
}  // namespace luosim::app
