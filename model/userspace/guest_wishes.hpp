// SPDX-License-Identifier: Apache-2.0
//
// What a guest's load wants to do next with its disk: a stream of reads and writes that looks like
// chance and follows from one word, which lies in the guest's memory. Each disk has a stream of its
// own, the same in every run.
#pragma once

#include <string_view>

#include "model/userspace/cast.hpp"

namespace luosim::userspace {

/// A read or a write, and of which block if no command is about it already.
struct Wish {
  bool reads = false;
  std::uint32_t block = 0;
};

/// The word before the first wish of a guest that was started anew `starts` times.
std::uint64_t first_word(std::string_view disk, std::uint64_t starts);

/// The next wish; the word moves on.
Wish next_wish(std::uint64_t& word, const Workload& load);

/// Where a stream would be that repeats one stretch of itself over and over: a shortest one in
/// which every block is wanted in every way in which the load wants blocks. For who has to see only
/// finitely many words. A word that is not of the stream stays. O(wishes until the end of the
/// stretch).
std::uint64_t word_of_round(std::uint64_t word, std::uint64_t first, const Workload& load);

}  // namespace luosim::userspace
