// SPDX-License-Identifier: Apache-2.0
#include "model/driver/pci/handover.hpp"

#include <algorithm>
#include <cstring>

#include "model/kho/state.hpp"
#include "sim/core/assert.hpp"

namespace luosim::driver::pci {

namespace {

struct Header {
  std::uint64_t version = 0;
  std::uint64_t room = 0;
  std::uint64_t devices = 0;
};
// As many as there are addresses in a domain.
constexpr std::uint64_t kMostDevices = 1ULL << 16;

// Whether all of a range was handed over and nobody has taken it.
bool is_handed_over(const memory::PhysicalMemory& memory, memory::PageRange range) {
  if (range.first.value >= memory.pages() || range.count > memory.pages() - range.first.value)
    return false;
  for (memory::Pfn page = range.first; page < range.past_the_end();) {
    const memory::Extent& extent = memory.at(page);
    if (extent.owner != kho::kIncomingOwner.tag()) return false;
    page = extent.range().past_the_end();
  }
  return true;
}

bool is_before(const HandedOver& left, const HandedOver& right) {
  return left.domain != right.domain ? left.domain < right.domain : left.bdf < right.bdf;
}

bool is_same_place(const HandedOver& left, const HandedOver& right) {
  return left.domain == right.domain && left.bdf == right.bdf;
}

std::vector<HandedOver> load_slots(const memory::Bytes& bytes, memory::PhysicalAddress address,
                                   std::uint64_t room) {
  std::vector<HandedOver> devices(room);
  bytes.read(address + sizeof(Header), std::as_writable_bytes(std::span(devices)));
  std::erase_if(devices, [](const HandedOver& device) { return device.count == 0; });
  std::sort(devices.begin(), devices.end(), is_before);
  return devices;
}

}  // namespace

std::uint64_t pages_of_record(std::uint64_t devices) {
  return memory::pages_for(sizeof(Header) + devices * sizeof(HandedOver));
}

std::uint64_t room_of_record(std::uint64_t pages) {
  return std::min(kMostDevices, (pages * memory::kPageBytes - sizeof(Header)) / sizeof(HandedOver));
}

void store_record(memory::PhysicalMemory& memory, memory::PageRange pages, std::uint64_t version,
                  std::span<const HandedOver> devices) {
  const Header header{
      .version = version, .room = room_of_record(pages.count), .devices = devices.size()};
  sim::require(devices.size() <= header.room, "a record has room for the devices");
  std::vector<std::byte> contents(pages.count * memory::kPageBytes);
  std::memcpy(contents.data(), &header, sizeof(header));
  if (!devices.empty())
    std::memcpy(contents.data() + sizeof(header), devices.data(), devices.size_bytes());
  memory.bytes().write_pages(pages.first, contents);
}

ReadRecord load_record(const memory::PhysicalMemory& memory, memory::PhysicalAddress address,
                       std::uint64_t version) {
  ReadRecord record{.pages = {memory::page_of(address), 1}};
  if (address.value % memory::kPageBytes != 0 || !is_handed_over(memory, record.pages)) {
    record.reading = Reading::not_handed_over;
    return record;
  }
  const auto header = memory.bytes().read_value<Header>(address);
  record.version = header.version;
  if (header.version != version) {
    record.reading = Reading::unknown_version;
    return record;
  }
  record.reading = Reading::damaged;
  if (header.room > kMostDevices || header.devices > header.room) return record;
  record.pages.count = pages_of_record(header.room);
  if (!is_handed_over(memory, record.pages)) return record;
  record.devices = load_slots(memory.bytes(), address, header.room);
  const bool is_unique = std::adjacent_find(record.devices.begin(), record.devices.end(),
                                            is_same_place) == record.devices.end();
  if (!is_unique || record.devices.size() != header.devices) {
    record.devices.clear();
    return record;
  }
  record.reading = Reading::good;
  return record;
}

}  // namespace luosim::driver::pci
