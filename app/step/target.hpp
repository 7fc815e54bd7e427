// SPDX-License-Identifier: Apache-2.0
//
// What `until` waits for: a phase, a violation, a row or a program, a moment of time, or the end.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "app/step/walk.hpp"
#include "model/luo/v2/phase.hpp"

namespace luosim::app {

struct Target {
  enum class Kind : std::uint8_t { phase, violation, row, time, end };
  Kind kind = Kind::end;
  luo::v2::Phase phase = luo::v2::Phase::normal;
  std::vector<RowTaken> rows;  ///< any of them
  sim::SimTime time{};
};

/// Reads `prepared`, `violation`, `end`, `2ms`, the name of a program (`luo.freeze`), of a row
/// (`take the KHO lock`), or of both (`kho.abort, take the KHO lock`). The message says what is
/// wrong, and what may have been meant.
tl::expected<Target, std::string> read_target(std::string_view text, const Walk& walk);

/// Whether a move that began in phase `before` has come to it, be it on its way.
bool is_reached(const Target& target, luo::v2::Phase before, const Happened& happened,
                const Moment& after);

/// Whether the move that came to it has gone on: a phase may be left by the move that enters it.
bool is_left_again(const Target& target, const Moment& after);

/// Whether the move that comes next would lead behind it: a moment of time is only ever passed.
bool is_ahead(const Target& target, const Moment& now);

/// All words that a target may begin with, for completion.
std::vector<std::string> target_words(const world::Blueprint& blueprint);

}  // namespace luosim::app
