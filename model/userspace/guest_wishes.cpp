// SPDX-License-Identifier: Apache-2.0
#include "model/userspace/guest_wishes.hpp"

#include <vector>

#include "sim/core/name.hpp"

namespace luosim::userspace {

namespace {

// SplitMix64: the word counts in steps of this.
constexpr std::uint64_t kStep = 0x9E37'79B9'7F4A'7C15ULL;

// The inverse of an odd number modulo 2^64, by Newton: each turn doubles the bits that are right.
constexpr std::uint64_t inverse_of(std::uint64_t odd) {
  std::uint64_t inverse = odd;
  for (int turn = 0; turn < 6; ++turn) inverse *= 2 - odd * inverse;
  return inverse;
}
static_assert(inverse_of(kStep) * kStep == 1);

// A word that is further from the first is none of the stream.
constexpr std::uint64_t kMostWishes = 1ULL << 40;
// A load of many blocks gets through them in no round that is worth waiting for.
constexpr std::uint64_t kLongestRound = 4096;

// A stretch of a stream: how many wishes come before it, and how many it has.
struct Round {
  std::uint64_t before = 0;
  std::uint64_t wishes = kLongestRound;
};

// The shortest stretch that has every block in every way. It begins with a wish that it has only
// once, so that one which is as long as there are different wishes cannot be beaten.
Round round_of(std::uint64_t first, const Workload& load) {
  const bool verifies = load.kind == Workload::Kind::verify_io;
  const std::uint64_t ways = verifies && load.read_percent > 0 && load.read_percent < 100 ? 2U : 1U;
  const std::uint64_t different = load.blocks * ways;
  std::vector<std::uint32_t> times(std::size_t{load.blocks} * 2);
  std::uint64_t missing = different;
  Round shortest;
  std::uint64_t before = 0;
  std::uint64_t oldest = first;
  std::uint64_t newest = first;
  const auto times_of_next = [&](std::uint64_t& word) -> std::uint32_t& {
    const Wish wish = next_wish(word, load);
    return times[std::size_t{wish.block} * 2 + (wish.reads ? 1 : 0)];
  };
  for (std::uint64_t seen = 1; seen <= kLongestRound && shortest.wishes > different; ++seen) {
    if (times_of_next(newest)++ == 0) --missing;
    for (std::uint64_t next = oldest; times_of_next(next) > 1; ++before) --times_of_next(oldest);
    if (missing == 0 && seen - before < shortest.wishes) shortest = {before, seen - before};
  }
  return shortest;
}

}  // namespace

std::uint64_t first_word(std::string_view disk, std::uint64_t starts) {
  return sim::name_hash(disk) + 1 + starts;
}

Wish next_wish(std::uint64_t& word, const Workload& load) {
  std::uint64_t mixed = word += kStep;
  mixed = (mixed ^ mixed >> 30) * 0xBF58'476D'1CE4'E5B9ULL;
  mixed = (mixed ^ mixed >> 27) * 0x94D0'49BB'1331'11EBULL;
  mixed ^= mixed >> 31;
  return {.reads = load.kind == Workload::Kind::verify_io && mixed % 100 < load.read_percent,
          .block = static_cast<std::uint32_t>((mixed >> 8) % load.blocks)};
}

std::uint64_t word_of_round(std::uint64_t word, std::uint64_t first, const Workload& load) {
  const std::uint64_t wishes = (word - first) * inverse_of(kStep);
  if (wishes > kMostWishes) return word;
  const Round round = round_of(first, load);
  const std::uint64_t ahead = round.wishes - round.before % round.wishes;
  return first + (round.before + (wishes + ahead) % round.wishes) * kStep;
}

}  // namespace luosim::userspace
