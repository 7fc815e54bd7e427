// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a recorded vector, run like `luosim conform` does: each operation gets an answer or
// a reason why it is none.
#include "app/conformance/driver.hpp"
#include "app/conformance/vector_file.hpp"
#include "tests/fuzz/fuzz_target.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace luosim;
  const std::string_view text = fuzz::text_of(data, size);
  const app::VectorResult result = app::read_vector_file(text, "fuzz.txt");
  fuzz::expect(result.file.has_value() == result.diagnostics.empty());
  if (!result.file) {
    fuzz::expect(!app::render(result.diagnostics, text).empty());
    return 0;
  }
  app::ConformanceDriver driver;
  for (const app::VectorLine& line : result.file->lines) {
    const app::ConformanceDriver::Answer answer = driver.run(line.words);
    if (answer.bad) break;
    fuzz::expect(!answer.text.empty());
    app::fields_of(line.expected);
  }
  return 0;
}
