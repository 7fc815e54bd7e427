// SPDX-License-Identifier: Apache-2.0
//
// What `luosim explain` can print, for its dispatcher. A topic prints all of a kind; explain_NAME()
// prints the one that is called as asked, if there is one, and adds the names that it knows.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "app/cli/explain.hpp"

namespace luosim::app {

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
bool explain_key(std::ostream& output, const ExplainArguments& arguments,
                 std::vector<std::string>& names);

}  // namespace luosim::app
