// SPDX-License-Identifier: Apache-2.0
//
// Open files with their descriptors, and the objects behind each type. Objects are known by their
// numbers, for a file can be gone while its object is not.
#include <algorithm>
#include <iterator>
#include <vector>

#include "app/view/view_parts.hpp"
#include "model/driver/iommu/domain.hpp"
#include "model/fd/file_type.hpp"

namespace luosim::app::view {

namespace {

constexpr const char* kTypes[] = {"test", "memfd", "iommufd", "vfio", "kvm", "eventfd"};
static_assert(std::size(kTypes) == static_cast<std::size_t>(fd::FileType::eventfd) + 1);
constexpr const char* kBackings[] = {"shmem", "hugetlb", "guest_memfd"};
constexpr std::uint32_t kNoTask = 0xFFFF'FFFF;
constexpr std::uint8_t kReentersNowhere = 0xFF;

Json open_files(const Viewed& viewed) {
  const kernel::Files& files = viewed.world.kernel.core.files;
  Json list = Json::array();
  for (std::uint32_t index = 0; index < files.size(); ++index) {
    const kernel::File& file = files[{index}];
    list.push_back({{"name", file_name(viewed, {index})},
                    {"number", index},
                    {"type", kTypes[file.type]},
                    {"object", file.type == static_cast<std::uint32_t>(fd::FileType::test)
                                   ? Json(text(viewed, {file.object}))
                                   : Json(file.object)},
                    {"references", file.references},
                    {"open", file.references > 0}});
  }
  return list;
}

// By file: the descriptors of all processes that have it.
Json descriptors(const Viewed& viewed) {
  Json list = Json::array();
  for (const kernel::Descriptor& each : viewed.world.kernel.core.files.descriptors())
    list.push_back({{"process", process_name(viewed, each.process)},
                    {"number", each.number},
                    {"file", file_name(viewed, each.file)}});
  return list;
}

// What processes think that their descriptors are.
Json holdings(const Viewed& viewed) {
  Json list = Json::array();
  for (const userspace::Holding& each : viewed.world.user.holdings)
    list.push_back({{"file", text(viewed, each.file)},
                    {"process", process_name(viewed, each.process)},
                    {"descriptor", each.descriptor}});
  return list;
}

Json memfds(const Viewed& viewed) {
  const fd::State& fd = viewed.world.kernel.fd;
  Json list = Json::array();
  for (std::uint32_t index = 0; index < fd.memfds.size(); ++index) {
    const fd::Memfd& memfd = fd.memfds[index];
    Json pieces = Json::array();
    for (const fd::MemfdPiece& piece : fd.pieces)
      if (piece.memfd == index)
        pieces.push_back({{"index", piece.index},
                          {"first", hex(address_of(piece.first).value)},
                          {"pages", piece.pages}});
    list.push_back({{"number", index},
                    {"file", file_with(viewed, fd::FileType::memfd, index)},
                    {"backing", kBackings[static_cast<std::size_t>(memfd.kind)]},
                    {"pages", memfd.pages},
                    {"order", memfd.order},
                    {"frozen", memfd.is_frozen != 0},
                    {"seals", hex(memfd.seals)},
                    {"pins", memfd.pins},
                    {"kvm", file_name(viewed, memfd.kvm)},
                    {"released", memfd.is_released != 0},
                    {"pieces", pieces}});
  }
  return list;
}

Json iommufds(const Viewed& viewed) {
  const fd::State& fd = viewed.world.kernel.fd;
  Json list = Json::array();
  for (std::uint32_t index = 0; index < fd.iommufds.size(); ++index) {
    const fd::Iommufd& iommufd = fd.iommufds[index];
    Json mappings = Json::array();
    for (const fd::IommufdMapping& mapping : fd.iommufd_mappings)
      if (mapping.iommufd == index)
        mappings.push_back({{"iova", hex(mapping.iova.value)},
                            {"pages", mapping.pages},
                            {"file", file_name(viewed, mapping.file)},
                            {"first", hex(address_of(mapping.first).value)},
                            {"seals", hex(mapping.seals)}});
    list.push_back({{"number", index},
                    {"file", file_with(viewed, fd::FileType::iommufd, index)},
                    {"live", iommufd.is_live != 0},
                    {"domain", number_or_none(iommufd.domain, driver::iommu::kNoDomain)},
                    {"handed_over", number_or_none(iommufd.handed_over, driver::iommu::kNoDomain)},
                    {"immutable", iommufd.is_immutable != 0},
                    {"mappings", mappings}});
  }
  return list;
}

Json vfio_devices(const Viewed& viewed) {
  const fd::State& fd = viewed.world.kernel.fd;
  Json list = Json::array();
  for (std::uint32_t index = 0; index < fd.vfio_devices.size(); ++index) {
    const fd::VfioDevice& device = fd.vfio_devices[index];
    Json bars = Json::array();
    for (const std::uint64_t bar : device.saved_bars) bars.push_back(hex(bar));
    list.push_back({{"number", index},
                    {"file", file_with(viewed, fd::FileType::vfio, index)},
                    {"device", function_name(viewed, device.function)},
                    {"bdf", word(ValueForm::bus_address, device.bdf.value)},
                    {"live", device.is_live != 0},
                    {"iommufd", file_name(viewed, device.iommufd)},
                    {"kvm", file_name(viewed, device.kvm)},
                    {"interrupts", device.interrupts},
                    {"first_vector", device.first_vector},
                    {"posted", device.is_posted != 0},
                    {"frozen", device.is_frozen != 0},
                    {"incoming", device.is_incoming != 0},
                    {"resetting", device.is_resetting != 0},
                    {"saved_command", hex(device.saved_command)},
                    {"saved_bars", bars}});
  }
  return list;
}

Json kvms(const Viewed& viewed) {
  const fd::State& fd = viewed.world.kernel.fd;
  Json list = Json::array();
  for (std::uint32_t index = 0; index < fd.kvms.size(); ++index) {
    const fd::Kvm& kvm = fd.kvms[index];
    list.push_back({{"number", index},
                    {"file", file_with(viewed, fd::FileType::kvm, index)},
                    {"vm", vm_name(viewed, kvm.vm)},
                    {"live", kvm.is_live != 0},
                    {"running", kvm.is_running != 0},
                    {"pending", hex(kvm.pending)},
                    {"injected", kvm.injected},
                    {"waiting_task", number_or_none(kvm.waiting_task, kNoTask)},
                    {"waiting_group", kvm.waiting_group},
                    {"waiting_program", program_name(viewed, {kvm.waiting_program})}});
  }
  return list;
}

Json eventfds(const Viewed& viewed) {
  const fd::State& fd = viewed.world.kernel.fd;
  Json list = Json::array();
  for (std::uint32_t index = 0; index < fd.eventfds.size(); ++index) {
    list.push_back({{"number", index},
                    {"file", file_with(viewed, fd::FileType::eventfd, index)},
                    {"count", fd.eventfds[index].count},
                    {"frozen", fd.eventfds[index].is_frozen != 0}});
  }
  return list;
}

Json hugetlb_pools(const Viewed& viewed) {
  Json list = Json::array();
  for (const fd::HugetlbPool& pool : viewed.world.kernel.fd.hugetlb_pools) {
    Json free = Json::array();
    for (const memory::PageRange& pages : pool.free) free.push_back(range(pages));
    list.push_back({{"order", pool.order}, {"total", pool.total}, {"free", free}});
  }
  return list;
}

Json test_participants(const Viewed& viewed) {
  Json list = Json::array();
  for (const fd::TestParticipant& each : viewed.world.kernel.fd.test_participants)
    list.push_back(
        {{"name", text(viewed, each.name)},
         {"accepts", each.accepts == sim::Symbol{} ? "none" : text(viewed, each.accepts)},
         {"handler", each.is_handler != 0},
         {"number", each.number},
         {"prepares", each.prepares},
         {"dummy", each.dummy},
         {"preserves_page", each.preserves_page != 0},
         {"preserves_in_freeze", each.preserves_in_freeze != 0},
         {"reenters", each.reenters == kReentersNowhere
                          ? std::string("none")
                          : word(ValueForm::callback, each.reenters)}});
  return list;
}

Json test_clients(const Viewed& viewed) {
  Json list = Json::array();
  for (const fd::TestKhoClient& each : viewed.world.kernel.fd.test_clients)
    list.push_back({{"name", text(viewed, each.name)}, {"subtrees", each.subtrees}});
  return list;
}

Json self_test(const Viewed& viewed) {
  const auto& slots = viewed.world.kernel.fd.self_test;
  Json list = Json::array();
  for (std::size_t index = 0; index < slots.size(); ++index) {
    const fd::SelfTestSlot& slot = slots[index];
    if (slot.is_used == 0) continue;
    list.push_back({{"slot", index},
                    {"name", text(viewed, slot.name)},
                    {"object", slot.has_object != 0 ? Json(slot.object) : Json("none")},
                    {"page", address(slot.page)},
                    {"preserved", slot.is_preserved != 0}});
  }
  return list;
}

}  // namespace

Json files_view(const Viewed& viewed) {
  return {{"open", open_files(viewed)},
          {"descriptors", descriptors(viewed)},
          {"known_to_processes", holdings(viewed)},
          {"memfds", memfds(viewed)},
          {"iommufds", iommufds(viewed)},
          {"vfio_devices", vfio_devices(viewed)},
          {"kvms", kvms(viewed)},
          {"eventfds", eventfds(viewed)},
          {"hugetlb_pools", hugetlb_pools(viewed)},
          {"test_participants", test_participants(viewed)},
          {"test_clients", test_clients(viewed)},
          {"self_test", self_test(viewed)}};
}

}  // namespace luosim::app::view
