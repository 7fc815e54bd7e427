// SPDX-License-Identifier: Apache-2.0
//
// The subsystem that tells the next kernel how many huge pages of each size come over, in a page of
// memory. That kernel has to know before it gives memory out, so it reads the word from the tree by
// itself, while nobody else runs yet.
#include <algorithm>
#include <array>

#include "model/fd/hugetlb.hpp"
#include "model/fd/record_pages.hpp"
#include "model/kernel/errno.hpp"
#include "model/luo/fault_sites.hpp"
#include "model/luo/v2/tree.hpp"

namespace luosim::fd {

namespace {

using sim::Outcome;

struct Size {
  std::uint64_t order = 0;
  std::uint64_t folios = 0;
};
constexpr std::size_t kMostSizes = 4;
struct Record {
  std::uint64_t magic = 0;
  std::uint64_t sizes = 0;
  std::array<Size, kMostSizes> size{};
};
constexpr std::uint64_t kMagic = 0x31'6C'6F'6F'70'62'74'68ULL;  // "htbpool1"

std::string_view name_of(const Context& context) {
  return context.names.text({static_cast<std::uint32_t>(context.frame().values[0])});
}

// Files come before subsystems: those that are handed over are frozen by now.
Record record_of(const State& fd) {
  Record record{.magic = kMagic};
  for (const Memfd& file : fd.memfds) {
    if (file.kind != MemoryKind::hugetlb || file.is_frozen == 0) continue;
    auto* const end = record.size.begin() + record.sizes;
    auto* size = std::find_if(record.size.begin(), end,
                              [&](const Size& each) { return each.order == file.order; });
    if (size == end) {
      if (record.sizes == kMostSizes) continue;
      ++record.sizes;
      size->order = file.order;
    }
    size->folios += file.pages >> file.order;
  }
  return record;
}

Outcome write_counts(Context& context) {
  if (const auto fault = context.fault(luo::kSubsystemPrepareSite, name_of(context)))
    return sim::finish(*fault);
  memory::PhysicalAddress address;
  const std::int64_t error = preserve_record(context, 1, kHugetlbPoolRecordOwner, 0, address);
  if (error != 0) return sim::finish(error);
  context.memory.bytes().write_value(address, record_of(context.fd));
  context.frame().word = address.value;
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

bool is_own_record(const Context& context) {
  const memory::PhysicalAddress address{context.frame().word};
  return belongs_to(context.memory, address, 1, kHugetlbPoolRecordOwner);
}

Outcome refresh_counts(Context& context) {
  if (const auto fault = context.fault(luo::kSubsystemFreezeSite, name_of(context)))
    return sim::finish(*fault);
  if (!is_own_record(context)) return sim::finish(-kernel::kEINVAL);
  context.memory.bytes().write_value(memory::PhysicalAddress{context.frame().word},
                                     record_of(context.fd));
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

Outcome drop_counts(Context& context) {
  if (is_own_record(context))
    drop_record(context, memory::PhysicalAddress{context.frame().word}, 1);
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

Outcome free_handed_over_counts(Context& context) {
  const memory::PhysicalAddress address{context.frame().word};
  if (was_handed_over(context.memory, address, 1))
    kernel::free_pages(context, {memory::page_of(address), 1});
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

constexpr sim::Step kPrepareSteps[] = {
    {"write how many huge pages are handed over", sim::step<write_counts>}};
constexpr sim::Step kFreezeSteps[] = {{"count them once more", sim::step<refresh_counts>}};
constexpr sim::Step kCancelSteps[] = {{"free the record", sim::step<drop_counts>}};
constexpr sim::Step kFinishSteps[] = {
    {"free what was handed over", sim::step<free_handed_over_counts>}};

constexpr sim::Program kPrepareProgram{"hugetlb_pool.prepare",
                                       "hands over how many huge pages of each size are preserved",
                                       kPrepareSteps};
constexpr sim::Program kFreezeProgram{"hugetlb_pool.freeze", "brings the numbers up to date",
                                      kFreezeSteps};
constexpr sim::Program kCancelProgram{"hugetlb_pool.cancel", "frees its record", kCancelSteps};
constexpr sim::Program kFinishProgram{"hugetlb_pool.finish",
                                      "frees the record that was handed over", kFinishSteps};

}  // namespace

const luo::ParticipantType kHugetlbPoolType{
    .name = "hugetlb-pool",
    .prepare = kPrepareProgram.id(),
    .freeze = kFreezeProgram.id(),
    .cancel = kCancelProgram.id(),
    .finish = kFinishProgram.id(),
};

std::span<const sim::Program* const> hugetlb_pool_programs() {
  static constexpr const sim::Program* kPrograms[] = {&kPrepareProgram, &kFreezeProgram,
                                                      &kCancelProgram, &kFinishProgram};
  return kPrograms;
}

std::uint64_t handed_over_huge_pages(const Context& context, std::uint32_t order) {
  if (context.luo.incoming_tree.value == 0) return 0;
  const kho::TreeReader tree = luo::v2::read_tree(context.memory, context.luo.incoming_tree);
  const auto node = tree.child(kho::TreeReader::kRoot, luo::v2::kSubsystemsNode);
  const auto word = node ? tree.word(*node, std::string(kHugetlbSubsystem)) : std::nullopt;
  if (!word || !was_handed_over(context.memory, memory::PhysicalAddress{*word}, 1)) return 0;
  const auto record = context.memory.bytes().read_value<Record>(memory::PhysicalAddress{*word});
  if (record.magic != kMagic || record.sizes > kMostSizes) return 0;
  for (std::size_t index = 0; index < record.sizes; ++index)
    if (record.size[index].order == order) return record.size[index].folios;
  return 0;
}

}  // namespace luosim::fd
