// SPDX-License-Identifier: Apache-2.0
#include "model/kho/boot.hpp"

#include <algorithm>

#include "model/kho/memory_map.hpp"
#include "model/kho/record.hpp"
#include "model/kho/tree.hpp"

namespace luosim::kho {

namespace {

using memory::PageRange;

// Scratch areas become CMA page blocks, so they come in whole blocks of 2 MiB.
constexpr std::uint64_t kBlockPages = 512;
constexpr std::uint64_t kLowMemoryPages = (4ULL << 30) / memory::kPageBytes;

// The largest block that early boot can get: all other memory may be preserved.
std::uint64_t largest_scratch_area(const State& kho) {
  std::uint64_t pages = 0;
  for (const PageRange& area : kho.scratch) pages = std::max(pages, area.count);
  return pages;
}

// One scratch area in the list that travels with the image, native byte order.
struct ScratchEntry {
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
};

bool adopt_scratch(Context& context) {
  const BootParameters& parameters = context.boot_parameters;
  const std::uint64_t pages = context.memory.pages();
  std::vector<PageRange> areas;
  for (std::uint32_t area = 0; area < parameters.scratch_areas; ++area) {
    const auto entry = context.memory.bytes().read_value<ScratchEntry>(parameters.scratch_list +
                                                                       area * sizeof(ScratchEntry));
    const PageRange range{memory::page_of({entry.address}), entry.bytes / memory::kPageBytes};
    if (range.count == 0 || range.first.value >= pages || range.count > pages - range.first.value)
      return false;
    areas.push_back(range);
  }
  context.kho.scratch = areas;
  context.kho.scratch_list = parameters.scratch_list;
  return !areas.empty();
}

void write_scratch_list(Context& context) {
  const auto page = kernel::allocate_user_pages(context, 1, 1, kScratchListOwner, 0);
  if (!page) return;
  context.kho.scratch_list = memory::address_of(page->first);
  memory::PhysicalAddress at = context.kho.scratch_list;
  for (const PageRange& area : context.kho.scratch) {
    context.memory.bytes().write_value(
        at, ScratchEntry{memory::address_of(area.first).value, area.count * memory::kPageBytes});
    at = at + sizeof(ScratchEntry);
  }
}

}  // namespace

sim::Outcome find_handed_over_tree(Context& context) {
  const BootParameters& parameters = context.boot_parameters;
  if (parameters.root_is_passed == 0) return sim::done();
  const TreeReader root(context.memory.bytes(), parameters.root, RootTreePage::kBytes);
  if (!root.is_valid() || !root.is_compatible(TreeReader::kRoot, "kho-v1") ||
      !root.word(TreeReader::kRoot, "preserved-memory-map") || !adopt_scratch(context)) {
    context.record({.kind = KhoRecord::root_invalid});
    return sim::done();
  }
  context.kho.incoming = true;
  context.kho.incoming_root = parameters.root;
  return sim::done();
}

sim::Outcome reserve_handed_over_memory(Context& context) {
  if (!context.kho.incoming) return sim::done();
  // Nothing else is there to take from until the map was read (devices.md, A.3).
  const auto wanted = context.fault(kEarlyMemorySite);
  if (wanted && *wanted > 0) {
    const std::uint64_t bytes = static_cast<std::uint64_t>(*wanted) << 20;
    if (memory::pages_for(bytes) > largest_scratch_area(context.kho))
      return kernel::panic(context, kScratchExhausted);
  }
  const TreeReader root(context.memory.bytes(), context.kho.incoming_root, RootTreePage::kBytes);
  const memory::PhysicalAddress map{*root.word(TreeReader::kRoot, "preserved-memory-map")};
  const MapResult result = reserve_preserved_memory(context, map);
  if (result.reading == MapReading::freed)
    return kernel::undefined_read(context, result.freed_from);
  if (result.reading == MapReading::wild) return kernel::oops(context);
  context.record({.kind = KhoRecord::memory_reserved, .values = {result.pages, 0, 0, 0}});
  return sim::done(context.timing.of_each(timing::Cost::kho_restore_bitmap, result.bitmaps));
}

sim::Outcome give_the_rest_to_the_allocator(Context& context) {
  const bool inherits_scratch = context.kho.incoming;
  context.memory.release_all_but([&](const memory::Extent& extent) {
    if (extent.owner == kFirmwareOwner.tag()) return true;
    // What an earlier kernel never gave back is not handed on by this one.
    if (extent.owner == kIncomingOwner.tag())
      return extent.owner_number == context.kernel.generation;
    return inherits_scratch &&
           (extent.owner == kScratchListOwner.tag() || extent.owner == kernel::kScratchOwner.tag());
  });
  return sim::done();
}

void reserve_scratch(Context& context, const ScratchPlan& plan) {
  State& kho = context.kho;
  kho.enabled = context.kernel.options.kho;
  if (!kho.scratch.empty() || !kho.enabled) return;
  const std::uint64_t pages = context.memory.pages();
  const std::uint32_t areas = plan.numa_nodes + 2;
  const std::uint64_t each = plan.bytes / memory::kPageBytes / areas / kBlockPages * kBlockPages;
  for (std::uint32_t area = 0; area < areas && each > 0; ++area) {
    // Area 0 is for low memory, 1 may lie anywhere, the others belong to one node each.
    const std::uint64_t per_node = pages / plan.numa_nodes;
    const PageRange within = area == 0   ? PageRange{{0}, std::min(pages, kLowMemoryPages)}
                             : area == 1 ? PageRange{{0}, pages}
                                         : PageRange{{(area - 2) * per_node}, per_node};
    const auto range = context.memory.find_free(each, kBlockPages, within.first, within);
    if (!range) break;
    context.memory.give(*range, kernel::kScratchOwner.tag(), area);
    kho.scratch.push_back(*range);
  }
  if (kho.scratch.size() != areas) {
    // Any failure frees what was taken and turns KHO off; the kernel itself goes on.
    for (const PageRange& range : kho.scratch) context.memory.release(range);
    kho.scratch.clear();
    kho.enabled = false;
    return;
  }
  write_scratch_list(context);
  context.record({.kind = KhoRecord::scratch_reserved,
                  .values = {areas, each * areas * memory::kPageBytes, 0, 0}});
}

sim::Outcome make_outgoing_page(Context& context) {
  State& kho = context.kho;
  if (kho.incoming) {
    const memory::Pfn root = memory::page_of(kho.incoming_root);
    if (context.memory.at(root).owner == kIncomingOwner.tag())
      kernel::free_pages(context, {root, 1});
    context.record({.kind = KhoRecord::revived, .values = {kho.incoming_root.value, 0, 0, 0}});
  }
  if (!kho.enabled) return sim::done();
  const auto page = kernel::allocate_user_pages(context, 1, 1, kRootOwner, 0);
  if (!page) {
    kho.enabled = false;
    return sim::done();
  }
  kho.root = memory::address_of(page->first);
  kho.debugfs = context.kernel.options.debugfs;
  return sim::done();
}

BootParameters boot_parameters_for_kexec(Context& context) {
  const State& kho = context.kho;
  if (!kho.enabled) return {};
  const bool passes_root = kho.finalized || !context.kernel.options.kho_only_if_finalized;
  return {.root = kho.root,
          .scratch_list = kho.scratch_list,
          .scratch_areas = static_cast<std::uint32_t>(kho.scratch.size()),
          .root_is_passed = passes_root ? 1U : 0U};
}

}  // namespace luosim::kho
