// SPDX-License-Identifier: Apache-2.0
//
// 128-bit digests of worlds, the same on every little-endian machine.
//
// A world is hashed millions of times from a few dozen small pieces. Feeding each piece to the
// hash costs more than the hash, so the pieces are gathered in a flat buffer and hashed in one go;
// only what outgrows the buffer is hashed as a stream. Both ways give the same digest: it depends
// on the bytes alone and not on how they were cut into pieces.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace luosim::sim {

struct Digest128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend auto operator<=>(const Digest128&, const Digest128&) = default;
};

/// 32 lower-case hexadecimal digits, the most significant one first.
std::string to_hex(Digest128 digest);

/// The digest of one range of bytes; different seeds give unrelated digests. With the seed 0 it is
/// what a Hasher gives for the same bytes.
Digest128 digest_of_bytes(const void* data, std::size_t size, std::uint64_t seed = 0);

/// Collects bytes and hashes them. Creating one allocates its buffer, so keep it and reset() it.
class Hasher {
 public:
  static constexpr std::size_t kBufferBytes = std::size_t{32} * 1024;

  explicit Hasher(std::size_t buffer_bytes = kBufferBytes);
  Hasher(Hasher&&) noexcept = default;
  Hasher& operator=(Hasher&&) noexcept = default;
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  ~Hasher() = default;

  void add_bytes(const void* data, std::size_t size) {
    if (size > size_ - used_) {
      add_to_stream(data, size);
    } else if (size != 0) {
      std::memcpy(buffer_.get() + used_, data, size);
      used_ += size;
    }
  }

  /// Adds the bytes of a value. Padding and addresses differ between equal values, so types that
  /// have padding do not compile, nor do pointers; a pointer inside a struct is not noticed. Types
  /// whose size depends on the platform (long) give digests that do so too.
  template <class T>
  void add(const T& value) {
    require_hashable<T>();
    add_bytes(&value, sizeof(T));
  }

  /// Adds the number of the elements, so that neighbouring sequences cannot be confused, and then
  /// the elements.
  template <class T>
  void add_sequence(const std::vector<T>& sequence) {
    require_hashable<T>();
    static_assert(!std::is_same_v<T, bool>, "a vector of bool has no contiguous elements");
    add(std::uint64_t{sequence.size()});
    add_bytes(sequence.data(), sequence.size() * sizeof(T));
  }

  /// The digest of all bytes since construction or reset; more may be added afterwards.
  Digest128 finish() const;

  /// All bytes since construction or reset, for who compares the bytes themselves; nothing once
  /// they have outgrown the buffer.
  std::optional<std::span<const std::byte>> gathered() const {
    if (is_streaming_) return std::nullopt;
    return std::span<const std::byte>{buffer_.get(), used_};
  }

  /// Forgets all bytes and keeps the memory.
  void reset() {
    used_ = 0;
    is_streaming_ = false;
  }

 private:
  struct Stream;
  struct StreamDeleter {
    void operator()(Stream* stream) const;
  };
  template <class T>
  static constexpr void require_hashable() {
    static_assert(std::is_trivially_copyable_v<T>, "hash the parts of this type one by one");
    static_assert(std::has_unique_object_representations_v<T>,
                  "padding and floating point must never reach a hash");
    static_assert(!std::is_pointer_v<T>, "an address must never reach a hash");
  }

  void add_to_stream(const void* data, std::size_t size);

  std::unique_ptr<std::byte[]> buffer_;
  std::size_t size_;
  std::size_t used_ = 0;
  // If true, the stream has taken everything before what is in the buffer.
  bool is_streaming_ = false;
  std::unique_ptr<Stream, StreamDeleter> stream_;
};

}  // namespace luosim::sim
