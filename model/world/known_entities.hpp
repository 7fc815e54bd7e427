// SPDX-License-Identifier: Apache-2.0
//
// What an exploration knows by name and could call by another one: the files of the scenario, and
// its VMs without devices, each together with the file of its memory. Whom of them nobody treats
// differently can be exchanged for each other. docs/EXPLORATION.md argues that this is sound.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/world/blueprint.hpp"
#include "model/world/world.hpp"

namespace luosim::world {

struct KnownEntity {
  sim::Symbol file{};               ///< the file, or the one that a VM has for its memory
  std::optional<std::uint32_t> vm;  ///< its number; none: a file that is nobody's memory
  /// Entities of one class can be exchanged for each other: nobody treats one of them differently.
  std::uint32_t interchangeable_as = 0;
  std::vector<memory::PageRange> home;        ///< pages of the file, which never move
  std::vector<memory::Extent> home_at_first;  ///< what they held when the story began
};

constexpr std::uint32_t kNobody = 0xFFFF'FFFF;

/// The files of the scenario, then its VMs, with their homes as they are once the first kernel has
/// started user space. VMs with devices, or with a virtual machine of the kernel, and VMs whose
/// memory is of huge pages are not among them: they are told by their numbers.
std::vector<KnownEntity> known_entities(const World& started, const Blueprint& blueprint,
                                        const sim::Faults& faults);

/// Who among known entities is meant by a name, a number or a call; or nobody. Costs the same
/// however many there are.
class EntityIndex {
 public:
  EntityIndex(const std::vector<KnownEntity>& entities, const Blueprint& blueprint);

  std::uint32_t of_file(sim::Symbol name) const;
  std::uint32_t of_vm(std::uint32_t vm) const;
  /// What a call with this verb is about, by its operand and the number of it.
  std::uint32_t of_call(userspace::Verb verb, sim::Symbol operand, std::uint32_t number) const;

 private:
  std::vector<std::uint32_t> by_symbol_;
  std::vector<std::uint32_t> by_vm_;
  std::uint32_t actors_;
};

/// The parts of extents that lie in a home, each numbered from its beginning; owners are left out.
void extents_of(const memory::PhysicalMemory& memory, const std::vector<memory::PageRange>& home,
                std::vector<memory::Extent>& extents);

}  // namespace luosim::world
