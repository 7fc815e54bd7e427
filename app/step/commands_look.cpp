// SPDX-License-Identifier: Apache-2.0
//
// Commands that look at where one is and how one came here. They change nothing.
#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "app/step/commands.hpp"
#include "app/step/show.hpp"
#include "app/view/changes.hpp"
#include "app/view/view.hpp"
#include "model/guarantees/all.hpp"

namespace luosim::app {

namespace {

using Json = nlohmann::ordered_json;

Json view_of_moment(const Session& session, const Moment& moment) {
  std::vector<std::string> broken;
  for (const BrokenOnTheWay& each : moment.broken)
    broken.emplace_back(guarantees::all()[each.guarantee]->id);
  return view_of(moment.state.world, session.walk().blueprint(), broken);
}

void print_changes(std::ostream& output, const Json& before, const Json& after) {
  const std::vector<Change> changes = changes_between(before, after);
  for (const Change& change : changes) output << "  " << sentence_of(change) << '\n';
  if (changes.empty()) output << "  nothing\n";
}

// `12` or `12..40`.
std::string points_text(std::size_t first, std::size_t last) {
  return first == last ? std::to_string(first) : fmt::format("{}..{}", first, last);
}

bool stands_alone(const Happened& happened) {
  const bool strikes = std::any_of(happened.story.choices.begin(), happened.story.choices.end(),
                                   [](const auto& choice) { return choice.chosen != 0; });
  return happened.story.is_call || strikes || happened.left_time || !happened.broken.empty();
}

std::string move_text(const Happened& happened) {
  std::string text = fmt::format("{}: {}", happened.story.who, happened.story.what);
  for (const std::string& answer : happened.answers) text += fmt::format(", {}", answer);
  if (happened.left_time) text += ", before its time";
  for (const BrokenOnTheWay& broken : happened.broken)
    text += fmt::format(", breaks {}", guarantees::all()[broken.guarantee]->id);
  return text;
}

}  // namespace

Complaint do_where(Console& console, const std::string& /*argument*/) {
  const Session& session = console.session;
  const Json view = view_of_moment(session, session.now());
  const Json& machine = view["machine"];
  std::ostream& output = console.output;
  output << fmt::format("  point {} of {}\n", session.point(), session.last_point());
  if (session.walk().has_time())
    output << fmt::format("  time {} ns{}\n", machine["time_ns"].dump(),
                          session.now().goes_by_order ? ", but order counts" : "");
  output << fmt::format("  machine {}, kernel {} (generation {})\n",
                        text_of_value(machine["state"]), text_of_value(machine["kernel"]),
                        machine["generation"].dump());
  output << fmt::format("  phase {}, KHO {}\n", text_of_value(view["luo"]["phase"]),
                        view["kho"]["finalized"] == true ? "finalized" : "not finalized");
  for (const Json& actor : view["actors"]["scripts"])
    output << fmt::format("  {}: {}, stands {}\n", text_of_value(actor["name"]),
                          text_of_value(actor["call"]), text_of_value(actor["stands"]));
  for (const Json& lock : view["locks"]) {
    for (const Json& claim : lock["holders"])
      output << fmt::format("  {} is held by {} to {}\n", text_of_value(lock["name"]),
                            text_of_value(claim["task"]), text_of_value(claim["to"]));
    for (const Json& claim : lock["waiters"])
      output << fmt::format("  {} is waited for by {} to {}\n", text_of_value(lock["name"]),
                            text_of_value(claim["task"]), text_of_value(claim["to"]));
  }
  return std::nullopt;
}

Complaint do_show(Console& console, const std::string& argument) {
  if (argument.empty()) {
    for (const ViewSection& section : view_sections())
      console.output << fmt::format("  {:<11} {}\n", section.name, section.about);
    return std::nullopt;
  }
  const Json view = view_of_moment(console.session, console.session.now());
  const auto part = find_meant(view, argument);
  if (!part) return part.error();
  console.output << text_of_part(*part);
  return std::nullopt;
}

Complaint do_changes(Console& console, const std::string& /*argument*/) {
  const Session& session = console.session;
  if (session.point() == 0) return "nothing has happened yet";
  print_changes(console.output, view_of_moment(session, session.at(session.point() - 1)),
                view_of_moment(session, session.now()));
  return std::nullopt;
}

Complaint do_diff(Console& console, const std::string& argument) {
  const Session& session = console.session;
  const std::size_t space = argument.find(' ');
  if (space == std::string::npos) return "diff needs two points: diff A B";
  const auto first = read_number(argument.substr(0, space), 0, session.last_point());
  if (!first) return first.error();
  const std::size_t begin = argument.find_first_not_of(' ', space);
  const auto second = read_number(argument.substr(begin), 0, session.last_point());
  if (!second) return second.error();
  print_changes(console.output, view_of_moment(session, session.at(*first)),
                view_of_moment(session, session.at(*second)));
  return std::nullopt;
}

// Moves of one task in a row are one line, unless one is a call or something went wrong in it.
Complaint do_path(Console& console, const std::string& /*argument*/) {
  const Session& session = console.session;
  for (std::size_t index = 0; index < session.point();) {
    const Happened& first = session.happened(index);
    std::size_t end = index + 1;
    while (!stands_alone(first) && end < session.point() &&
           session.happened(end).story.who == first.story.who &&
           !stands_alone(session.happened(end)))
      ++end;
    const std::string text = end == index + 1
                                 ? move_text(first)
                                 : fmt::format("{}: {} moves, the last {}", first.story.who,
                                               end - index, session.happened(end - 1).story.what);
    console.output << fmt::format("  {:>12}  {}\n", points_text(index + 1, end), text);
    index = end;
  }
  return std::nullopt;
}

Complaint do_log(Console& console, const std::string& argument) {
  const Session& session = console.session;
  std::vector<std::string_view> lines(session.opening().begin(), session.opening().end());
  for (std::size_t index = 0; index < session.point(); ++index)
    for (const std::string& line : session.happened(index).story.log) lines.push_back(line);
  std::size_t first = 0;
  if (!argument.empty()) {
    const auto wanted = read_number(argument, 1, 1'000'000);
    if (!wanted) return wanted.error();
    first = lines.size() - std::min(lines.size(), *wanted);
  }
  for (std::size_t line = first; line < lines.size(); ++line) console.output << lines[line] << '\n';
  return std::nullopt;
}

}  // namespace luosim::app
