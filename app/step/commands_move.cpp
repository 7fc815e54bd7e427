// SPDX-License-Identifier: Apache-2.0
//
// Commands that go somewhere.
#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "app/cli/interrupt.hpp"
#include "app/scenario/units.hpp"
#include "app/step/commands.hpp"
#include "app/step/target.hpp"
#include "model/guarantees/all.hpp"

namespace luosim::app {

namespace {

/// Of one command: a machine whose guests never stop would go on for ever.
constexpr std::size_t kMostMoves = 1'000'000;

std::string words_of(const Happened& happened) {
  return fmt::format("{}: {}", happened.story.who, happened.story.what);
}

void print_what_it_did(std::ostream& output, const Happened& happened) {
  for (const std::string& line : happened.story.log) output << line << '\n';
  if (happened.left_time)
    output << "  from here on it is order that counts, and not time: somebody else was first\n";
  for (const BrokenOnTheWay& broken : happened.broken)
    output << fmt::format("BROKEN  {}{}\n        {}\n", guarantees::all()[broken.guarantee]->id,
                          broken.is_expected ? "   (expected here)" : "", broken.cause);
}

void print_move(std::ostream& output, const Happened& happened) {
  output << "  " << words_of(happened) << '\n';
  for (const std::string& answer : happened.answers) output << "    " << answer << '\n';
  if (happened.answers.empty() && !happened.story.choices.empty())
    output << "    chance was asked, and no fault strikes\n";
  print_what_it_did(output, happened);
}

void print_end(Console& console) {
  console.output << "  the end: " << console.session.walk().ending(console.session.now()) << '\n';
}

bool is_interrupted(Console& console) {
  console.was_interrupted = *interrupt_flag() != 0;
  return console.was_interrupted;
}

std::string words_of(const Offer& offer) {
  std::string text = fmt::format("{}: {}", offer.who, offer.what);
  if (offer.due)
    text += fmt::format("   (due at {})", format_duration(*offer.due - sim::SimTime{}));
  for (const std::string& answer : offer.answers) text += fmt::format(", {}", answer);
  return text;
}

}  // namespace

Complaint do_next(Console& console, const std::string& argument) {
  const auto moves = argument.empty() ? 1 : read_number(argument, 1, kMostMoves);
  if (!moves) return moves.error();
  for (std::size_t move = 0; move < *moves; ++move) {
    const Happened* happened = console.session.step();
    if (happened == nullptr) {
      print_end(console);
      return std::nullopt;
    }
    print_move(console.output, *happened);
    if (is_interrupted(console)) return std::nullopt;
  }
  return std::nullopt;
}

Complaint do_back(Console& console, const std::string& argument) {
  const std::size_t here = console.session.point();
  if (here == 0) return "this is where everything begins";
  const auto moves = argument.empty() ? 1 : read_number(argument, 1, here);
  if (!moves) return moves.error();
  console.session.go_to(here - *moves);
  return std::nullopt;
}

Complaint do_goto(Console& console, const std::string& argument) {
  const auto point = read_number(argument, 0, console.session.last_point());
  if (!point) return point.error();
  console.session.go_to(*point);
  return std::nullopt;
}

Complaint do_until(Console& console, const std::string& argument) {
  Session& session = console.session;
  const auto target = read_target(argument, session.walk());
  if (!target) return target.error();
  for (std::size_t moves = 0; moves < kMostMoves; ++moves) {
    if (is_ahead(*target, session.now())) return std::nullopt;
    if (session.point() == session.last_point() && session.walk().has_to_choose(session.now())) {
      console.output << "  somebody has to choose a call: `choices` lists them\n";
      return std::nullopt;
    }
    const luo::v2::Phase before = session.now().state.world.kernel.luo.phase;
    const Happened* happened = session.step();
    if (happened == nullptr) {
      print_end(console);
      if (target->kind != Target::Kind::end)
        console.output << fmt::format("  '{}' never came\n", argument);
      return std::nullopt;
    }
    print_what_it_did(console.output, *happened);
    if (is_reached(*target, before, *happened, session.now())) {
      console.output << "  " << words_of(*happened) << '\n';
      if (is_left_again(*target, session.now()))
        console.output << fmt::format("  '{}' was entered and left within this move\n", argument);
      return std::nullopt;
    }
    if (is_interrupted(console)) return std::nullopt;
  }
  return fmt::format("'{}' has not come in {} moves", argument, kMostMoves);
}

Complaint do_choices(Console& console, const std::string& /*argument*/) {
  const std::vector<Offer> offers = console.session.walk().offers(console.session.now());
  if (offers.empty()) print_end(console);
  for (std::size_t number = 0; number < offers.size(); ++number)
    console.output << fmt::format("  {:>3}  {}\n", number + 1, words_of(offers[number]));
  return std::nullopt;
}

Complaint do_take(Console& console, const std::string& argument) {
  const std::vector<Offer> offers = console.session.walk().offers(console.session.now());
  if (offers.empty()) return "nothing may happen any more";
  const auto number = read_number(argument, 1, offers.size());
  if (!number) return number.error() + "; `choices` lists them";
  print_move(console.output, console.session.take(offers[*number - 1].move));
  return std::nullopt;
}

}  // namespace luosim::app
