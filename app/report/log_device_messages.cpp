// SPDX-License-Identifier: Apache-2.0
#include "app/report/log_device_messages.hpp"

#include <string>

#include "model/device/irq/message.hpp"
#include "model/device/pcie/fabric.hpp"
#include "model/device/record.hpp"
#include "model/driver/iommu/record.hpp"
#include "model/driver/irq/record.hpp"
#include "model/driver/record.hpp"

namespace luosim::app {

namespace {

namespace DeviceRecord = device::DeviceRecord;
namespace DriverRecord = driver::DriverRecord;
namespace IommuRecord = driver::iommu::IommuRecord;
namespace IrqRecord = driver::irq::IrqRecord;

// Whether it may send requests is what matters; the other bits are in the register.
std::string command_written(const LogMoment& moment) {
  const auto was = (moment.record.values[1] & device::pcie::kBusMaster) != 0;
  const auto is = (moment.record.values[2] & device::pcie::kBusMaster) != 0;
  const std::string text = fill_in("command register {before} -> {after}", moment);
  return was == is ? text : text + (is ? ", bus mastering on" : ", bus mastering off");
}

std::string presence_changed(const LogMoment& moment) {
  return moment.record.values[1] != 0 ? "card present" : "card not present";
}

std::string pci_device_found(const LogMoment& moment) {
  std::string text = fill_in("{bdf} {subject}: found", moment);
  if (moment.record.values[3] != 0) text += ", virtual function";
  return moment.record.values[2] == 0 ? text
                                      : text + fill_in(", preserved {handed_over} times", moment);
}

std::string pci_unclaimed(const LogMoment& moment) {
  return fill_in("{subject}: preserved, and nobody took it over: ", moment) +
         (moment.record.values[2] != 0 ? "quiesced" : "left as it is");
}

// What arrives is told where it arrives.
LogDetail detail_of_interrupt(const sim::Record& record) {
  using device::irq::InterruptFate;
  const bool arrives = record.values[2] <= static_cast<std::uint64_t>(InterruptFate::pending);
  return arrives ? LogDetail::verbose : LogDetail::event;
}

// clang-format off
constexpr LogMessage kMessages[] = {
    {DeviceRecord::dma, "{subject}",
     "DMA {direction} ({purpose}) at IOVA {iova}, physical {address} {owner}: {result}", nullptr,
     LogDetail::verbose},
    {DeviceRecord::translation_fault, "iommu",
     "DMAR: {subject} {requester}: fault addr {iova}: {reason}"},
    {DeviceRecord::translation_switched, "iommu", "DMAR: translation on: {on}"},
    {DeviceRecord::root_table_set, "iommu", "DMAR: root table at {table}"},
    {DeviceRecord::command_written, "{subject}", "", command_written},
    {DeviceRecord::reset_begins, "{subject}", "{what} begins"},
    {DeviceRecord::reset_done, "{subject}", "reset done"},
    {DeviceRecord::bus_numbers_written, "{subject}", "bridge to {numbers}"},
    {DeviceRecord::acs_written, "{subject}", "ACS {before} -> {after}", nullptr,
     LogDetail::verbose},
    {DeviceRecord::virtual_functions_enabled, "{subject}", "{count} virtual functions enabled"},
    {DeviceRecord::presence_changed, "{subject}", "", presence_changed},
    {DeviceRecord::bar_written, "{subject}", "BAR {bar}: {before} -> {after}", nullptr,
     LogDetail::verbose},
    {DeviceRecord::msix_written, "{subject}", "MSI-X on: {on}, masked: {masked}"},
    {DeviceRecord::power_state_written, "{subject}", "power state D{before} -> D{after}"},
    {DeviceRecord::ari_forwarding_written, "{subject}", "ARI forwarding on: {on}", nullptr,
     LogDetail::verbose},
    {DeviceRecord::window_written, "{subject}", "bridge window [mem {base}-{limit}]", nullptr,
     LogDetail::verbose},
    {DeviceRecord::interrupt_raised, "{subject}", "interrupt, vector {vector}: {fate}", nullptr,
     LogDetail::event, detail_of_interrupt},
    {DeviceRecord::remapping_fault, "iommu",
     "DMAR: INTR-REMAP: {requester}: fault addr {address}: {reason}"},
    {DeviceRecord::controller_state, "{subject}", "controller {before} -> {after}"},
    {DeviceRecord::command_fetched, "{subject}",
     "queue {queue}: command {command} opcode {opcode}, {blocks} blocks from {block}", nullptr,
     LogDetail::verbose},
    {DeviceRecord::completion_posted, "{subject}",
     "queue {queue}: command {command} completed, status {status}, phase {phase}", nullptr,
     LogDetail::verbose},
    {DeviceRecord::block_written, "{subject}", "block {block} written: {version}", nullptr,
     LogDetail::verbose},
    {DeviceRecord::cache_flushed, "{subject}", "block {block} is durable: {version}", nullptr,
     LogDetail::verbose},
    {DeviceRecord::commands_dropped, "{subject}",
     "{commands} commands will never complete: the controller was reset"},
    {DeviceRecord::doorbell_ignored, "{subject}",
     "doorbell of queue {queue} ignored: {position}"},
    {DeviceRecord::frame_received, "{subject}", "frame of {bytes} into descriptor {descriptor}",
     nullptr, LogDetail::verbose},
    {DeviceRecord::frame_dropped, "{subject}", "frame of {bytes} dropped: no descriptor", nullptr,
     LogDetail::verbose},

    {DriverRecord::pci_record_unknown, "pci",
     "the record of preserved devices at {address} is of an unknown version: {version}"},
    {DriverRecord::pci_record_unusable, "pci",
     "the record of preserved devices at {address} cannot be used: {result}"},
    {DriverRecord::pci_device_found, "pci", "", pci_device_found},
    {DriverRecord::pci_incoming_lost, "pci",
     "{bdf}: was preserved {handed_over} times, and nothing is there any more"},
    {DriverRecord::pci_incoming_differs, "pci",
     "{bdf} {subject}: was preserved {handed_over} times, found devices make it {found}"},
    {DriverRecord::pci_bridge_skipped, "pci",
     "{subject}: bridge configuration invalid ({numbers}), skipped"},
    {DriverRecord::pci_counted, "pci",
     "{subject}: preserved {preserved} times, handed over {handed_over} times"},
    {DriverRecord::pci_count_corrupt, "pci", "WARNING: {subject}: count below zero"},
    {DriverRecord::pci_refused_frozen, "pci",
     "{subject}: preserve or unpreserve after the shutdown began"},
    {DriverRecord::pci_unclaimed, "pci", "", pci_unclaimed},
    {DriverRecord::pci_no_address, "pci", "{subject}: can't assign {needed} of memory: no space"},
    {DriverRecord::driver_bound, "pci", "{subject}: driver {before} -> {after}"},
    {DriverRecord::probe_failed, "pci", "{subject}: probe by {driver} failed: {result}"},
    {DriverRecord::device_shut_down, "pci", "{subject}: shutdown, driver {driver}"},
    {DriverRecord::nvme_timed_out, "pci",
     "nvme {subject}: device not ready; aborting, waited for CSTS {bits}"},

    {IommuRecord::domain_created, "iommu", "domain {domain}: created, id {id}, table at {table}"},
    {IommuRecord::domain_freed, "iommu", "domain {domain}: freed, {pages} pages of tables"},
    {IommuRecord::mapped, "iommu",
     "domain {domain}: {pages} pages mapped at IOVA {iova}, from pfn {page}", nullptr,
     LogDetail::verbose},
    {IommuRecord::unmapped, "iommu",
     "domain {domain}: {pages} pages unmapped at IOVA {iova}, {tables_freed} tables freed", nullptr,
     LogDetail::verbose},
    {IommuRecord::attached, "iommu", "{bdf} {subject}: domain {before} -> {after}"},
    {IommuRecord::domain_preserved, "iommu",
     "domain {domain}: preserved, token {token}, {pages} pages of tables"},
    {IommuRecord::domain_unpreserved, "iommu", "domain {domain}: unpreserved, token {token}"},
    {IommuRecord::record_written, "iommu",
     "record at {address}: {contexts} context tables, {domains} domains, {devices} devices"},
    {IommuRecord::taken_over, "iommu",
     "taken over from {address}: {contexts} context tables, {domains} domains, {devices} devices"},
    {IommuRecord::domain_restored, "iommu",
     "domain {domain}: restored, id {id}, token {token}, {pages} pages of tables"},
    {IommuRecord::context_cleared, "iommu", "{bdf} {subject}: context entry cleared"},
    {IommuRecord::quiesced, "iommu",
     "{bdf} {subject}: nobody took it over, it loses domain {domain}"},

    {IrqRecord::stray, "irq", "No irq handler for vector {vector}"},
    {IrqRecord::requested, "irq", "{subject}: MSI-X entry {entry} is vector {vector}"},
    {IrqRecord::table_set, "irq",
     "remapping table of {entries} entries at {table}, {handed_over} handed over"},
};
// clang-format on

}  // namespace

std::span<const LogMessage> log_device_messages() {
  return kMessages;
}

}  // namespace luosim::app
