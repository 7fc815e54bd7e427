// SPDX-License-Identifier: Apache-2.0
#include "model/world/canonical.hpp"

#include <algorithm>
#include <cstring>

#include "model/fd/file_type.hpp"
#include "model/guarantees/all.hpp"
#include "model/luo/v2/programs.hpp"

namespace luosim::world {

namespace {

// Marks of words that stand for something else than their value.
constexpr std::uint64_t kInHome = 1ULL << 60;
constexpr std::uint64_t kAtHome = 1ULL << 61;
constexpr std::uint64_t kUntouched = 1ULL << 62;
constexpr std::uint64_t kBoundary = 0xF111'F111'F111'F111ULL;

constexpr auto kMemfdType = static_cast<std::uint32_t>(fd::FileType::memfd);
constexpr auto kEventfdType = static_cast<std::uint32_t>(fd::FileType::eventfd);

std::optional<std::uint64_t> offset_in(const KnownEntity& entity, memory::Pfn page) {
  std::uint64_t before = 0;
  for (const memory::PageRange& range : entity.home) {
    if (range.contains(page)) return before + page.value - range.first.value;
    before += range.count;
  }
  return std::nullopt;
}

// A number that may be a page frame or an address of the file's own memory means the same for every
// file of its class.
std::uint64_t relative_to(const KnownEntity& entity, std::uint64_t value) {
  if (const auto offset = offset_in(entity, {value})) return kInHome | *offset;
  if (const auto offset = offset_in(entity, memory::page_of({value})))
    return kAtHome | *offset << memory::kPageShift | value % memory::kPageBytes;
  return value;
}

bool is_a_file_loop(sim::ProgramId program) {
  return program == luo::v2::kPrepareFiles || program == luo::v2::kFreezeFiles ||
         program == luo::v2::kCancelFiles || program == luo::v2::kFinishFiles ||
         program == luo::v2::kBuildIncomingList;
}

// While somebody goes through a list of files, the place of each in it matters.
bool a_loop_is_under_way(const sim::Schedule& schedule) {
  for (const sim::Task& task : schedule.tasks()) {
    if (task.state == sim::Task::State::unused) continue;
    for (std::uint32_t frame = task.frame; frame != sim::Frame::kNone;
         frame = schedule.frame(frame).caller) {
      if (is_a_file_loop(schedule.frame(frame).program)) return true;
    }
  }
  return false;
}

}  // namespace

Canonical::Canonical(const Blueprint& blueprint, const std::vector<KnownEntity>& entities,
                     bool symmetry)
    : blueprint_(blueprint),
      entities_(entities),
      symmetry_(symmetry),
      index_(entities, blueprint),
      of_entity_(entities.size()),
      order_(entities.size()),
      alike_(entities.size()) {}

std::uint32_t Canonical::entity_of_file(const World& world, kernel::FileId id) const {
  if (id == kernel::kNoFile || id.index >= world.kernel.core.files.size()) return kNobody;
  return entity_of(world.kernel.core.files[id].name);
}

// Of a file that is to be preserved in this kernel.
std::uint32_t Canonical::entity_of_token(const World& world, std::uint64_t token) const {
  for (const luo::v2::FileRecord& record : world.kernel.luo.outgoing)
    if (record.token == token) return entity_of_file(world, record.file);
  return kNobody;
}

// Of what was handed over: by what its owner noted in the kernel before, or if that note has made
// place for another, by what came back.
std::uint32_t Canonical::entity_of_incoming(const World& world, std::uint64_t token) const {
  for (const userspace::Disk::Token& note : world.hardware.disk.tokens) {
    if (note.token == token && note.generation + 1 == world.kernel.core.generation)
      return entity_of(note.file);
  }
  for (const luo::v2::FileRecord& record : world.kernel.luo.incoming)
    if (record.token == token) return entity_of_file(world, record.file);
  return kNobody;
}

void Canonical::describe_object(const World& world, kernel::FileId id, Words& words) {
  const kernel::File& file = world.kernel.core.files[id];
  words.push_back(std::uint64_t{file.type} << 32 | file.references);
  const fd::State& fd = world.kernel.fd;
  if (file.type == kEventfdType) {
    const fd::Eventfd& eventfd = fd.eventfds[file.object];
    words.insert(words.end(), {eventfd.count, eventfd.is_frozen});
    return;
  }
  if (file.type != kMemfdType || file.object >= fd.memfds.size()) {
    words.push_back(file.object);
    return;
  }
  const fd::Memfd& memfd = fd.memfds[file.object];
  is_described_[file.object] = 1;
  words.insert(words.end(), {memfd.pages, std::uint64_t{memfd.order} << 32 | memfd.is_frozen,
                             static_cast<std::uint64_t>(memfd.kind) << 48 |
                                 std::uint64_t{memfd.seals} << 32 | memfd.pins,
                             std::uint64_t{memfd.kvm.index} << 32 | memfd.is_released});
  const std::uint32_t entity = entity_of(file.name);
  for (const fd::MemfdPiece& piece : fd.pieces) {
    if (piece.memfd != file.object) continue;
    words.push_back(piece.index);
    words.push_back(entity == kNobody ? piece.first.value
                                      : relative_to(entities_[entity], piece.first.value));
    words.push_back(piece.pages);
  }
}

// Files of the running kernel, and who has them open.
void Canonical::describe_open_files(const World& world) {
  const kernel::Files& files = world.kernel.core.files;
  is_described_.assign(world.kernel.fd.memfds.size(), 0);
  for (std::uint32_t index = 0; index < files.size(); ++index) {
    if (files[{index}].references == 0) continue;
    const std::uint32_t entity = entity_of(files[{index}].name);
    Words& words = words_of(entity);
    words.push_back(kBoundary + 1);
    if (is_told_by_numbers(entity))
      words.push_back(std::uint64_t{files[{index}].name.index} << 32 | index);
    describe_object(world, {index}, words);
  }
  for (const kernel::Descriptor& descriptor : files.descriptors()) {
    const std::uint32_t entity = entity_of_file(world, descriptor.file);
    Words& words = words_of(entity);
    words.push_back(kBoundary + 2);
    words.push_back(descriptor.process);
    if (is_told_by_numbers(entity))
      words.push_back(std::uint64_t{descriptor.file.index} << 32 |
                      static_cast<std::uint32_t>(descriptor.number));
  }
  for (const userspace::Holding& holding : world.user.holdings) {
    const std::uint32_t entity = entity_of(holding.file);
    Words& words = words_of(entity);
    const auto held = files.find(holding.process, holding.descriptor);
    words.push_back(kBoundary + 3);
    words.push_back(std::uint64_t{holding.process} << 8 | (held ? 1U : 0U));
    if (is_told_by_numbers(entity))
      words.push_back(std::uint64_t{holding.file.index} << 32 |
                      static_cast<std::uint32_t>(holding.descriptor));
  }
  // What no file of the kernel refers to any more.
  for (std::uint32_t memfd = 0; memfd < is_described_.size(); ++memfd) {
    if (is_described_[memfd] != 0) continue;
    const fd::Memfd& left = world.kernel.fd.memfds[memfd];
    if (left.is_released != 0 && left.pins == 0) continue;
    rest_.insert(rest_.end(), {kBoundary + 4, left.pages, left.pins, left.is_released});
  }
}

void Canonical::describe_records(const World& world,
                                 const std::vector<luo::v2::FileRecord>& records,
                                 bool is_incoming) {
  const bool place_matters = !symmetry_ || a_loop_is_under_way(world.schedule);
  for (std::size_t index = 0; index < records.size(); ++index) {
    const luo::v2::FileRecord& record = records[index];
    std::uint32_t entity = is_incoming ? kNobody : entity_of_file(world, record.file);
    if (is_incoming) entity = entity_of_incoming(world, record.token);
    Words& words = words_of(entity);
    words.push_back(kBoundary + (is_incoming ? 6 : 5));
    if (place_matters) words.push_back(index);
    if (is_told_by_numbers(entity)) words.push_back(record.token);
    const bool has_file = record.file != kernel::kNoFile;
    const bool is_live = has_file && record.file.index < world.kernel.core.files.size() &&
                         world.kernel.core.files.is_live(record.file);
    // Whose it is may be told by its token alone, or by the file too.
    const std::uint32_t owner = entity_of_file(world, record.file);
    if (has_file && owner != entity) words.push_back(kBoundary + 11 + record.file.index);
    words.push_back(std::uint64_t{record.handler} << 32 | record.reclaimed << 8 |
                    static_cast<std::uint64_t>(record.phase));
    words.push_back(std::uint64_t{record.takes_part} << 8 | (has_file ? 2U : 0U) |
                    (is_live ? 1U : 0U));
    // A word is the address of a page, which is told by whose it is, or a number.
    const bool is_address = record.word >= memory::kPageBytes;
    words.push_back(is_address ? record.word % memory::kPageBytes | kAtHome : record.word);
  }
}

void Canonical::describe_disk(const World& world) {
  for (const userspace::Disk::Token& note : world.hardware.disk.tokens) {
    const std::uint32_t entity = entity_of(note.file);
    const bool is_of_this_kernel = note.generation == world.kernel.core.generation;
    const auto& records = is_of_this_kernel ? world.kernel.luo.outgoing : world.kernel.luo.incoming;
    const auto record = std::find_if(records.begin(), records.end(),
                                     [&](const auto& each) { return each.token == note.token; });
    const bool is_its_own = record != records.end() && is_of_this_kernel &&
                            entity_of_file(world, record->file) == entity;
    Words& words = words_of(entity);
    words.insert(words.end(), {kBoundary + 7, world.kernel.core.generation - note.generation,
                               (record != records.end() ? 1U : 0U) | (is_its_own ? 2U : 0U)});
    // Whose token it is shows; which number it has does not matter, but where nothing else tells.
    const bool is_told = is_its_own || (!is_of_this_kernel && record != records.end());
    if (!is_told || is_told_by_numbers(entity)) words.push_back(note.token);
  }
}

// Memory of files is told by file, pages that a record names by the file of the record, and the
// rest by its addresses.
void Canonical::describe_memory(const World& world) {
  const memory::PhysicalMemory& memory = world.hardware.memory;
  parts_.clear();
  for (std::uint32_t entity = 0; entity < entities_.size(); ++entity) describe_home(memory, entity);
  describe_named_pages(world, world.kernel.luo.outgoing, false);
  describe_named_pages(world, world.kernel.luo.incoming, true);
  std::sort(parts_.begin(), parts_.end(), [](const PartOfMemory& left, const PartOfMemory& right) {
    return left.range.first < right.range.first;
  });
  for (const memory::Extent& extent : memory.extents())
    if (extent.owner != memory::kFree) describe_extent(extent);
  memory.bytes().for_each_run(
      [&](memory::PhysicalAddress address, std::span<const std::byte> bytes) {
        while (!bytes.empty()) {
          const std::uint64_t to_page_end = memory::kPageBytes - address.value % memory::kPageBytes;
          const auto here = std::min<std::size_t>(to_page_end, bytes.size());
          describe_bytes(address, bytes.first(here));
          address = address + here;
          bytes = bytes.subspan(here);
        }
      });
}

void Canonical::describe_home(const memory::PhysicalMemory& memory, std::uint32_t entity) {
  const KnownEntity& known = entities_[entity];
  for (const memory::PageRange& range : known.home) parts_.push_back({range, entity});
  std::vector<memory::Extent> extents;
  extents_of(memory, known.home, extents);
  const bool is_untouched = extents == known.home_at_first;
  Words& words = of_entity_[entity];
  words.push_back(is_untouched ? kUntouched : kBoundary + 8);
  if (is_untouched) return;
  for (const memory::Extent& extent : extents) {
    const bool is_garbage = extent.owner == memory::kFree;
    words.insert(words.end(), {relative_to(known, extent.first.value), extent.count,
                               extent.owner.hash, is_garbage ? 0 : extent.content.version});
  }
}

// A word of a record may be the address of a page.
void Canonical::describe_named_pages(const World& world,
                                     const std::vector<luo::v2::FileRecord>& records,
                                     bool is_incoming) {
  const memory::PhysicalMemory& memory = world.hardware.memory;
  for (const luo::v2::FileRecord& record : records) {
    if (record.word < memory::kPageBytes) continue;
    const std::uint32_t entity =
        is_incoming ? entity_of_incoming(world, record.token) : entity_of_file(world, record.file);
    const memory::Pfn page = memory::page_of({record.word});
    if (entity == kNobody || page.value >= memory.pages()) continue;
    const memory::Extent& extent = memory.at(page);
    of_entity_[entity].insert(of_entity_[entity].end(), {kBoundary + 9, extent.owner.hash});
    parts_.push_back({{page, 1}, entity});
  }
}

// What of an extent is in no part.
void Canonical::describe_extent(const memory::Extent& extent) {
  const memory::Pfn end = extent.range().past_the_end();
  for (memory::Pfn page = extent.first; page < end;) {
    if (const PartOfMemory* part = part_at(page)) {
      page = std::min(end, part->range.past_the_end());
      continue;
    }
    const auto next = part_behind(page);
    const memory::Pfn until = next == parts_.end() ? end : std::min(end, next->range.first);
    rest_.insert(rest_.end(), {page.value, until.value - page.value,
                               std::uint64_t{extent.owner.hash} << 32 | extent.owner_number,
                               extent.content.version});
    page = until;
  }
}

// Bytes of one page.
void Canonical::describe_bytes(memory::PhysicalAddress at, std::span<const std::byte> bytes) {
  const PartOfMemory* part = part_at(memory::page_of(at));
  Words& words = part != nullptr ? of_entity_[part->entity] : rest_;
  words.push_back(part != nullptr ? at.value % memory::kPageBytes : at.value);
  for (std::size_t offset = 0; offset < bytes.size(); offset += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + offset, std::min(sizeof word, bytes.size() - offset));
    words.push_back(part != nullptr ? relative_to(entities_[part->entity], word) : word);
  }
}

std::vector<Canonical::PartOfMemory>::const_iterator Canonical::part_behind(
    memory::Pfn page) const {
  return std::upper_bound(
      parts_.begin(), parts_.end(), page,
      [](memory::Pfn value, const PartOfMemory& part) { return value < part.range.first; });
}

const Canonical::PartOfMemory* Canonical::part_at(memory::Pfn page) const {
  const auto behind = part_behind(page);
  if (behind == parts_.begin()) return nullptr;
  const PartOfMemory& part = *(behind - 1);
  return part.range.contains(page) ? &part : nullptr;
}

void Canonical::describe_ledger(const World& world) {
  for (const userspace::Ledger::Contents& contents : world.ledger.files) {
    Words& words = words_of(entity_of(contents.file));
    words.insert(words.end(), {kBoundary + 10, contents.is_known, contents.verdict,
                               contents.before.high, contents.before.low});
  }
}

}  // namespace luosim::world
