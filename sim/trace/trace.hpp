// SPDX-License-Identifier: Apache-2.0
//
// What happened, as typed records. A record is a fixed-size value without text; how it reads is
// decided by whoever reports. The hash of all records identifies a run: it is the same on every
// compiler, build type and machine.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/core/digest.hpp"
#include "sim/core/lock.hpp"
#include "sim/core/name.hpp"
#include "sim/core/time.hpp"

namespace luosim::sim {

/// Kinds of records: the engine's own, below 0x100; a model numbers its kinds from 0x100.
struct RecordKind {
  std::uint32_t number = 0;
  friend constexpr auto operator<=>(const RecordKind&, const RecordKind&) = default;
};

namespace EngineRecord {
inline constexpr RecordKind step{1};        ///< values: program, row
inline constexpr RecordKind task_ended{2};  ///< subject: task; values: result
inline constexpr RecordKind blocked{3};     ///< subject: task; values: lock, mode
inline constexpr RecordKind deadlock{4};    ///< as blocked: the wait can never end
inline constexpr RecordKind fault_fired{
    5};  ///< values: hashes of site and instance, value, hash of the other instance
}  // namespace EngineRecord

struct Record {
  SimTime time{};
  RecordKind kind{};
  TaskId task{};
  Symbol subject{};
  Symbol object{};
  std::array<std::uint64_t, 4> values{};

  friend bool operator==(const Record&, const Record&) = default;
};

/// Receives records in the order in which things happen.
class Trace {
 public:
  virtual ~Trace() = default;
  virtual void write(const Record& record) = 0;
};

/// Drops everything: an exploration has no use for it.
class NoTrace final : public Trace {
 public:
  void write(const Record& record) override;
};

/// Keeps the records and their hash.
class RecordedTrace final : public Trace {
 public:
  void write(const Record& record) override;

  const std::vector<Record>& records() const { return records_; }
  /// Hash of all records written so far.
  Digest128 hash() const;
  /// Forgets the records but not their hash.
  void forget_records() { records_.clear(); }
  /// Keep only records that are not the engine's steps; the hash still covers all.
  void keep_steps(bool keep) { keeps_steps_ = keep; }
  std::uint64_t written() const { return written_; }

 private:
  std::vector<Record> records_;
  Hasher hasher_;
  std::uint64_t written_ = 0;
  bool keeps_steps_ = true;
};

}  // namespace luosim::sim
