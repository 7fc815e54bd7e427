// SPDX-License-Identifier: Apache-2.0
#include "app/step/lines.hpp"

#include <istream>
#include <ostream>

namespace luosim::app {

namespace {

class PlainLines final : public Lines {
 public:
  PlainLines(std::istream& input, std::ostream& output) : input_(input), output_(output) {}

  std::optional<std::string> next(const std::string& prompt) override {
    std::string line;
    if (!std::getline(input_, line)) return std::nullopt;
    if (line.ends_with('\r')) line.pop_back();
    output_ << prompt << line << '\n';
    return line;
  }
  bool is_person() const override { return false; }

 private:
  std::istream& input_;
  std::ostream& output_;
};

}  // namespace

std::unique_ptr<Lines> plain_lines(std::istream& input, std::ostream& output) {
  return std::make_unique<PlainLines>(input, output);
}

}  // namespace luosim::app
