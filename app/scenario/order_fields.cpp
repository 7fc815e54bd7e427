// SPDX-License-Identifier: Apache-2.0
//
// Rows of a part of an order: who takes its steps, and how many. Stories that an exploration found
// are replayed by it.
#include <array>

#include "app/scenario/field_store.hpp"
#include "app/scenario/scenario_types.hpp"

namespace luosim::app {
namespace {

using world::OrderSpec;

constexpr std::array kOrderFields{
    text_field<&OrderSpec::task>(
        {.key = "task",
         .required = true,
         .documentation = "Who goes on: an actor, a VM, a device, or a kernel while it boots.",
         .example = "agent"}),
    integer_field<&OrderSpec::steps>({.key = "steps",
                                      .required = true,
                                      .documentation = "How many steps it takes.",
                                      .example = "12",
                                      .range = {1, world::limits::kOrderSteps}}),
    integer_field<&OrderSpec::which>(
        {.key = "which",
         .documentation = "Which of the tasks of this name that can go on; a device that works on "
                          "several things has one for each.",
         .fallback = "1",
         .example = "2",
         .range = {1, world::limits::kOrderSteps}}),
};

}  // namespace

constexpr MappingType kOrderType{.name = "part of an order",
                                 .documentation = "A task that takes some steps in a row.",
                                 .example = "{ task: agent, steps: 12 }",
                                 .fields = kOrderFields};

}  // namespace luosim::app
