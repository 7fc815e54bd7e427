// SPDX-License-Identifier: Apache-2.0
//
// PCG64 behind the random streams: small, of good quality, and each stream selector gives another
// sequence. The generator is kept as plain words between draws; the casts from and to them cost
// nothing once compiled.
#include "sim/core/random.hpp"

#include <bit>

#include <pcg_random.hpp>

#include "sim/core/digest.hpp"

namespace luosim::sim {
namespace {

using State = std::array<std::uint64_t, 4>;

pcg_extras::pcg128_t to_pcg128(Digest128 digest) {
  return (pcg_extras::pcg128_t{digest.high} << 64U) | pcg_extras::pcg128_t{digest.low};
}

// The name alone selects the stream. The seed is hashed too: neighbouring seeds, which campaigns
// use, must not start from neighbouring states.
State initial_state(std::uint64_t seed, std::string_view name) {
  const Digest128 selector = digest_of_bytes(name.data(), name.size());
  const Digest128 start = digest_of_bytes(&seed, sizeof(seed));
  return std::bit_cast<State>(pcg64(to_pcg128(start), to_pcg128(selector)));
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::string_view name)
    : state_(initial_state(seed, name)) {}

std::uint64_t RandomStream::bits() {
  auto generator = std::bit_cast<pcg64>(state_);
  const std::uint64_t drawn = generator();
  state_ = std::bit_cast<State>(generator);
  return drawn;
}

// D. Lemire's method: the high half of bits * bound is the result, and the low half tells whether
// the draw belongs to the few that would favour some results.
std::uint64_t RandomStream::below(std::uint64_t bound) {
  pcg_extras::pcg128_t product = pcg_extras::pcg128_t{bits()} * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    const std::uint64_t favoured = (0 - bound) % bound;
    while (static_cast<std::uint64_t>(product) < favoured) {
      product = pcg_extras::pcg128_t{bits()} * bound;
    }
  }
  return static_cast<std::uint64_t>(product >> 64U);
}

}  // namespace luosim::sim
