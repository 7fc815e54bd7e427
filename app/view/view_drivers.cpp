// SPDX-License-Identifier: Apache-2.0
//
// What the kernel knows of devices: PCI core, its own disks, IOMMU domains and vectors, beside the
// unit and the processors that go on without it.
#include "app/view/view_parts.hpp"

namespace luosim::app::view {

namespace {

std::string bdf_text(device::Bdf bdf) {
  return word(ValueForm::bus_address, bdf.value);
}

Json pci_device(const Viewed& viewed, const driver::pci::Device& each) {
  constexpr const char* kNumbers[] = {"none", "kept", "fresh"};
  return {{"name", function_name(viewed, each.function)},
          {"bdf", bdf_text(each.bdf)},
          {"driver", word(ValueForm::driver, static_cast<std::uint64_t>(each.driver))},
          {"frozen", each.is_frozen != 0},
          {"outgoing", each.outgoing},
          {"incoming", each.incoming},
          {"was_preserved", each.was_preserved != 0},
          {"virtual", each.is_virtual != 0},
          {"group", each.group},
          {"users", each.users},
          {"bus_numbers", kNumbers[static_cast<std::size_t>(each.numbers)]},
          {"has_address", each.has_address != 0}};
}

Json domains(const driver::iommu::State& iommu) {
  Json list = Json::array();
  for (std::uint32_t index = 0; index < iommu.domains.size(); ++index) {
    const driver::iommu::Domain& domain = iommu.domains[index];
    Json pages = Json::array();
    for (const driver::iommu::TablePage& table : iommu.tables)
      if (table.domain == index)
        pages.push_back(
            {{"page", hex(address_of(table.page).value)}, {"preserved", table.is_preserved != 0}});
    list.push_back({{"number", index},
                    {"id", domain.id},
                    {"gone", domain.id == 0},
                    {"restored", domain.is_restored != 0},
                    {"preserved", domain.is_preserved != 0},
                    {"attachments", domain.attachments},
                    {"top", address(domain.top)},
                    {"token", domain.token},
                    {"forgotten", domain.is_forgotten != 0},
                    {"id_forgotten", domain.id_is_forgotten != 0},
                    {"tables", pages}});
  }
  return list;
}

Json context_tables(const driver::iommu::State& iommu) {
  Json list = Json::array();
  for (const driver::iommu::ContextTable& each : iommu.contexts)
    list.push_back({{"bus", each.bus},
                    {"page", hex(address_of(each.page).value)},
                    {"preserved", each.is_preserved != 0}});
  return list;
}

Json attachments(const driver::iommu::State& iommu) {
  Json list = Json::array();
  for (const driver::iommu::Attachment& each : iommu.attachments)
    list.push_back({{"bdf", bdf_text(each.bdf)},
                    {"domain", number_or_none(each.domain, driver::iommu::kNoDomain)},
                    {"preserved", each.is_preserved != 0},
                    {"handed_over", each.is_handed_over != 0}});
  return list;
}

Json kernel_view(const driver::iommu::State& iommu) {
  return {{"started", iommu.has_started != 0},
          {"took_over", iommu.took_over != 0},
          {"root", address(iommu.root)},
          {"root_preserved", iommu.root_is_preserved != 0},
          {"record", range(iommu.record)},
          {"incoming_record", range(iommu.incoming_record)},
          {"context_tables", context_tables(iommu)},
          {"domains", domains(iommu)},
          {"attachments", attachments(iommu)}};
}

Json log_view(const device::iommu::FaultLog& log) {
  return {{"set", log.is_set != 0},
          {"overflowed", log.overflowed != 0},
          {"reason", word(ValueForm::fault_reason, static_cast<std::uint64_t>(log.reason))},
          {"write", log.is_write != 0},
          {"requester", bdf_text({log.requester})},
          {"address", hex(log.address)}};
}

Json cached_translations(const device::iommu::Unit& unit) {
  Json list = Json::array();
  for (const device::iommu::CachedTranslation& each : unit.cache)
    if (each.is_valid != 0)
      list.push_back({{"iova", hex(each.iova_page << memory::kPageShift)},
                      {"domain_id", each.domain_id},
                      {"rights", each.rights},
                      {"page", hex(address_of(each.page).value)}});
  return list;
}

Json unit_view(const device::iommu::Unit& unit) {
  Json contexts = Json::array();
  for (const device::iommu::CachedContext& each : unit.contexts)
    contexts.push_back({{"requester", bdf_text({each.requester})},
                        {"low", hex(each.entry.low)},
                        {"high", hex(each.entry.high)}});
  return {{"translates", unit.translates != 0},
          {"root_table", address(unit.root_table)},
          {"remaps_interrupts", unit.remaps_interrupts != 0},
          {"remapping_table", address(unit.remapping_table)},
          {"remapping_entries", unit.remapping_entries},
          {"faults", unit.faults},
          {"log", log_view(unit.log)},
          {"cached_translations", cached_translations(unit)},
          {"cached_contexts", contexts}};
}

Json vectors(const Viewed& viewed) {
  const driver::irq::State& irq = viewed.world.kernel.drivers.irq;
  Json list = Json::array();
  for (std::size_t number = 0; number < irq.vectors.size(); ++number) {
    const driver::irq::Vector& vector = irq.vectors[number];
    if (vector.is_used == 0) continue;
    list.push_back({{"vector", number},
                    {"device", function_name(viewed, vector.function)},
                    {"entry", vector.entry},
                    {"handler", program_name(viewed, vector.handler)},
                    {"argument", vector.argument},
                    {"argument_too", vector.argument_too},
                    {"handed_over", (vector.flags & driver::irq::kHandedOver) != 0},
                    {"raised", (vector.flags & driver::irq::kRaised) != 0},
                    {"posted", (vector.flags & driver::irq::kPosted) != 0}});
  }
  return list;
}

// Events that wait for their vector to be unmasked, of all functions.
Json pending(const Viewed& viewed) {
  const device::pcie::Fabric& fabric = viewed.world.hardware.devices.pcie;
  Json list = Json::array();
  for (const device::pcie::Function& function : fabric.functions)
    for (std::uint32_t vector = 0; vector < function.msix_entries; ++vector)
      if (fabric.pending[function.first_msix_entry + vector] != 0)
        list.push_back({{"device", text(viewed, function.name)}, {"vector", vector}});
  return list;
}

}  // namespace

Json pci_view(const Viewed& viewed) {
  const driver::State& drivers = viewed.world.kernel.drivers;
  Json devices = Json::array();
  for (const driver::pci::Device& each : drivers.pci.devices)
    devices.push_back(pci_device(viewed, each));
  Json handed_over = Json::array();
  for (const driver::pci::HandedOver& each : drivers.pci.handed_over)
    handed_over.push_back(
        {{"bdf", bdf_text(each.bdf)}, {"domain", each.domain}, {"count", each.count}});
  Json disks = Json::array();
  for (const driver::nvme::Disk& disk : drivers.disks)
    disks.push_back({{"name", function_name(viewed, disk.function)},
                     {"ready", disk.is_ready != 0},
                     {"domain", number_or_none(disk.domain, driver::iommu::kNoDomain)},
                     {"queues", range(disk.queues)}});
  return {{"devices", devices},
          {"handed_over", handed_over},
          {"record", range(drivers.pci.record)},
          {"incoming_record", range(drivers.pci.incoming_record)},
          {"host_disks", disks}};
}

Json iommu_view(const Viewed& viewed) {
  return {{"unit", unit_view(viewed.world.hardware.devices.iommu)},
          {"kernel", kernel_view(viewed.world.kernel.drivers.iommu)}};
}

Json interrupts_view(const Viewed& viewed) {
  const device::irq::Processors& processors = viewed.world.hardware.devices.processors;
  const driver::irq::State& irq = viewed.world.kernel.drivers.irq;
  Json pins = Json::array();
  for (const device::irq::AssertedPin& pin : processors.pins)
    pins.push_back({{"device", function_name(viewed, pin.function)}, {"times", pin.times}});
  Json descriptors = Json::array();
  for (const driver::irq::Descriptor& each : irq.descriptors)
    descriptors.push_back({{"vm", vm_name(viewed, each.vm)},
                           {"page", hex(address_of(each.page).value)},
                           {"forgotten", each.is_forgotten != 0}});
  return {{"kernel_listens", processors.listens != 0},
          {"kernel_group", processors.kernel_group},
          {"table", range(irq.table)},
          {"vectors", vectors(viewed)},
          {"pending", pending(viewed)},
          {"pins", pins},
          {"posted_descriptors", descriptors},
          {"stray", irq.stray}};
}

}  // namespace luosim::app::view
