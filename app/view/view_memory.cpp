// SPDX-License-Identifier: Apache-2.0
//
// Memory as a map: neighbours that are alike are one range, whatever they contain.
#include <algorithm>
#include <array>
#include <vector>

#include "app/view/view_parts.hpp"
#include "model/fd/guest_memfd.hpp"
#include "model/fd/hugetlb.hpp"
#include "model/fd/iommufd.hpp"
#include "model/fd/memfd.hpp"
#include "model/guarantees/preserved.hpp"
#include "model/world/checks.hpp"
#include "model/world/vocabulary.hpp"

namespace luosim::app::view {

namespace {

enum class Kind : std::uint8_t { free, kernel, scratch, preserved, guest, device, corrupted };
constexpr std::array<const char*, 7> kKinds{"free",  "kernel", "scratch",  "preserved",
                                            "guest", "device", "corrupted"};

struct OwnerKind {
  memory::OwnerName owner;
  Kind kind;
};
// Whoever is not listed is the kernel.
constexpr OwnerKind kOwnerKinds[] = {
    {kernel::kScratchOwner, Kind::scratch},
    {kho::kIncomingOwner, Kind::preserved},
    {fd::kMemfdOwner, Kind::guest},
    {fd::kHugetlbOwner, Kind::guest},
    {fd::kGuestMemfdOwner, Kind::guest},
    {fd::kAnonymousOwner, Kind::guest},
    {driver::iommu::kRootOwner, Kind::device},
    {driver::iommu::kContextOwner, Kind::device},
    {driver::iommu::kTableOwner, Kind::device},
    {driver::irq::kTableOwner, Kind::device},
    {driver::irq::kDescriptorOwner, Kind::device},
    {driver::nvme::kQueueOwner, Kind::device},
};

// Scratch, a kernel's image, the firmware's memory and huge pages in the pool hold nothing that
// could be lost.
Kind kind_of(const memory::Extent& extent) {
  if (extent.owner == memory::kFree) return Kind::free;
  if (extent.owner == fd::kHugetlbOwner.tag() && extent.owner_number == fd::kInPool)
    return Kind::kernel;
  Kind kind = Kind::kernel;
  for (const OwnerKind& row : kOwnerKinds)
    if (row.owner.tag() == extent.owner) kind = row.kind;
  const bool may_be_lost = kind != Kind::scratch && extent.owner != kho::kFirmwareOwner.tag() &&
                           extent.owner != kernel::kKernelOwner.tag();
  return extent.content == memory::kGarbage && may_be_lost ? Kind::corrupted : kind;
}

struct Range {
  memory::PageRange pages{};
  Kind kind = Kind::free;
  memory::OwnerTag owner{};
  std::uint32_t number = 0;
  memory::OwnerTag freed_from{};
  bool is_preserved = false;

  bool is_like(const Range& other) const {
    return kind == other.kind && owner == other.owner && number == other.number &&
           freed_from == other.freed_from && is_preserved == other.is_preserved;
  }
};

// What the tracker's bitmaps say, as ranges that do not touch.
std::vector<memory::PageRange> preserved_ranges(const Viewed& viewed) {
  std::vector<memory::PageRange> ranges;
  guarantees::for_each_preserved_run(world::machine_of(viewed.world, viewed.blueprint),
                                     [&](memory::PageRange run) { ranges.push_back(run); });
  std::sort(ranges.begin(), ranges.end());
  std::vector<memory::PageRange> joined;
  for (const memory::PageRange& each : ranges) {
    if (joined.empty() || joined.back().past_the_end() < each.first) {
      joined.push_back(each);
    } else {
      const memory::Pfn end = std::max(joined.back().past_the_end(), each.past_the_end());
      joined.back().count = end.value - joined.back().first.value;
    }
  }
  return joined;
}

void append(std::vector<Range>& ranges, const Range& range) {
  if (range.pages.count == 0) return;
  if (!ranges.empty() && ranges.back().is_like(range)) {
    ranges.back().pages.count += range.pages.count;
  } else {
    ranges.push_back(range);
  }
}

// Extents, cut where preserved memory begins and ends, then joined where they are alike.
std::vector<Range> ranges_of(const Viewed& viewed) {
  const std::vector<memory::PageRange> preserved = preserved_ranges(viewed);
  auto next = preserved.begin();
  std::vector<Range> ranges;
  for (const memory::Extent& extent : viewed.world.hardware.memory.extents()) {
    Range range{{}, kind_of(extent), extent.owner, extent.owner_number, extent.freed_from, false};
    const memory::Pfn end = extent.range().past_the_end();
    for (memory::Pfn page = extent.first; page < end;) {
      while (next != preserved.end() && next->past_the_end() <= page) ++next;
      range.is_preserved = next != preserved.end() && next->contains(page);
      memory::Pfn stop = end;
      if (next != preserved.end())
        stop = std::min(stop, range.is_preserved ? next->past_the_end() : next->first);
      range.pages = {page, stop.value - page.value};
      append(ranges, range);
      page = stop;
    }
  }
  return ranges;
}

std::string owner_word(memory::OwnerTag owner) {
  return std::string(owner == memory::kFree ? "none" : world::owner_named(owner.hash));
}

// The file whose memory it is, where the owner is one.
std::string file_of(const Viewed& viewed, const Range& range) {
  if (range.kind != Kind::guest) return "none";
  const bool is_anonymous = range.owner == fd::kAnonymousOwner.tag();
  return file_with(viewed, is_anonymous ? fd::FileType::iommufd : fd::FileType::memfd,
                   range.number);
}

}  // namespace

Json memory_view(const Viewed& viewed) {
  const memory::PhysicalMemory& memory = viewed.world.hardware.memory;
  std::array<std::uint64_t, kKinds.size()> totals{};
  std::uint64_t preserved = 0;
  Json map = Json::array();
  for (const Range& range : ranges_of(viewed)) {
    totals[static_cast<std::size_t>(range.kind)] += range.pages.count;
    if (range.is_preserved) preserved += range.pages.count;
    map.push_back({{"first", hex(address_of(range.pages.first).value)},
                   {"pages", range.pages.count},
                   {"kind", kKinds[static_cast<std::size_t>(range.kind)]},
                   {"owner", owner_word(range.owner)},
                   {"number", range.number},
                   {"file", file_of(viewed, range)},
                   {"preserved", range.is_preserved},
                   {"freed_from", owner_word(range.freed_from)}});
  }
  Json pages = Json::object();
  for (std::size_t kind = 0; kind < kKinds.size(); ++kind) pages[kKinds[kind]] = totals[kind];
  return {{"pages", memory.pages()},
          {"totals", pages},
          {"preserved_by_kho", preserved},
          {"bytes_stored", memory.bytes().stored_bytes()},
          {"map", map}};
}

}  // namespace luosim::app::view
