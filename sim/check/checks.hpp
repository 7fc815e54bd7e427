// SPDX-License-Identifier: Apache-2.0
//
// A set of guarantees at work: it hands each record to those that asked for its kind and keeps what
// they say. The notes are a value of their own, to be copied and hashed with the world that they
// belong to.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sim/check/guarantee.hpp"

namespace luosim::sim {

/// The first time that a claim did not hold.
struct Violation {
  std::uint32_t guarantee = 0;  ///< index in the set
  std::string cause;
  SimTime time{};
  std::uint64_t record = 0;  ///< number of the record that showed it, counted from 1
  std::uint32_t times = 1;   ///< how often it did not hold
};

/// What all guarantees of a set remember.
struct CheckNotes {
  std::vector<Notes> of_guarantee;
  std::vector<std::uint8_t> reached;  ///< 1 for claims of the kind `sometimes` that were reached

  void add_to(Hasher& hasher) const {
    for (const Notes& notes : of_guarantee) notes.add_to(hasher);
  }
  friend bool operator==(const CheckNotes&, const CheckNotes&) = default;
};

/// Which guarantees want to see a kind of record. O(1) for kinds that nobody asked for.
class Subscriptions {
 public:
  void add(RecordKind kind, std::uint32_t guarantee);
  std::span<const std::uint32_t> of(RecordKind kind) const {
    if (kind.number >= by_kind_.size()) return {};
    return by_kind_[kind.number];
  }

 private:
  std::vector<std::vector<std::uint32_t>> by_kind_;
};

template <class View>
class Checks {
 public:
  /// The guarantees must outlive this.
  explicit Checks(std::span<const Guarantee<View>* const> guarantees) : guarantees_(guarantees) {
    notes_.of_guarantee.resize(guarantees.size());
    notes_.reached.resize(guarantees.size());
    for (std::uint32_t index = 0; index < guarantees.size(); ++index)
      for (const RecordKind kind : guarantees[index]->looks_after) subscriptions_.add(kind, index);
  }

  /// Lets everybody look who asked for this kind of record.
  void see(const Record& record, const View& view) {
    ++records_;
    for (const std::uint32_t index : subscriptions_.of(record.kind)) {
      const Guarantee<View>& guarantee = *guarantees_[index];
      Look<View> look{view, record, notes_.of_guarantee[index]};
      guarantee.look(look);
      if (!look.said) continue;
      if (guarantee.kind == ClaimKind::sometimes) {
        notes_.reached[index] = 1;
      } else {
        add_violation(index, *look.said, record.time);
      }
    }
  }

  /// Adds what was found by other means than looking at records.
  void add_violation(std::uint32_t guarantee, const std::string& cause, SimTime time) {
    for (Violation& violation : violations_) {
      if (violation.guarantee != guarantee) continue;
      ++violation.times;
      return;
    }
    violations_.push_back({guarantee, cause, time, records_, 1});
  }

  std::span<const Guarantee<View>* const> guarantees() const { return guarantees_; }
  const std::vector<Violation>& violations() const { return violations_; }
  bool was_reached(std::uint32_t guarantee) const { return notes_.reached[guarantee] != 0; }
  const CheckNotes& notes() const { return notes_; }
  /// Exchanges what is remembered, for who goes from one state of a search to another.
  void exchange_notes(CheckNotes& notes) { std::swap(notes_, notes); }
  void forget_violations() { violations_.clear(); }

 private:
  std::span<const Guarantee<View>* const> guarantees_;
  Subscriptions subscriptions_;
  CheckNotes notes_;
  std::vector<Violation> violations_;  // in the order of finding, one for each guarantee
  std::uint64_t records_ = 0;
};

}  // namespace luosim::sim
