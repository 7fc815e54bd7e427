// SPDX-License-Identifier: Apache-2.0
//
// Whether standard output took everything. A full disk and a reader that has left are told by the
// exit code, and neither ends the program in the middle of a file.
#pragma once

#include <iosfwd>

namespace luosim::app {

/// From now on a write to a closed pipe, or beyond the limit of a file's size, fails like any other
/// instead of ending the process. A closed pipe also counts as an interrupt: nobody is left who
/// would read on.
void survive_failing_outputs();

/// The exit code of the program: `code`, unless standard output did not take everything. Then it is
/// that of bad usage, and `errors` says why, except when the reader has left.
int finish_standard_output(int code, std::ostream& errors);

}  // namespace luosim::app
