// SPDX-License-Identifier: Apache-2.0
//
// The files that options name for writing, looked at before the work whose result they take: an
// hour is not lost to a misspelt folder, and no file to an option that names it by mistake.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace luosim::app {

/// A file and what it is for.
struct NamedFile {
  std::string role;  ///< of an output the option, `--trace`; of an input `the scenario`
  std::string name;  ///< `-` is standard input or output
};

/// What a command reads and writes.
struct FilePlan {
  std::vector<NamedFile> inputs;
  std::vector<NamedFile> outputs;
  bool json = false;  ///< an object of JSON has standard output for itself
};

/// Whether both name one file, however they spell it and whatever links lead there. Character
/// devices keep nothing, so two that write to one do not harm each other.
bool is_same_file(const std::string& left, const std::string& right);

/// False, and the reasons on `errors`, if an output would replace an input or another output, or
/// could not be written. Nothing is created for it.
bool is_sound(const FilePlan& plan, std::ostream& errors);

/// Where the log and the verdict go: to `output`, unless a file is written to it.
std::ostream& stream_for_people(const FilePlan& plan, std::ostream& output, std::ostream& errors);

}  // namespace luosim::app
