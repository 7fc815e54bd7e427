// SPDX-License-Identifier: Apache-2.0
//
// A run as who said what to whom: system calls and their answers, callbacks of participants,
// notifiers of KHO, and what the machine does by itself. Diagrams are drawn from it, so that a
// sequence and a graph of one run tell the same story.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/world/blueprint.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::app {

/// From user space down to the hardware, in the order in which diagrams show them.
enum class PartyLayer : std::uint8_t { actor, vm, kernel, luo, kho, participant, device, memory };

struct Party {
  PartyLayer layer = PartyLayer::kernel;
  std::string name;
  friend auto operator<=>(const Party&, const Party&) = default;
};

struct Message {
  enum class Kind : std::uint8_t {
    call,
    answer,  ///< from whom a call went to, to the caller
    note,    ///< something happens to `from`
    jump,    ///< something happens to the whole machine
    access,  ///< of a device to memory, by itself: thousands in a run
  };

  sim::SimTime time{};
  Kind kind = Kind::note;
  Party from;
  Party to;                            ///< of calls, answers and accesses
  std::string what;                    ///< `prepare`: the same for every operand
  std::string text;                    ///< with the operand and the result
  std::optional<std::int64_t> status;  ///< of what has answered
};

std::vector<Message> conversation(std::span<const sim::Record> records,
                                  const world::Blueprint& blueprint);

}  // namespace luosim::app
