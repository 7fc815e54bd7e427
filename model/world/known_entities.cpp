// SPDX-License-Identifier: Apache-2.0
#include "model/world/known_entities.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "model/fd/file_type.hpp"

namespace luosim::world {

namespace {

using userspace::Condition;
using userspace::Entry;
using userspace::Verb;

constexpr auto kMemfdType = static_cast<std::uint32_t>(fd::FileType::memfd);

// What the operand of a call names; of every other verb nobody who is known.
constexpr Verb kNamesAFile[] = {Verb::preserve, Verb::unpreserve, Verb::restore,
                                Verb::write,    Verb::close,      Verb::resize};
constexpr Verb kNamesAVm[] = {Verb::pause, Verb::resume, Verb::start,
                              Verb::map,   Verb::unmap,  Verb::interrupts_off};

template <class Table>
bool contains(const Table& table, Verb verb) {
  return std::find(std::begin(table), std::end(table), verb) != std::end(table);
}

// Pages of the memfds that are open once the first kernel has started user space, by the symbol of
// their names.
std::vector<std::vector<memory::PageRange>> homes_by_name(const World& started,
                                                          std::size_t symbols) {
  const fd::State& fd = started.kernel.fd;
  std::vector<std::vector<memory::PageRange>> of_memfd(fd.memfds.size());
  for (const fd::MemfdPiece& piece : fd.pieces)
    of_memfd[piece.memfd].push_back({piece.first, piece.pages});
  std::vector<std::vector<memory::PageRange>> homes(symbols);
  const kernel::Files& open = started.kernel.core.files;
  for (std::uint32_t index = 0; index < open.size(); ++index) {
    const kernel::File& each = open[{index}];
    if (each.references > 0 && each.type == kMemfdType && each.name.index < symbols)
      homes[each.name.index] = of_memfd[each.object];
  }
  return homes;
}

// A VM of which everything is its memory and what its VMM knows.
bool is_only_memory(const userspace::VmPlan& plan) {
  return plan.devices.empty() && plan.kvm_file == sim::Symbol{} &&
         plan.backing == fd::MemoryKind::shmem;
}

// Who treats which entity how: entities with equal uses can be exchanged for each other.
class Uses {
 public:
  Uses(const std::vector<KnownEntity>& entities, const Blueprint& blueprint)
      : entities_(entities),
        blueprint_(blueprint),
        index_(entities, blueprint),
        of_entity_(entities.size()) {}

  void note_declarations() {
    for (std::size_t index = 0; index < entities_.size(); ++index) {
      if (entities_[index].vm) {
        const userspace::VmPlan& plan = blueprint_.cast.vms[*entities_[index].vm];
        of_entity_[index] = {kIsAVm, plan.memory_bytes, plan.folio_bytes, plan.vcpus,
                             plan.seals ? 1U : 0U};
      } else {
        const FilePlan& plan = blueprint_.files[index];
        of_entity_[index] = {plan.bytes, plan.folio_bytes, plan.hole_bytes,
                             static_cast<std::uint64_t>(plan.type) << 32 | plan.test_type.index};
      }
    }
  }

  void note_faults(const sim::Faults& faults) {
    std::set<std::uint32_t> struck;
    for (const sim::FaultRule& rule : faults.rules()) struck.insert(rule.instance);
    const auto is_struck = [&](sim::Symbol name) {
      return struck.count(sim::name_hash(blueprint_.names.text(name))) != 0;
    };
    for (std::uint32_t index = 0; index < entities_.size(); ++index) {
      const KnownEntity& entity = entities_[index];
      if (is_struck(entity.file) || (entity.vm && is_struck(blueprint_.cast.vms[*entity.vm].name)))
        note(index, kOfItsOwn | index);
    }
  }

  // A script goes from its beginning to its end, so whom it names is like nobody else.
  void note_script(const userspace::Actor& actor) {
    for (const Entry& entry : actor.script) {
      for_each_operand(entry, [&](std::uint32_t entity) { note(entity, kOfItsOwn | entity); });
      for (const Condition& condition : {entry.after, entry.when}) {
        const bool names_a_vm =
            condition.kind == Condition::Kind::paused || condition.kind == Condition::Kind::resumed;
        if (!names_a_vm) continue;
        const std::uint32_t entity = index_.of_vm(condition.number);
        note(entity, kOfItsOwn | entity);
      }
    }
  }

  void note_free_calls(const userspace::Actor& actor, std::uint64_t number) {
    if (!actor.free) return;
    for (const Entry& entry : actor.free->alternatives) {
      for_each_operand(entry, [&](std::uint32_t entity) {
        note(entity, kFreeCall | number << 16 | static_cast<std::uint64_t>(entry.verb));
        note(entity, entry.flags);
      });
    }
  }

  /// For each entity, the first that is used like it.
  std::vector<std::uint32_t> classes() const {
    std::map<std::vector<std::uint64_t>, std::uint32_t> first;
    std::vector<std::uint32_t> classes;
    for (std::uint32_t entity = 0; entity < of_entity_.size(); ++entity)
      classes.push_back(first.try_emplace(of_entity_[entity], entity).first->second);
    return classes;
  }

 private:
  static constexpr std::uint64_t kOfItsOwn = 1ULL << 41;
  static constexpr std::uint64_t kFreeCall = 1ULL << 42;
  static constexpr std::uint64_t kIsAVm = 1ULL << 43;

  void note(std::uint32_t entity, std::uint64_t use) {
    if (entity != kNobody) of_entity_[entity].push_back(use);
  }

  template <class Visit>
  void for_each_operand(const Entry& entry, Visit visit) const {
    for (std::size_t place = 0; place < entry.operands.size(); ++place) {
      const std::uint32_t number = place < entry.numbers.size() ? entry.numbers[place] : 0;
      visit(index_.of_call(entry.verb, entry.operands[place], number));
    }
  }

  const std::vector<KnownEntity>& entities_;
  const Blueprint& blueprint_;
  EntityIndex index_;
  std::vector<std::vector<std::uint64_t>> of_entity_;
};

void find_classes(std::vector<KnownEntity>& entities, const Blueprint& blueprint,
                  const sim::Faults& faults) {
  Uses uses(entities, blueprint);
  uses.note_declarations();
  uses.note_faults(faults);
  for (std::uint64_t actor = 0; actor < blueprint.cast.actors.size(); ++actor) {
    uses.note_script(blueprint.cast.actors[actor]);
    uses.note_free_calls(blueprint.cast.actors[actor], actor);
  }
  const std::vector<std::uint32_t> classes = uses.classes();
  for (std::uint32_t entity = 0; entity < entities.size(); ++entity)
    entities[entity].interchangeable_as = classes[entity];
}

}  // namespace

std::vector<KnownEntity> known_entities(const World& started, const Blueprint& blueprint,
                                        const sim::Faults& faults) {
  auto homes = homes_by_name(started, blueprint.names.size());
  std::vector<KnownEntity> entities;
  const auto add = [&](sim::Symbol file, std::optional<std::uint32_t> vm) {
    KnownEntity& entity = entities.emplace_back();
    entity.file = file;
    entity.vm = vm;
    entity.home = homes[file.index];
    extents_of(started.hardware.memory, entity.home, entity.home_at_first);
  };
  std::set<sim::Symbol> names;
  for (const FilePlan& plan : blueprint.files) {
    add(plan.name, {});
    names.insert(plan.name);
  }
  for (std::uint32_t vm = 0; vm < blueprint.cast.vms.size(); ++vm) {
    const userspace::VmPlan& plan = blueprint.cast.vms[vm];
    if (is_only_memory(plan) && names.count(plan.memory_file) == 0) add(plan.memory_file, vm);
  }
  find_classes(entities, blueprint, faults);
  return entities;
}

EntityIndex::EntityIndex(const std::vector<KnownEntity>& entities, const Blueprint& blueprint)
    : by_symbol_(blueprint.names.size(), kNobody),
      by_vm_(blueprint.cast.vms.size(), kNobody),
      actors_(static_cast<std::uint32_t>(blueprint.cast.actors.size())) {
  for (std::uint32_t entity = 0; entity < entities.size(); ++entity) {
    by_symbol_[entities[entity].file.index] = entity;
    if (entities[entity].vm) by_vm_[*entities[entity].vm] = entity;
  }
}

std::uint32_t EntityIndex::of_file(sim::Symbol name) const {
  return name.index < by_symbol_.size() ? by_symbol_[name.index] : kNobody;
}

std::uint32_t EntityIndex::of_vm(std::uint32_t vm) const {
  return vm < by_vm_.size() ? by_vm_[vm] : kNobody;
}

std::uint32_t EntityIndex::of_call(Verb verb, sim::Symbol operand, std::uint32_t number) const {
  if (contains(kNamesAFile, verb)) return of_file(operand);
  if (contains(kNamesAVm, verb)) return of_vm(number);
  // Processes are numbered: actors, then VMMs.
  return verb == Verb::kill && number >= actors_ ? of_vm(number - actors_) : kNobody;
}

void extents_of(const memory::PhysicalMemory& memory, const std::vector<memory::PageRange>& home,
                std::vector<memory::Extent>& extents) {
  for (const memory::PageRange& range : home) {
    for (memory::Pfn page = range.first; page < range.past_the_end();) {
      memory::Extent extent = memory.at(page);
      const memory::Pfn end = std::min(extent.range().past_the_end(), range.past_the_end());
      extent.count = end.value - page.value;
      extent.first = page;
      extent.owner_number = 0;
      extent.freed_from = memory::kFree;
      if (extent.owner == memory::kFree) extent.content = memory::kGarbage;
      extents.push_back(extent);
      page = end;
    }
  }
}

}  // namespace luosim::world
