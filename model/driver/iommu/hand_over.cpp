// SPDX-License-Identifier: Apache-2.0
#include "model/driver/iommu/hand_over.hpp"

#include <algorithm>

#include "model/driver/state.hpp"

namespace luosim::driver::iommu {

namespace {

struct Header {
  std::uint64_t magic = 0;
  std::uint64_t version = 0;
  std::uint64_t record_pages = 0;
  std::uint64_t root = 0;
  std::uint64_t remapping_table = 0;
  std::uint64_t remapping_entries = 0;
  std::uint64_t contexts = 0;
  std::uint64_t domains = 0;
  std::uint64_t devices = 0;
  std::uint64_t tables = 0;
  std::uint64_t vectors = 0;
  std::uint64_t descriptors = 0;
};
constexpr std::uint64_t kMagic = 0x31'75'6D'6D'6F'69ULL;  // "iommu1"
constexpr std::uint64_t kBuses = 256;
constexpr std::uint64_t kMostRemappingEntries = 1U << 16;  // as many as a message can name

// Sections follow the header, one after the other; each moves the place on.
template <class Element>
void store_section(memory::Bytes& bytes, memory::PhysicalAddress& at,
                   const std::vector<Element>& section) {
  if (section.empty()) return;
  bytes.write(at, std::as_bytes(std::span(section)));
  at = at + section.size() * sizeof(Element);
}

// False if it does not fit into the room that is left.
template <class Element>
bool load_section(const memory::Bytes& bytes, memory::PhysicalAddress& at, std::uint64_t& room,
                  std::uint64_t count, std::vector<Element>& section) {
  if (count > room / sizeof(Element)) return false;
  section.resize(count);
  if (count > 0) bytes.read(at, std::as_writable_bytes(std::span(section)));
  at = at + count * sizeof(Element);
  room -= count * sizeof(Element);
  return true;
}

bool belongs_to(const memory::PhysicalMemory& memory, memory::PageRange range,
                memory::OwnerTag owner) {
  if (range.first.value >= memory.pages() || range.count > memory.pages() - range.first.value)
    return false;
  for (memory::Pfn page = range.first; page < range.past_the_end();) {
    const memory::Extent& extent = memory.at(page);
    if (extent.owner != owner) return false;
    page = extent.range().past_the_end();
  }
  return true;
}

// Whether the values are below the limit and none of them comes twice.
bool are_unique_below(std::vector<std::uint64_t> values, std::uint64_t limit) {
  std::sort(values.begin(), values.end());
  return (values.empty() || values.back() < limit) &&
         std::adjacent_find(values.begin(), values.end()) == values.end();
}

template <class Element, class Key>
bool are_unique_below(const std::vector<Element>& section, Key Element::*key, std::uint64_t limit) {
  std::vector<std::uint64_t> values;
  values.reserve(section.size());
  for (const Element& element : section) values.push_back(element.*key);
  return are_unique_below(std::move(values), limit);
}

bool is_page_address(std::uint64_t address) {
  return address != 0 && address % memory::kPageBytes == 0;
}

// As many tables as the domains say there are. The top one of a domain need not be among them: who
// forgot to preserve a page may have forgotten that one.
bool domains_fit(const HandOver& contents) {
  std::uint64_t left = contents.tables.size();
  for (const HandedDomain& domain : contents.domains) {
    if (domain.id == 0 || !is_page_address(domain.top) || domain.pages > left) return false;
    left -= domain.pages;
  }
  return left == 0 && are_unique_below(contents.domains, &HandedDomain::id, 0x1'0000);
}

bool devices_fit(const HandOver& contents) {
  for (const HandedDevice& device : contents.devices) {
    const auto is_of_its_bus = [&](const HandedContext& table) {
      return table.bus == device.bdf >> 8;
    };
    const bool has_context =
        std::any_of(contents.contexts.begin(), contents.contexts.end(), is_of_its_bus);
    if (device.domain >= contents.domains.size() || !has_context) return false;
  }
  return are_unique_below(contents.devices, &HandedDevice::bdf, 0x1'0000);
}

bool interrupts_fit(const HandOver& contents) {
  const bool has_table = contents.remapping_table.value != 0;
  if (!has_table) return contents.vectors.empty() && contents.descriptors.empty();
  if (!is_page_address(contents.remapping_table.value)) return false;
  if (contents.remapping_entries == 0 || contents.remapping_entries > kMostRemappingEntries)
    return false;
  for (const HandedVector& vector : contents.vectors)
    if (vector.vector < irq::kFirstVector || vector.bdf > 0xFFFF || vector.entry > 0xFFFF)
      return false;
  return are_unique_below(contents.vectors, &HandedVector::vector, contents.remapping_entries) &&
         are_unique_below(contents.descriptors, &HandedDescriptor::vm, 1ULL << 32);
}

bool fits_together(const HandOver& contents) {
  return is_page_address(contents.root.value) &&
         are_unique_below(contents.contexts, &HandedContext::bus, kBuses) &&
         domains_fit(contents) && devices_fit(contents) && interrupts_fit(contents);
}

}  // namespace

std::uint64_t pages_of(const HandOver& contents) {
  return memory::pages_for(sizeof(Header) + contents.contexts.size() * sizeof(HandedContext) +
                           contents.domains.size() * sizeof(HandedDomain) +
                           contents.devices.size() * sizeof(HandedDevice) +
                           contents.tables.size() * sizeof(std::uint64_t) +
                           contents.vectors.size() * sizeof(HandedVector) +
                           contents.descriptors.size() * sizeof(HandedDescriptor));
}

void store(memory::Bytes& bytes, memory::PhysicalAddress address, const HandOver& contents) {
  bytes.write_value(address, Header{.magic = kMagic,
                                    .version = kHandOverVersion,
                                    .record_pages = contents.record_pages,
                                    .root = contents.root.value,
                                    .remapping_table = contents.remapping_table.value,
                                    .remapping_entries = contents.remapping_entries,
                                    .contexts = contents.contexts.size(),
                                    .domains = contents.domains.size(),
                                    .devices = contents.devices.size(),
                                    .tables = contents.tables.size(),
                                    .vectors = contents.vectors.size(),
                                    .descriptors = contents.descriptors.size()});
  memory::PhysicalAddress at = address + sizeof(Header);
  store_section(bytes, at, contents.contexts);
  store_section(bytes, at, contents.domains);
  store_section(bytes, at, contents.devices);
  store_section(bytes, at, contents.tables);
  store_section(bytes, at, contents.vectors);
  store_section(bytes, at, contents.descriptors);
}

Reading load(const memory::PhysicalMemory& memory, memory::PhysicalAddress address,
             memory::OwnerTag owner, HandOver& contents) {
  if (address.value % memory::kPageBytes != 0) return Reading::damaged;
  const memory::Pfn first = memory::page_of(address);
  if (!belongs_to(memory, {first, 1}, owner)) return Reading::not_there;
  const memory::Bytes& bytes = memory.bytes();
  const auto header = bytes.read_value<Header>(address);
  if (header.magic != kMagic) return Reading::damaged;
  if (header.version != kHandOverVersion) return Reading::version_unknown;
  if (header.record_pages == 0 || header.record_pages > memory.pages()) return Reading::damaged;
  if (!belongs_to(memory, {first, header.record_pages}, owner)) return Reading::not_there;

  contents = {.root = {header.root},
              .remapping_table = {header.remapping_table},
              .remapping_entries = header.remapping_entries,
              .record_pages = header.record_pages};
  std::uint64_t room = header.record_pages * memory::kPageBytes - sizeof(Header);
  memory::PhysicalAddress at = address + sizeof(Header);
  const bool has_room = load_section(bytes, at, room, header.contexts, contents.contexts) &&
                        load_section(bytes, at, room, header.domains, contents.domains) &&
                        load_section(bytes, at, room, header.devices, contents.devices) &&
                        load_section(bytes, at, room, header.tables, contents.tables) &&
                        load_section(bytes, at, room, header.vectors, contents.vectors) &&
                        load_section(bytes, at, room, header.descriptors, contents.descriptors);
  return has_room && fits_together(contents) ? Reading::complete : Reading::damaged;
}

std::optional<HandOver> incoming_hand_over(const Context& context) {
  const memory::PageRange record = context.drivers.iommu.incoming_record;
  HandOver contents;
  if (record.count == 0) return std::nullopt;
  const Reading reading =
      load(context.memory, memory::address_of(record.first), kRecordOwner.tag(), contents);
  if (reading != Reading::complete) return std::nullopt;
  return contents;
}

bool is_unclaimed(const memory::PhysicalMemory& memory, memory::PageRange range) {
  return belongs_to(memory, range, kho::kIncomingOwner.tag());
}

}  // namespace luosim::driver::iommu
