// SPDX-License-Identifier: Apache-2.0
#include "model/world/known_entities.hpp"

#include <algorithm>
#include <iterator>

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

template <class Predicate>
std::uint32_t first_entity(const std::vector<KnownEntity>& entities, Predicate is_it) {
  const auto found = std::find_if(entities.begin(), entities.end(), is_it);
  return found == entities.end() ? kNobody : static_cast<std::uint32_t>(found - entities.begin());
}

std::uint32_t entity_of_vm(const std::vector<KnownEntity>& entities, std::uint32_t vm) {
  return first_entity(entities, [vm](const KnownEntity& each) { return each.vm == vm; });
}

std::vector<memory::PageRange> pages_of_memfd(const fd::State& fd, std::uint32_t memfd) {
  std::vector<memory::PageRange> pages;
  for (const fd::MemfdPiece& piece : fd.pieces)
    if (piece.memfd == memfd) pages.push_back({piece.first, piece.pages});
  return pages;
}

KnownEntity entity_at_home(const World& started, sim::Symbol file,
                           std::optional<std::uint32_t> vm) {
  KnownEntity entity;
  entity.file = file;
  entity.vm = vm;
  const kernel::Files& open = started.kernel.core.files;
  for (std::uint32_t index = 0; index < open.size(); ++index) {
    const kernel::File& each = open[{index}];
    if (each.name == file && each.references > 0 && each.type == kMemfdType)
      entity.home = pages_of_memfd(started.kernel.fd, each.object);
  }
  extents_of(started.hardware.memory, entity.home, entity.home_at_first);
  return entity;
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
      : entities_(entities), blueprint_(blueprint), of_entity_(entities.size()) {}

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
    for (std::uint32_t index = 0; index < entities_.size(); ++index) {
      const KnownEntity& entity = entities_[index];
      const auto is_of = [&](const sim::FaultRule& rule, sim::Symbol name) {
        return rule.instance == sim::name_hash(blueprint_.names.text(name));
      };
      for (const sim::FaultRule& rule : faults.rules())
        if (is_of(rule, entity.file) ||
            (entity.vm && is_of(rule, blueprint_.cast.vms[*entity.vm].name)))
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
        const std::uint32_t entity = entity_of_vm(entities_, condition.number);
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

  std::uint32_t first_that_is_like(std::uint32_t entity) const {
    const auto first = std::find(of_entity_.begin(), of_entity_.end(), of_entity_[entity]);
    return static_cast<std::uint32_t>(first - of_entity_.begin());
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
      visit(entity_of_call(entities_, blueprint_.cast, entry.verb, entry.operands[place], number));
    }
  }

  const std::vector<KnownEntity>& entities_;
  const Blueprint& blueprint_;
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
  for (std::uint32_t entity = 0; entity < entities.size(); ++entity)
    entities[entity].interchangeable_as = uses.first_that_is_like(entity);
}

}  // namespace

std::vector<KnownEntity> known_entities(const World& started, const Blueprint& blueprint,
                                        const sim::Faults& faults) {
  std::vector<KnownEntity> entities;
  for (const FilePlan& plan : blueprint.files)
    entities.push_back(entity_at_home(started, plan.name, {}));
  for (std::uint32_t vm = 0; vm < blueprint.cast.vms.size(); ++vm) {
    const userspace::VmPlan& plan = blueprint.cast.vms[vm];
    const bool has_a_namesake =
        std::any_of(blueprint.files.begin(), blueprint.files.end(),
                    [&](const FilePlan& file) { return file.name == plan.memory_file; });
    if (is_only_memory(plan) && !has_a_namesake)
      entities.push_back(entity_at_home(started, plan.memory_file, vm));
  }
  find_classes(entities, blueprint, faults);
  return entities;
}

std::uint32_t entity_of_call(const std::vector<KnownEntity>& entities, const userspace::Cast& cast,
                             Verb verb, sim::Symbol operand, std::uint32_t number) {
  if (contains(kNamesAFile, verb))
    return first_entity(entities, [&](const KnownEntity& each) { return each.file == operand; });
  if (contains(kNamesAVm, verb)) return entity_of_vm(entities, number);
  // Processes are numbered: actors, then VMMs.
  const auto actors = static_cast<std::uint32_t>(cast.actors.size());
  return verb == Verb::kill && number >= actors ? entity_of_vm(entities, number - actors) : kNobody;
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
