// SPDX-License-Identifier: Apache-2.0
//
// What `luosim explain` can print, for its dispatcher. A topic prints all of a kind; explain_NAME()
// prints the one that is called as asked, if there is one, and adds the names that it knows.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/explain.hpp"

namespace luosim::app {

/// As it is written in a cell of a table of a page.
std::string in_cell(std::string_view text);

void explain_phases(std::ostream& output, const ExplainArguments& arguments);
void explain_controller(std::ostream& output, const ExplainArguments& arguments);

void explain_programs(std::ostream& output, const ExplainArguments& arguments);
bool explain_program(std::ostream& output, const ExplainArguments& arguments,
                     std::vector<std::string>& names);

void explain_guarantees(std::ostream& output, const ExplainArguments& arguments);
bool explain_guarantee(std::ostream& output, const ExplainArguments& arguments,
                       std::vector<std::string>& names);

void explain_protocols(std::ostream& output, const ExplainArguments& arguments);
void explain_knobs(std::ostream& output, const ExplainArguments& arguments);
bool explain_knob(std::ostream& output, const ExplainArguments& arguments,
                  std::vector<std::string>& names);

void explain_keys(std::ostream& output, const ExplainArguments& arguments);
void explain_verbs(std::ostream& output, const ExplainArguments& arguments);
void explain_metrics(std::ostream& output, const ExplainArguments& arguments);
void explain_panics(std::ostream& output, const ExplainArguments& arguments);
void explain_ioctls(std::ostream& output, const ExplainArguments& arguments);
void explain_exit_codes(std::ostream& output, const ExplainArguments& arguments);

bool explain_key(std::ostream& output, const ExplainArguments& arguments,
                 std::vector<std::string>& names);

}  // namespace luosim::app
