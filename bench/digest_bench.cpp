// SPDX-License-Identifier: Apache-2.0
//
// What a copied and hashed world costs at least: some 2 KiB in 25 pieces, the size of a world of a
// small scenario. It is the reference for the cost per state of an exploration, where everything
// above it is the model's own.
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "sim/core/digest.hpp"
#include "sim/core/event_queue.hpp"

namespace luosim::sim {
namespace {

// Like a world: many small records that lie in the object, and few sequences that lie elsewhere.
struct Pieces {
  struct Record {
    std::array<std::uint32_t, 16> fields{};
  };
  std::array<Record, 20> records;
  std::array<std::vector<std::uint32_t>, 4> sequences;
  EventQueue queue;
};

Pieces make_pieces() {
  Pieces pieces;
  std::uint32_t value = 0;
  for (Pieces::Record& record : pieces.records) {
    for (std::uint32_t& field : record.fields) field = ++value;
  }
  for (std::vector<std::uint32_t>& sequence : pieces.sequences) sequence.assign(32, ++value);
  for (std::uint32_t i = 0; i < 16; ++i) pieces.queue.push({std::int64_t{i} * 1'000}, i, ++value);
  return pieces;
}

Digest128 digest_of(const Pieces& pieces, Hasher& hasher) {
  hasher.reset();
  for (const Pieces::Record& record : pieces.records) hasher.add(record);
  for (const std::vector<std::uint32_t>& sequence : pieces.sequences) hasher.add_sequence(sequence);
  hasher.add(std::uint64_t{pieces.queue.size()});
  pieces.queue.for_each_in_order([&](const Event& event) { hasher.add(event); });
  return hasher.finish();
}

void copy_pieces(benchmark::State& state) {
  const Pieces original = make_pieces();
  Pieces copy;
  for (auto _ : state) {
    copy = original;
    benchmark::DoNotOptimize(copy);
  }
}

void digest_pieces(benchmark::State& state) {
  const Pieces pieces = make_pieces();
  Hasher hasher;
  for (auto _ : state) benchmark::DoNotOptimize(digest_of(pieces, hasher));
}

void copy_and_digest_pieces(benchmark::State& state) {
  const Pieces original = make_pieces();
  Pieces copy;
  Hasher hasher;
  for (auto _ : state) {
    copy = original;
    benchmark::DoNotOptimize(copy);
    benchmark::DoNotOptimize(digest_of(copy, hasher));
  }
}

// The bare hash of as many bytes, which no gathering can beat.
void digest_flat_bytes(benchmark::State& state) {
  const std::vector<std::byte> bytes(2'048);
  for (auto _ : state) benchmark::DoNotOptimize(digest_of_bytes(bytes.data(), bytes.size()));
}

BENCHMARK(copy_pieces);
BENCHMARK(digest_pieces);
BENCHMARK(copy_and_digest_pieces);
BENCHMARK(digest_flat_bytes);

}  // namespace
}  // namespace luosim::sim
