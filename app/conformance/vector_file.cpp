// SPDX-License-Identifier: Apache-2.0
#include "app/conformance/vector_file.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace luosim::app {

namespace {

constexpr std::size_t kLongestFile = 64ULL << 20;
constexpr std::size_t kLongestLine = 1ULL << 20;
// What an operation answers tells the whole state, so that a vector takes time with the square of
// its length. The longest recording has 50 operations.
constexpr std::size_t kMostOperations = 10'000;
constexpr std::size_t kMostWords = 100;
constexpr std::size_t kMostDiagnostics = 100;  // after so many, reading stops
constexpr std::string_view kProtocolPrefix = "# protocol: ";

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(text.find_first_of(" \t", begin), text.size());
    words.emplace_back(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
  return words;
}

// Reads line by line and collects what is wrong.
class Reader {
 public:
  explicit Reader(std::string_view file_name) : file_name_(file_name) {}

  VectorResult read(std::string_view text) {
    if (text.size() > kLongestFile) {
      complain("the file is longer than 64 MiB", "");
      return {std::nullopt, std::move(diagnostics_)};
    }
    while (!text.empty() && diagnostics_.size() < kMostDiagnostics &&
           file_.lines.size() <= kMostOperations) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      ++line_;
      take(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (file_.lines.size() > kMostOperations) {
      complain(fmt::format("the vector has more than {} operations", kMostOperations), "");
    } else if (is_open_ && text.empty()) {
      complain("the operation has no '<' line", "each '>' line is followed by one");
    }
    if (file_.protocol.empty()) {
      line_ = 1;
      complain("the first line names no protocol", "write '# protocol: luo-v2'");
    }
    if (!diagnostics_.empty()) return {std::nullopt, std::move(diagnostics_)};
    return {std::move(file_), {}};
  }

 private:
  void complain(std::string message, std::string hint) {
    diagnostics_.push_back(
        {std::string(file_name_), std::max(line_, 1U), 1, 1, std::move(message), std::move(hint)});
  }

  void take(std::string_view line) {
    if (line.size() > kLongestLine) return complain("the line is longer than 1 MiB", "");
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.starts_with(kProtocolPrefix) && line_ == 1) {
      file_.protocol = line.substr(kProtocolPrefix.size());
      return;
    }
    if (line.empty() || line.starts_with('#')) return;
    if (line.starts_with("> ")) return begin_operation(line.substr(2));
    if (line.starts_with("< ")) return end_operation(line.substr(2));
    complain("neither a '>' nor a '<' line", "comments begin with '#'");
  }

  void begin_operation(std::string_view operation) {
    if (is_open_) complain("the operation above has no '<' line", "");
    std::vector<std::string> words = words_of(operation);
    if (words.empty()) return complain("the operation is empty", "");
    if (words.size() > kMostWords)
      return complain(fmt::format("the operation has more than {} words", kMostWords), "");
    file_.lines.push_back({std::move(words), std::string(operation), "", line_});
    is_open_ = true;
  }

  void end_operation(std::string_view expected) {
    if (!is_open_) return complain("a '<' line without a '>' line before it", "");
    file_.lines.back().expected = expected;
    is_open_ = false;
  }

  std::string_view file_name_;
  VectorFile file_;
  std::vector<Diagnostic> diagnostics_;
  std::uint32_t line_ = 0;
  bool is_open_ = false;
};

}  // namespace

VectorResult read_vector_file(std::string_view text, std::string_view file_name) {
  return Reader(file_name).read(text);
}

std::vector<std::string> fields_of(std::string_view line) {
  constexpr std::string_view kSeparator = " | ";
  std::vector<std::string> fields;
  for (;;) {
    const std::size_t end = line.find(kSeparator);
    fields.emplace_back(line.substr(0, end));
    if (end == std::string_view::npos) return fields;
    line.remove_prefix(end + kSeparator.size());
  }
}

}  // namespace luosim::app
