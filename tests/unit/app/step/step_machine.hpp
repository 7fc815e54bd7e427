// SPDX-License-Identifier: Apache-2.0
//
// Sessions of scenarios of the library and of small ones written in place, for the tests of
// `luosim step`.
#pragma once

#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/cli/load.hpp"
#include "app/step/commands.hpp"
#include "app/step/save.hpp"
#include "app/step/session.hpp"

namespace luosim::app {

/// Two actors who are both ready all the time.
inline constexpr const char* kTwoActors = R"(luosim: 1
title: Two at once
protocol: luo-v2
host: { memory: 1GiB, scratch: 64MiB, cpus: 2 }
subsystems: [net]
files:
  f1: { size: 4KiB, folio: 4KiB }
agent:
  - { do: preserve f1 }
  - { do: prepare }
  - { do: cancel }
actors:
  reader:
    - { do: state }
    - { do: state }
)";

/// One who may do anything.
inline constexpr const char* kFreeAgent = R"(luosim: 1
title: One free agent
protocol: luo-v2
host: { memory: 1GiB, scratch: 64MiB, cpus: 1 }
subsystems: [net]
files:
  f1: { size: 4KiB, folio: 4KiB }
agent:
  free:
    ops: [preserve, prepare, cancel]
)";

enum class By : std::uint8_t { time, order };

class StepMachine {
 public:
  StepMachine(std::string text, By by, WalkOptions options = {})
      : text_(std::move(text)), loaded_(read(text_)) {
    session.emplace(by == By::time ? walk_in_time(*loaded_, options)
                                   : walk_in_any_order(*loaded_, options));
  }

  static std::string library(const std::string& name) {
    std::ifstream stream(std::string(LUOSIM_SOURCE_DIR) + "/scenarios/" + name);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  /// What a command says; its complaint, if it has one, behind `error: `.
  std::string say(const std::string& line) {
    std::ostringstream output;
    Console console{.session = *session, .output = output, .save = {}};
    console.save = [this](const Session& way, const std::string& /*file*/) -> Complaint {
      const auto result = scenario_of_way(way, text_, {}, *loaded_);
      if (!result) return result.error();
      saved = result->text;
      saved_steps = result->steps;
      return std::nullopt;
    };
    const Complaint complaint = do_line(console, line);
    return complaint ? "error: " + *complaint : output.str();
  }

  sim::Digest128 digest() const { return world::digest_of(session->now().state.world); }
  void go_to_the_end() {
    while (session->step() != nullptr) {
    }
  }
  const Loaded& loaded() const { return *loaded_; }

  std::optional<Session> session;
  std::string saved;
  std::uint64_t saved_steps = 0;

 private:
  static std::optional<Loaded> read(const std::string& text) {
    std::ostringstream errors;
    auto loaded = load_text(text, "test.yaml", {}, errors);
    EXPECT_TRUE(loaded) << errors.str();
    return loaded;
  }

  std::string text_;
  std::optional<Loaded> loaded_;
};

}  // namespace luosim::app
