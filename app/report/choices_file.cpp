// SPDX-License-Identifier: Apache-2.0
//
// A reader of lines and words. Every word knows its column, because a replay file is often cut or
// joined by hand.
#include "app/report/choices_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "app/scenario/units.hpp"

namespace luosim::app {

namespace {

const std::string kFirstLine = fmt::format("{} {}", kChoicesWord, kChoicesFormat);
constexpr std::size_t kHashDigits = 8;

// The words of a line.
constexpr std::array<std::string_view, 3> kExpected{"a label", "the number of alternatives",
                                                    "the alternative that was chosen"};

/// A word of a line and its place.
struct Word {
  std::string_view text;
  std::uint32_t column = 1;
};

std::optional<std::uint32_t> hash_of(std::string_view digits) {
  std::uint32_t hash = 0;
  if (digits.size() != kHashDigits) return std::nullopt;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + kHashDigits, hash, 16);
  const bool complete = error == std::errc() && end == digits.data() + kHashDigits;
  return complete ? std::optional(hash) : std::nullopt;
}

std::optional<sim::ChoiceLabel> label_of(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto what = hash_of(text.substr(0, colon));
  if (!what) return std::nullopt;
  if (colon == text.size()) return sim::ChoiceLabel{*what, 0};
  const auto instance = hash_of(text.substr(colon + 1));
  if (!instance) return std::nullopt;
  return sim::ChoiceLabel{*what, *instance};
}

std::optional<std::uint32_t> count_of(std::string_view text) {
  const auto count = parse_count(text);
  if (!count || *count > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*count);
}

class Reader {
 public:
  explicit Reader(std::string_view file_name) : file_name_(file_name) {}

  ChoicesResult read(std::string_view text) {
    if (text.size() > choices_limits::kBytes) {
      complain({"", 1},
               fmt::format("the file has {} bytes; a list of choices has at most {}", text.size(),
                           format_size(choices_limits::kBytes)),
               "");
      return {std::nullopt, std::move(diagnostics_)};
    }
    read_first_line(take_line(text));
    while (!text.empty() && diagnostics_.size() < choices_limits::kDiagnostics) {
      ++line_;
      read_choice(take_line(text));
    }
    if (!diagnostics_.empty()) return {std::nullopt, std::move(diagnostics_)};
    return {std::move(choices_), {}};
  }

 private:
  static std::string_view take_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
  }

  void read_first_line(std::string_view line) {
    if (line == kFirstLine) return;
    const bool is_other_version =
        line.substr(0, kChoicesWord.size() + 1) == fmt::format("{} ", kChoicesWord);
    const Word place{line, 1};
    if (is_other_version) {
      complain(place, fmt::format("{} is of a version that this program cannot read", quoted(line)),
               fmt::format("expected '{}'", kFirstLine));
    } else {
      complain(place, "this is not a list of choices",
               fmt::format("expected '{}' in the first line", kFirstLine));
    }
  }

  void read_choice(std::string_view line) {
    std::array<Word, 3> words;
    std::size_t begin = 0;
    for (std::size_t index = 0; index < words.size(); ++index) {
      const std::size_t end = std::min(line.find(' ', begin), line.size());
      words[index] = {line.substr(begin, end - begin), static_cast<std::uint32_t>(begin + 1)};
      if (words[index].text.empty()) {
        return complain(words[index], fmt::format("{} is missing", kExpected[index]),
                        "a line is LABEL ALTERNATIVES CHOSEN, with one blank between them");
      }
      const bool is_last = index + 1 == words.size();
      if (is_last && end < line.size()) {
        return complain({line.substr(end), static_cast<std::uint32_t>(end + 1)},
                        "the line goes on behind the choice",
                        "a line is LABEL ALTERNATIVES CHOSEN");
      }
      begin = std::min(end + 1, line.size());
    }
    take_words(words);
  }

  void take_words(const std::array<Word, 3>& words) {
    const std::size_t before = diagnostics_.size();
    const auto label = label_of(words[0].text);
    const auto alternatives = count_of(words[1].text);
    const auto chosen = count_of(words[2].text);
    if (!label) {
      complain(words[0], fmt::format("{} is not a label", quoted(words[0].text)),
               "expected 8 hexadecimal digits, or two times 8 with ':' between them");
    }
    if (!alternatives || *alternatives == 0) {
      complain(words[1], fmt::format("{} is not a number of alternatives", quoted(words[1].text)),
               "expected a whole number from 1 to 4294967295");
    }
    if (!chosen || (alternatives && *alternatives != 0 && *chosen >= *alternatives)) {
      complain(words[2], fmt::format("{} is not one of the alternatives", quoted(words[2].text)),
               "alternatives are counted from 0");
    }
    if (diagnostics_.size() == before) choices_.push_back({*label, *alternatives, *chosen});
  }

  void complain(Word place, std::string message, std::string hint) {
    diagnostics_.push_back({std::string(file_name_), line_, place.column,
                            static_cast<std::uint32_t>(place.text.size()), std::move(message),
                            std::move(hint)});
  }

  std::string_view file_name_;
  std::vector<sim::MadeChoice> choices_;
  std::vector<Diagnostic> diagnostics_;
  std::uint32_t line_ = 1;
};

}  // namespace

std::string write_choices(std::span<const sim::MadeChoice> choices) {
  std::string text = fmt::format("{}\n", kFirstLine);
  for (const sim::MadeChoice& choice : choices) {
    text += fmt::format("{:08x}", choice.label.what);
    if (choice.label.instance != 0) text += fmt::format(":{:08x}", choice.label.instance);
    text += fmt::format(" {} {}\n", choice.alternatives, choice.chosen);
  }
  return text;
}

ChoicesResult read_choices(std::string_view text, std::string_view file_name) {
  return Reader(file_name).read(text);
}

}  // namespace luosim::app
