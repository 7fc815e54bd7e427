// SPDX-License-Identifier: Apache-2.0
//
// The one door to chance. Whenever the outcome of something is not determined, the model asks a
// `Choice`; who answers (a scenario, a seed, an explorer, a recording) is decided outside of it.
// A run is its scenario plus its choices, so that whatever is found can be replayed bit for bit.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/core/name.hpp"
#include "sim/core/random.hpp"

namespace luosim::sim {

/// What is being decided: a name that stays the same when unrelated code changes.
struct ChoiceLabel {
  std::uint32_t what = 0;      ///< name_hash of the decision, for example of a fault site
  std::uint32_t instance = 0;  ///< name_hash of the participant, file or VM; 0 if there is one only
  friend constexpr auto operator<=>(const ChoiceLabel&, const ChoiceLabel&) = default;
};

/// A site at which faults may strike that no rule asks for, and what a call returns of which one
/// strikes: one of `values`, of which there is at least one.
struct SiteFaults {
  std::uint32_t site = 0;  ///< name_hash of its name
  std::vector<std::int32_t> values;
  friend bool operator==(const SiteFaults&, const SiteFaults&) = default;
};

/// The one of that site among `sites`, which are sorted by site; null if there is none. O(log n).
const SiteFaults* find_site(std::span<const SiteFaults> sites, std::uint32_t site);

/// A call of a site that no rule made fail with certainty, in the order in which they come.
struct AskedFault {
  ChoiceLabel label;
  std::optional<std::int32_t> value;  ///< what it returned, if a fault struck by choice
  friend bool operator==(const AskedFault&, const AskedFault&) = default;
};

class Choice {
 public:
  virtual ~Choice() = default;

  /// One of `alternatives` (at least 1), counted from 0. Alternative 0 is the ordinary outcome.
  virtual std::uint32_t choose(std::uint32_t alternatives, ChoiceLabel label) = 0;

  /// True with a chance of `per_million` in a million; askers that enumerate take both outcomes.
  virtual bool happens(std::uint32_t per_million, ChoiceLabel label) = 0;

  /// Whether this asker adds faults of its own to those that the scenario's rules make. Asked
  /// before each `strikes`, so that nobody else pays for it.
  bool adds_faults() const { return adds_faults_; }
  /// What the call returns if a fault that no rule asks for strikes here. `label` names the site
  /// and the instance.
  virtual std::optional<std::int32_t> strikes(ChoiceLabel label);

  /// From now on each fault that is asked for goes there too, so that somebody can say which call
  /// it was; null: nowhere.
  void follow_faults(std::vector<AskedFault>* asked) { asked_faults_ = asked; }
  void note_fault(ChoiceLabel label, std::optional<std::int32_t> value) {
    if (asked_faults_ != nullptr) asked_faults_->push_back({label, value});
  }

 protected:
  Choice() = default;
  explicit Choice(bool adds_faults) : adds_faults_(adds_faults) {}

 private:
  bool adds_faults_ = false;
  std::vector<AskedFault>* asked_faults_ = nullptr;
};

/// Always the ordinary outcome: what the scenario says and nothing else goes wrong.
class ScriptedChoice final : public Choice {
 public:
  std::uint32_t choose(std::uint32_t alternatives, ChoiceLabel label) override;
  bool happens(std::uint32_t per_million, ChoiceLabel label) override;
};

/// Draws from a named stream; the same seed gives the same answers everywhere.
class SeededChoice final : public Choice {
 public:
  explicit SeededChoice(std::uint64_t seed) : stream_(seed, "choice") {}
  std::uint32_t choose(std::uint32_t alternatives, ChoiceLabel label) override;
  bool happens(std::uint32_t per_million, ChoiceLabel label) override;

 private:
  RandomStream stream_;
};

/// One answer that was given.
struct MadeChoice {
  ChoiceLabel label;
  std::uint32_t alternatives = 0;
  std::uint32_t chosen = 0;
  friend bool operator==(const MadeChoice&, const MadeChoice&) = default;
};

/// Passes another asker's answers on and keeps them.
class RecordingChoice final : public Choice {
 public:
  explicit RecordingChoice(Choice& inner) : inner_(inner) {}
  std::uint32_t choose(std::uint32_t alternatives, ChoiceLabel label) override;
  bool happens(std::uint32_t per_million, ChoiceLabel label) override;
  const std::vector<MadeChoice>& made() const { return made_; }

 private:
  Choice& inner_;
  std::vector<MadeChoice> made_;
};

/// Gives recorded answers again. Where the run asks something else than was recorded, `diverged()`
/// says where and from there on the ordinary outcome is given.
class RecordedChoice final : public Choice {
 public:
  explicit RecordedChoice(std::vector<MadeChoice> recorded) : recorded_(std::move(recorded)) {}
  std::uint32_t choose(std::uint32_t alternatives, ChoiceLabel label) override;
  bool happens(std::uint32_t per_million, ChoiceLabel label) override;

  bool diverged() const { return diverged_; }
  /// How many recorded answers were given.
  std::size_t position() const { return position_; }
  bool is_exhausted() const { return position_ == recorded_.size(); }

 private:
  std::vector<MadeChoice> recorded_;
  std::size_t position_ = 0;
  bool diverged_ = false;
};

}  // namespace luosim::sim
