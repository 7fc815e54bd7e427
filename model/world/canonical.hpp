// SPDX-License-Identifier: Apache-2.0
//
// What tells two states of an exploration apart. Time, the history of free memory, and the numbers
// that kernels happen to give to files, descriptors, objects and tokens do not: two states that
// differ in nothing else have the same futures up to such numbers. If files or VMs can be exchanged
// for each other, neither does which of them is which. docs/EXPLORATION.md argues that this is
// sound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/world/blueprint.hpp"
#include "model/world/explored_state.hpp"
#include "model/world/known_entities.hpp"

namespace luosim::world {

class Canonical {
 public:
  /// With `symmetry`, entities of one class count as alike. All must outlive this.
  Canonical(const Blueprint& blueprint, const std::vector<KnownEntity>& entities, bool symmetry);

  void add_key(const ExploredState& state, sim::Hasher& hasher);

  /// For each entity, a number that is equal for those that are alike in this state: of the first
  /// of them. Costs as much as a key.
  const std::vector<std::uint32_t>& alike(const ExploredState& state);

  const EntityIndex& index() const { return index_; }

 private:
  using Words = std::vector<std::uint64_t>;

  void describe(const ExploredState& state);
  void describe_calls(const World& world);
  void describe_open_files(const World& world);
  void describe_records(const World& world, const std::vector<luo::v2::FileRecord>& records,
                        bool is_incoming);
  void describe_disk(const World& world);
  void describe_vms(const World& world);
  void describe_memory(const World& world);
  void describe_home(const memory::PhysicalMemory& memory, std::uint32_t entity);
  void describe_named_pages(const World& world, const std::vector<luo::v2::FileRecord>& records,
                            bool is_incoming);
  void describe_extent(const memory::Extent& extent);
  void describe_bytes(memory::PhysicalAddress at, std::span<const std::byte> bytes);
  void describe_preserved_memory(const World& world);
  void describe_ledger(const World& world);
  void describe_notes(const ExploredState& state);
  void describe_schedule(const World& world);
  void describe_userspace(const World& world);
  void describe_object(const World& world, kernel::FileId id, Words& words);

  // Pages that are told by whose they are.
  struct PartOfMemory {
    memory::PageRange range;
    std::uint32_t entity = 0;
  };
  std::vector<PartOfMemory>::const_iterator part_behind(memory::Pfn page) const;
  const PartOfMemory* part_at(memory::Pfn page) const;

  // A note of a guarantee, of one entity or of nobody.
  struct NamedNote {
    std::uint32_t entity = 0;
    std::uint64_t key = 0;
    std::uint64_t value = 0;
    friend auto operator<=>(const NamedNote&, const NamedNote&) = default;
  };
  std::optional<NamedNote> note_of_token(const World& world, sim::Notes::Note note,
                                         bool value_is_a_name) const;
  std::optional<NamedNote> note_of_file(const World& world, sim::Notes::Note note) const;
  std::optional<NamedNote> note_of_either(const World& world, sim::Notes::Note note) const;
  std::optional<NamedNote> note_of_participant(sim::Notes::Note note) const;

  std::uint32_t entity_of_incoming(const World& world, std::uint64_t token) const;
  std::uint32_t entity_of(sim::Symbol file) const { return index_.of_file(file); }
  std::uint32_t entity_of_token(const World& world, std::uint64_t token) const;
  std::uint32_t entity_of_file(const World& world, kernel::FileId id) const;
  Words& words_of(std::uint32_t entity) { return entity == kNobody ? rest_ : of_entity_[entity]; }
  bool is_told_by_numbers(std::uint32_t entity) const {
    return entity == kNobody || is_in_a_call_[entity] != 0;
  }

  const Blueprint& blueprint_;
  const std::vector<KnownEntity>& entities_;
  bool symmetry_;
  EntityIndex index_;
  std::vector<Words> of_entity_;
  std::vector<std::uint8_t> is_in_a_call_;  // by entity
  Words rest_;
  std::vector<std::uint32_t> order_;  // entities, as they go into the key
  std::vector<std::uint32_t> alike_;
  std::vector<std::uint8_t> is_described_;  // by memfd
  std::vector<PartOfMemory> parts_;         // by page
  std::vector<NamedNote> named_;
  std::vector<Words> nameless_;  // of tasks whose numbers do not matter
};

}  // namespace luosim::world
