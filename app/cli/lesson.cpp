// SPDX-License-Identifier: Apache-2.0
#include "app/cli/lesson.hpp"

#include <algorithm>

namespace luosim::app {

namespace {

std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

struct Key {
  std::string_view word;
  std::string Lesson::*member;
};
constexpr Key kKeys[] = {
    {"title: ", &Lesson::title}, {"about: ", &Lesson::about}, {"scenario: ", &Lesson::scenario}};

bool read_key(Lesson& lesson, std::string_view line) {
  for (const Key& key : kKeys) {
    if (!line.starts_with(key.word)) continue;
    lesson.*key.member = line.substr(key.word.size());
    return true;
  }
  return false;
}

// Without the empty lines around it.
void trim(std::string& text) {
  text.erase(0, text.find_first_not_of('\n'));
  text.erase(text.find_last_not_of('\n') + 1);
}

}  // namespace

Lesson read_lesson(std::string_view text) {
  constexpr std::string_view kCue = "@ ";
  Lesson lesson;
  lesson.remarks.emplace_back();
  bool in_head = true;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.starts_with('#')) continue;
    if (in_head && read_key(lesson, line)) continue;
    in_head = in_head && line.empty();
    if (line.starts_with(kCue)) {
      lesson.remarks.push_back({std::string(line.substr(kCue.size())), {}});
    } else {
      lesson.remarks.back().text.append(line).append("\n");
    }
  }
  for (Remark& remark : lesson.remarks) trim(remark.text);
  return lesson;
}

std::string_view scenario_of_lesson(const Lesson& lesson) {
  const auto files = embedded_scenarios();
  const auto file = std::find_if(files.begin(), files.end(), [&](const EmbeddedFile& each) {
    return each.name == lesson.scenario;
  });
  return file == files.end() ? std::string_view() : file->text;
}

std::vector<Shown> put_together(const Lesson& lesson, std::string_view log,
                                std::string_view verdict) {
  std::vector<Shown> shown;
  auto remark = lesson.remarks.begin();
  const auto say_next = [&] { shown.push_back({Shown::Kind::remark, (remark++)->text}); };
  const auto is_left = [&] { return remark != lesson.remarks.end() && remark->cue != kEndCue; };
  while (!log.empty()) {
    const std::string_view line = next_line(log);
    while (is_left() && line.find(remark->cue) != std::string_view::npos) say_next();
    shown.push_back({Shown::Kind::log, line});
  }
  while (is_left()) say_next();
  shown.push_back({Shown::Kind::verdict, verdict});
  while (remark != lesson.remarks.end()) say_next();
  return shown;
}

}  // namespace luosim::app
