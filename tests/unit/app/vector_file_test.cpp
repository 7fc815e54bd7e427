// SPDX-License-Identifier: Apache-2.0
//
// A vector file asks for nothing that takes longer or more memory than a recording would: what it
// may have of everything is limited, and what is wrong with it is told with its line.
#include "app/conformance/vector_file.hpp"

#include <string>

#include <gtest/gtest.h>

#include "app/conformance/driver.hpp"

namespace luosim::app {
namespace {

constexpr std::string_view kHead = "# protocol: luo-v2\n";

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int time = 0; time < times; ++time) all += text;
  return all;
}

std::string first_message(const std::string& text) {
  const VectorResult result = read_vector_file(text, "a.txt");
  EXPECT_EQ(result.file.has_value(), result.diagnostics.empty());
  return result.diagnostics.empty() ? "" : result.diagnostics[0].message;
}

TEST(VectorFile, has_at_most_ten_thousand_operations) {
  const std::string most = std::string(kHead) + repeated("> state\n< x\n", 10'000);
  EXPECT_EQ(first_message(most), "");
  EXPECT_EQ(first_message(most + "> state\n< x\n"), "the vector has more than 10000 operations");
}

TEST(VectorFile, has_operations_of_at_most_a_hundred_words) {
  const auto with_words = [](int words) {
    return std::string(kHead) + "> " + repeated("w ", words) + "\n< x\n";
  };
  EXPECT_EQ(first_message(with_words(100)), "");
  EXPECT_EQ(first_message(with_words(101)), "the operation has more than 100 words");
}

TEST(VectorFile, tells_at_most_about_a_hundred_mistakes) {
  const VectorResult result = read_vector_file(kHead.data() + repeated("x\n", 100'000), "a.txt");
  EXPECT_EQ(result.diagnostics.size(), 100U);
}

TEST(VectorFile, without_a_last_answer_is_told_the_line_of_the_operation) {
  const VectorResult result = read_vector_file(std::string(kHead) + "> state\n", "a.txt");
  ASSERT_EQ(result.diagnostics.size(), 1U);
  EXPECT_EQ(result.diagnostics[0].message, "the operation has no '<' line");
  EXPECT_EQ(result.diagnostics[0].line, 2U);
}

TEST(ConformanceDriver, refuses_a_vector_that_takes_too_many_steps) {
  ConformanceDriver driver;
  driver.run({"fh", "h"});
  driver.run({"open", "h", "f"});
  int times = 0;
  ConformanceDriver::Answer answer;
  while (!answer.bad && times < 100) {
    answer = driver.run({"preserven", "f", "1000000"});
    ++times;
  }
  ASSERT_TRUE(answer.bad);
  EXPECT_EQ(answer.bad->message, "the vector takes more than 5000000 steps");
  EXPECT_TRUE(driver.run({"state"}).bad) << "and goes no further";
}

}  // namespace
}  // namespace luosim::app
