// SPDX-License-Identifier: Apache-2.0
//
// XXH3 behind the digests: it is the fastest hash of good quality on short inputs. Its code is
// compiled into this file, so that nothing depends on which build of the library a machine has,
// and its state stays in this file, so that the header costs its users nothing.
#include "sim/core/digest.hpp"

// Compiles the hash into this file.
#define XXH_INLINE_ALL

#include <array>
#include <bit>

#include <xxhash.h>

namespace luosim::sim {
namespace {

static_assert(std::endian::native == std::endian::little,
              "values are hashed as they lie in memory");

constexpr std::array<char, 17> kDigits{"0123456789abcdef"};

Digest128 from_xxh(XXH128_hash_t hash) {
  return {hash.high64, hash.low64};
}

}  // namespace

struct Hasher::Stream {
  XXH3_state_t state;
};

void Hasher::StreamDeleter::operator()(Stream* stream) const {
  delete stream;
}

std::string to_hex(Digest128 digest) {
  std::string text(32, '0');
  for (std::size_t i = 0; i < 16; ++i) {
    text[15 - i] = kDigits[(digest.high >> (4 * i)) & 15U];
    text[31 - i] = kDigits[(digest.low >> (4 * i)) & 15U];
  }
  return text;
}

Digest128 digest_of_bytes(const void* data, std::size_t size, std::uint64_t seed) {
  return from_xxh(XXH3_128bits_withSeed(data, size, seed));
}

Hasher::Hasher(std::size_t buffer_bytes)
    : buffer_(std::make_unique_for_overwrite<std::byte[]>(buffer_bytes)), size_(buffer_bytes) {}

Digest128 Hasher::finish() const {
  if (!is_streaming_) return digest_of_bytes(buffer_.get(), used_);
  Stream complete = *stream_;
  XXH3_128bits_update(&complete.state, buffer_.get(), used_);
  return from_xxh(XXH3_128bits_digest(&complete.state));
}

void Hasher::add_to_stream(const void* data, std::size_t size) {
  if (!is_streaming_) {
    if (stream_ == nullptr) stream_.reset(new Stream);
    XXH3_128bits_reset(&stream_->state);
    is_streaming_ = true;
  }
  XXH3_128bits_update(&stream_->state, buffer_.get(), used_);
  XXH3_128bits_update(&stream_->state, data, size);
  used_ = 0;
}

}  // namespace luosim::sim
