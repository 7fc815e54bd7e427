// SPDX-License-Identifier: Apache-2.0
#include "app/cli/demo.hpp"

#include <charconv>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/ostream.h>

#include "app/cli/count_option.hpp"
#include "app/cli/demo_pace.hpp"
#include "app/cli/exit_code.hpp"
#include "app/cli/interrupt.hpp"
#include "app/cli/lesson.hpp"
#include "app/cli/load.hpp"
#include "app/cli/play.hpp"
#include "app/scenario/diagnostic.hpp"

namespace luosim::app {

namespace {

void list_lessons(std::ostream& output) {
  output
      << "Lessons; `luosim demo 1` plays the first, docs/tutorial/ has all to read and to try.\n\n";
  std::size_t number = 0;
  for (const EmbeddedFile& file : embedded_lessons()) {
    const Lesson lesson = read_lesson(file.text);
    fmt::print(output, "  {}  {}\n     {}\n", ++number, lesson.title, lesson.about);
  }
}

void print_remark(std::ostream& output, std::string_view text) {
  output << '\n';
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    output << (line.empty() ? "  |" : "  | ") << line << '\n';
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  output << '\n' << std::flush;
}

void show(const std::vector<Shown>& parts, Pacer pacer, std::ostream& output) {
  for (const Shown& part : parts) {
    if (*interrupt_flag() != 0) return;
    switch (part.kind) {
      case Shown::Kind::remark:
        if (part.text.empty()) break;
        print_remark(output, part.text);
        pacer.after_remark(part.text);
        break;
      case Shown::Kind::log:
        pacer.before_log_line(part.text);
        output << part.text << '\n' << std::flush;
        break;
      case Shown::Kind::verdict:
        output << '\n' << part.text;
        break;
    }
  }
}

int play_lesson(const Lesson& lesson, const DemoArguments& arguments, std::ostream& output,
                std::ostream& errors) {
  const std::string name = "scenarios/tutorial/" + lesson.scenario;
  const auto loaded = load_text(scenario_of_lesson(lesson), name, {}, errors);
  if (!loaded) return kInternalError;
  std::ostringstream log;
  Played played = play(*loaded, {.log = &log});
  played.result.scenario = name;
  played.result.metrics = {};  // the verdict is enough to read at once
  fmt::print(output, "{}\n", lesson.title);
  const std::string text = log.str();
  const std::string verdict = summary_text(played.result);
  show(put_together(lesson, text, verdict),
       Pacer(is_watched() && !arguments.no_pause, arguments.pace), output);
  if (*interrupt_flag() != 0) return kLimit;
  return played.result.verdict == Verdict::pass ? kHeld : kViolation;
}

std::string what_is_wrong_with_a_pace(const std::string& word) {
  double pace = 0;
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, pace);
  // Every comparison with `nan` is false, so that it is not between them.
  if (error == std::errc() && stop == end && pace >= 0.1 && pace <= 100.0) return {};
  return fmt::format("expected a number from 0.1 to 100, not {}", app::quoted(word));
}

}  // namespace

int demo(const DemoArguments& arguments, std::ostream& output, std::ostream& errors) {
  if (arguments.lesson == 0) {
    list_lessons(output);
    return kHeld;
  }
  const auto lessons = embedded_lessons();
  if (arguments.lesson > lessons.size()) {
    fmt::print(errors, "luosim: there is no lesson {}; there are {}\n", arguments.lesson,
               lessons.size());
    return kBadInput;
  }
  catch_interrupts();
  return play_lesson(read_lesson(lessons[arguments.lesson - 1].text), arguments, output, errors);
}

Action add_demo(CLI::App& command) {
  const auto arguments = std::make_shared<DemoArguments>();
  expect_count(command.add_option("LESSON", arguments->lesson, "Its number; without one, the list"),
               {.least = 1});
  command.add_flag("--no-pause", arguments->no_pause, "All at once, for who reads it later");
  command
      .add_option("--pace", arguments->pace, "How fast: 2 is twice as fast; Enter goes on at once")
      ->type_name("FACTOR")
      ->check(what_is_wrong_with_a_pace);
  return [arguments](std::ostream& output, std::ostream& errors) {
    return demo(*arguments, output, errors);
  };
}

}  // namespace luosim::app
