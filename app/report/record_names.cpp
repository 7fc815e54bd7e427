// SPDX-License-Identifier: Apache-2.0
//
// The table. Its numbers are those of the record headers, which stay the only place that has them.
#include "app/report/record_names.hpp"

#include <algorithm>

#include "model/device/record.hpp"
#include "model/driver/iommu/record.hpp"
#include "model/driver/irq/record.hpp"
#include "model/driver/record.hpp"
#include "model/fd/record.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::app {

namespace {

namespace EngineRecord = sim::EngineRecord;
namespace KernelRecord = kernel::KernelRecord;
namespace KhoRecord = kho::KhoRecord;
namespace LuoRecord = luo::v2::LuoRecord;
namespace ParticipantRecord = fd::ParticipantRecord;
namespace UserRecord = userspace::UserRecord;
namespace DeviceRecord = device::DeviceRecord;
namespace DriverRecord = driver::DriverRecord;
namespace IommuRecord = driver::iommu::IommuRecord;
namespace IrqRecord = driver::irq::IrqRecord;
using Form = ValueForm;

// clang-format off
constexpr RecordName kNames[] = {
    {EngineRecord::step, "engine.step",
     {{{"program", 0, Form::program}, {"row", 1, Form::number}, {"step", 1, Form::step}}}},
    {EngineRecord::task_ended, "engine.task_ended", {{{"result", 0, Form::status}}}},
    {EngineRecord::blocked, "engine.blocked",
     {{{"lock", 0, Form::lock}, {"mode", 1, Form::lock_mode}}}},
    {EngineRecord::deadlock, "engine.deadlock",
     {{{"lock", 0, Form::lock}, {"mode", 1, Form::lock_mode}}}},
    {EngineRecord::fault_fired, "engine.fault_fired",
     {{{"site", 0, Form::fault_site}, {"instance", 1, Form::instance},
       {"value", 2, Form::status}}}},

    {KernelRecord::boot_begins, "kernel.boot_begins",
     {{{"generation", 0, Form::number}, {"by_kexec", 1, Form::flag}}}},
    {KernelRecord::boot_done, "kernel.boot_done", {{{"generation", 0, Form::number}}}},
    {KernelRecord::died, "kernel.died", {{{"ending", 0, Form::ending}, {"cause", 1, Form::cause}}}},
    {KernelRecord::kexec, "kernel.kexec"},
    {KernelRecord::memory_freed_twice, "kernel.memory_freed_twice",
     {{{"page", 0, Form::page}, {"pages", 1, Form::number}}}},
    {KernelRecord::power_cycle, "kernel.power_cycle"},
    {KernelRecord::devices_shut_down, "kernel.devices_shut_down"},

    {KhoRecord::scratch_reserved, "kho.scratch_reserved",
     {{{"areas", 0, Form::number}, {"bytes", 1, Form::bytes}}}},
    {KhoRecord::client_called, "kho.client_called",
     {{{"event", 0, Form::client_event}, {"result", 1, Form::status}}}},
    {KhoRecord::map_serialized, "kho.map_serialized",
     {{{"pages", 0, Form::number}, {"bitmaps", 1, Form::number}, {"chunks", 2, Form::number}}}},
    {KhoRecord::finalized, "kho.finalized",
     {{{"pages", 0, Form::number}, {"root", 1, Form::address},
       {"root_bytes", 2, Form::bytes}}}},
    {KhoRecord::aborted, "kho.aborted"},
    {KhoRecord::revived, "kho.revived", {{{"root", 0, Form::address}}}},
    {KhoRecord::root_invalid, "kho.root_invalid"},
    {KhoRecord::freed_page_was_preserved, "kho.freed_page_was_preserved",
     {{{"page", 0, Form::page}, {"pages", 1, Form::number}}}},
    {KhoRecord::memory_reserved, "kho.memory_reserved", {{{"pages", 0, Form::number}}}},

    {LuoRecord::callback, "luo.callback",
     {{{"callback", 0, Form::callback}, {"flags", 0, Form::callback_flags},
       {"word_before", 1, Form::word}, {"result", 2, Form::status},
       {"word_after", 3, Form::word}}}},
    {LuoRecord::phase_stored, "luo.phase_stored",
     {{{"before", 0, Form::phase}, {"after", 1, Form::phase}}}},
    {LuoRecord::sysfs_notified, "luo.sysfs_notified"},
    {LuoRecord::wait_killed, "luo.wait_killed"},
    {LuoRecord::tree_built, "luo.tree_built",
     {{{"tree", 0, Form::address}, {"files", 1, Form::number}, {"subsystems", 2, Form::number},
       {"bytes", 3, Form::bytes}}}},
    {LuoRecord::incoming_found, "luo.incoming_found", {{{"tree", 0, Form::address}}}},
    {LuoRecord::incoming_built, "luo.incoming_built", {{{"files", 0, Form::number}}}},
    {LuoRecord::file_preserved, "luo.file_preserved", {{{"token", 0, Form::number}}}},
    {LuoRecord::file_unpreserved, "luo.file_unpreserved", {{{"token", 0, Form::number}}}},
    {LuoRecord::file_restored, "luo.file_restored",
     {{{"token", 0, Form::number}, {"descriptor", 1, Form::status}, {"file", 2, Form::number}}}},
    {LuoRecord::garbage_installed, "luo.garbage_installed"},
    {LuoRecord::subsystem_registered, "luo.subsystem_registered"},
    {LuoRecord::subsystem_unregistered, "luo.subsystem_unregistered"},
    {LuoRecord::handler_registered, "luo.handler_registered"},
    {LuoRecord::handler_unregistered, "luo.handler_unregistered"},
    {LuoRecord::phase_read, "luo.phase_read", {{{"phase", 0, Form::phase}}}},
    {LuoRecord::flags_ignored, "luo.flags_ignored", {{{"flags", 0, Form::word}}}},

    {ParticipantRecord::note, "participant.note",
     {{{"what", 0, Form::note}, {"value", 1, Form::status}, {"detail", 2, Form::number}}}},
    {ParticipantRecord::page_allocated, "participant.page_allocated",
     {{{"address", 0, Form::address}}}},
    {ParticipantRecord::reentered, "participant.reentered", {{{"result", 0, Form::status}}}},
    {ParticipantRecord::memfd_saved, "participant.memfd_saved",
     {{{"pages", 0, Form::number}, {"folios", 1, Form::number}, {"bytes", 2, Form::bytes}}}},
    {ParticipantRecord::memfd_restored, "participant.memfd_restored",
     {{{"pages", 0, Form::number}, {"folios", 1, Form::number}}}},
    {ParticipantRecord::memfd_dropped, "participant.memfd_dropped", {{{"pages", 0, Form::number}}}},
    {ParticipantRecord::interrupt_delivered, "participant.interrupt_delivered",
     {{{"machine", 0, Form::number}, {"vector", 1, Form::number}, {"by", 2, Form::injected_by},
       {"guest", 3, Form::number}}}},
    {ParticipantRecord::interrupt_pending, "participant.interrupt_pending",
     {{{"machine", 0, Form::number}, {"vector", 1, Form::number}, {"by", 2, Form::injected_by},
       {"guest", 3, Form::number}}}},
    {ParticipantRecord::interrupt_lost, "participant.interrupt_lost",
     {{{"machine", 0, Form::number}, {"vector", 1, Form::number}, {"by", 2, Form::injected_by},
       {"guest", 3, Form::number}}}},
    {ParticipantRecord::memfd_resized, "participant.memfd_resized",
     {{{"before", 0, Form::number}, {"after", 1, Form::number}, {"pins", 2, Form::number},
       {"freed", 3, Form::number}}}},
    {ParticipantRecord::hole_refused, "participant.hole_refused",
     {{{"memfd", 0, Form::number}, {"index", 1, Form::number}, {"pages", 2, Form::number}}}},
    {ParticipantRecord::hugetlb_pool, "participant.hugetlb_pool",
     {{{"order", 0, Form::number}, {"wanted", 1, Form::number}, {"handed_over", 2, Form::number},
       {"pages", 3, Form::number}}}},
    {ParticipantRecord::hugetlb_leaked, "participant.hugetlb_leaked",
     {{{"memfd", 0, Form::number}, {"pages", 1, Form::number}, {"freed", 2, Form::flag}}}},

    {UserRecord::call_begins, "user.call_begins", {{{"verb", 0, Form::verb}}}},
    {UserRecord::call_returns, "user.call_returns",
     {{{"verb", 0, Form::verb}, {"result", 1, Form::status}, {"word", 2, Form::word}}}},
    {UserRecord::unexpected_answer, "user.unexpected_answer",
     {{{"verb", 0, Form::verb}, {"result", 1, Form::status}, {"expected", 2, Form::status},
       {"line", 3, Form::number}}}},
    {UserRecord::entry_skipped, "user.entry_skipped", {{{"line", 0, Form::number}}}},
    {UserRecord::actor_started, "user.actor_started"},
    {UserRecord::actor_ended, "user.actor_ended"},
    {UserRecord::actor_died, "user.actor_died"},
    {UserRecord::vm_started, "user.vm_started"},
    {UserRecord::vm_paused, "user.vm_paused", {{{"writes", 0, Form::number}}}},
    {UserRecord::vm_resumed, "user.vm_resumed"},
    {UserRecord::vm_stopped_hard, "user.vm_stopped_hard"},
    {UserRecord::vmm_died, "user.vmm_died"},
    {UserRecord::contents_intact, "user.contents_intact"},
    {UserRecord::contents_lost, "user.contents_lost"},
    {UserRecord::io_completed, "user.io_completed",
     {{{"block", 0, Form::number}, {"sequence", 1, Form::number}, {"what", 2, Form::io_kind},
       {"latency_ns", 3, Form::duration}}}},
    {UserRecord::io_mismatch, "user.io_mismatch",
     {{{"block", 0, Form::number}, {"expected", 1, Form::number}, {"found", 2, Form::bits}}}},
    {UserRecord::io_phantom, "user.io_phantom",
     {{{"command", 0, Form::number}, {"status", 1, Form::bits}}}},
    {UserRecord::io_failed, "user.io_failed",
     {{{"block", 0, Form::number}, {"status", 1, Form::bits}}}},
    {UserRecord::io_late, "user.io_late", {{{"commands", 0, Form::number}}}},
    {UserRecord::io_lost, "user.io_lost",
     {{{"command", 0, Form::number}, {"block", 1, Form::number}}}},
    {UserRecord::driver_ready, "user.driver_ready"},
    {UserRecord::driver_failed, "user.driver_failed", {{{"result", 0, Form::status}}}},
    {UserRecord::guest_crashed, "user.guest_crashed"},
    {UserRecord::vm_boots, "user.vm_boots",
     {{{"start", 0, Form::number}, {"lost", 1, Form::number}}}},
    {UserRecord::io_found, "user.io_found",
     {{{"block", 0, Form::number}, {"oldest", 1, Form::number}, {"newest", 2, Form::number},
       {"foreign", 3, Form::bits}}}},

    {DeviceRecord::dma, "device.dma",
     {{{"function", 0, Form::number, 0, 32}, {"purpose", 0, Form::dma_purpose, 32, 8},
       {"direction", 0, Form::dma_direction, 40, 8}, {"result", 0, Form::dma_result, 48, 8},
       {"iova", 1, Form::iova}, {"address", 2, Form::address}, {"owner", 3, Form::owner, 32, 32},
       {"owner_number", 3, Form::number, 0, 32}}}},
    {DeviceRecord::translation_fault, "device.translation_fault",
     {{{"function", 0, Form::number}, {"requester", 1, Form::bus_address}, {"reason", 2, Form::fault_reason},
       {"iova", 3, Form::iova}}}},
    {DeviceRecord::translation_switched, "device.translation_switched",
     {{{"unit", 0, Form::number}, {"on", 1, Form::flag}}}},
    {DeviceRecord::root_table_set, "device.root_table_set",
     {{{"unit", 0, Form::number}, {"table", 1, Form::address}}}},
    {DeviceRecord::command_written, "device.command_written",
     {{{"function", 0, Form::number}, {"before", 1, Form::bits}, {"after", 2, Form::bits}}}},
    {DeviceRecord::reset_begins, "device.reset_begins",
     {{{"function", 0, Form::number}, {"what", 1, Form::reset_kind}}}},
    {DeviceRecord::reset_done, "device.reset_done", {{{"function", 0, Form::number}}}},
    {DeviceRecord::bus_numbers_written, "device.bus_numbers_written",
     {{{"function", 0, Form::number}, {"numbers", 1, Form::bus_numbers}}}},
    {DeviceRecord::acs_written, "device.acs_written",
     {{{"function", 0, Form::number}, {"before", 1, Form::bits}, {"after", 2, Form::bits}}}},
    {DeviceRecord::virtual_functions_enabled, "device.virtual_functions_enabled",
     {{{"function", 0, Form::number}, {"count", 1, Form::number}}}},
    {DeviceRecord::presence_changed, "device.presence_changed",
     {{{"function", 0, Form::number}, {"present", 1, Form::flag}}}},
    {DeviceRecord::bar_written, "device.bar_written",
     {{{"function", 0, Form::number}, {"bar", 1, Form::number}, {"before", 2, Form::address},
       {"after", 3, Form::address}}}},
    {DeviceRecord::msix_written, "device.msix_written",
     {{{"function", 0, Form::number}, {"on", 1, Form::flag}, {"masked", 2, Form::flag}}}},
    {DeviceRecord::power_state_written, "device.power_state_written",
     {{{"function", 0, Form::number}, {"before", 1, Form::number}, {"after", 2, Form::number}}}},
    {DeviceRecord::ari_forwarding_written, "device.ari_forwarding_written",
     {{{"function", 0, Form::number}, {"on", 1, Form::flag}}}},
    {DeviceRecord::window_written, "device.window_written",
     {{{"function", 0, Form::number}, {"base", 1, Form::address}, {"limit", 2, Form::address}}}},
    {DeviceRecord::interrupt_raised, "device.interrupt_raised",
     {{{"function", 0, Form::number}, {"vector", 1, Form::number}, {"fate", 2, Form::interrupt_fate},
       {"detail", 3, Form::word}}}},
    {DeviceRecord::remapping_fault, "device.remapping_fault",
     {{{"requester", 0, Form::bus_address}, {"address", 1, Form::iova},
       {"reason", 2, Form::refusal}}}},
    {DeviceRecord::controller_state, "device.controller_state",
     {{{"function", 0, Form::number}, {"before", 1, Form::controller}, {"after", 2, Form::controller}}}},
    {DeviceRecord::command_fetched, "device.command_fetched",
     {{{"function", 0, Form::number}, {"queue", 1, Form::number, 0, 16}, {"command", 1, Form::number, 16, 16},
       {"opcode", 1, Form::bits, 32, 8}, {"block", 2, Form::number},
       {"blocks", 3, Form::number}}}},
    {DeviceRecord::completion_posted, "device.completion_posted",
     {{{"function", 0, Form::number}, {"queue", 1, Form::number, 0, 16}, {"command", 1, Form::number, 16, 16},
       {"status", 2, Form::bits}, {"phase", 3, Form::number}}}},
    {DeviceRecord::block_written, "device.block_written",
     {{{"function", 0, Form::number}, {"block", 1, Form::number}, {"version", 2, Form::word}}}},
    {DeviceRecord::cache_flushed, "device.cache_flushed",
     {{{"function", 0, Form::number}, {"block", 1, Form::number}, {"version", 2, Form::word}}}},
    {DeviceRecord::commands_dropped, "device.commands_dropped",
     {{{"function", 0, Form::number}, {"commands", 1, Form::number}}}},
    {DeviceRecord::doorbell_ignored, "device.doorbell_ignored",
     {{{"function", 0, Form::number}, {"queue", 1, Form::number}, {"position", 2, Form::number}}}},
    {DeviceRecord::frame_received, "device.frame_received",
     {{{"function", 0, Form::number}, {"descriptor", 1, Form::number}, {"bytes", 2, Form::bytes}}}},
    {DeviceRecord::frame_dropped, "device.frame_dropped",
     {{{"function", 0, Form::number}, {"descriptor", 1, Form::number}, {"bytes", 2, Form::bytes}}}},

    {DriverRecord::pci_record_unknown, "driver.pci_record_unknown",
     {{{"version", 0, Form::bits}, {"address", 1, Form::address}}}},
    {DriverRecord::pci_record_unusable, "driver.pci_record_unusable",
     {{{"address", 0, Form::address}, {"result", 1, Form::status}}}},
    {DriverRecord::pci_device_found, "driver.pci_device_found",
     {{{"function", 0, Form::number}, {"bdf", 1, Form::bus_address}, {"handed_over", 2, Form::number},
       {"virtual", 3, Form::flag}}}},
    {DriverRecord::pci_incoming_lost, "driver.pci_incoming_lost",
     {{{"bdf", 0, Form::bus_address, 0, 16}, {"domain", 0, Form::number, 16, 32},
       {"handed_over", 1, Form::number}}}},
    {DriverRecord::pci_incoming_differs, "driver.pci_incoming_differs",
     {{{"function", 0, Form::number}, {"bdf", 1, Form::bus_address}, {"handed_over", 2, Form::number},
       {"found", 3, Form::number}}}},
    {DriverRecord::pci_bridge_skipped, "driver.pci_bridge_skipped",
     {{{"function", 0, Form::number}, {"numbers", 1, Form::bus_numbers}}}},
    {DriverRecord::pci_counted, "driver.pci_counted",
     {{{"function", 0, Form::number}, {"preserved", 1, Form::number}, {"handed_over", 2, Form::number}}}},
    {DriverRecord::pci_count_corrupt, "driver.pci_count_corrupt",
     {{{"function", 0, Form::number}, {"is_handed_over", 1, Form::flag}}}},
    {DriverRecord::pci_refused_frozen, "driver.pci_refused_frozen", {{{"function", 0, Form::number}}}},
    {DriverRecord::pci_unclaimed, "driver.pci_unclaimed",
     {{{"function", 0, Form::number}, {"handed_over", 1, Form::number}, {"quiesced", 2, Form::flag}}}},
    {DriverRecord::pci_no_address, "driver.pci_no_address",
     {{{"function", 0, Form::number}, {"needed", 1, Form::bytes}}}},
    {DriverRecord::driver_bound, "driver.driver_bound",
     {{{"function", 0, Form::number}, {"before", 1, Form::driver}, {"after", 2, Form::driver}}}},
    {DriverRecord::probe_failed, "driver.probe_failed",
     {{{"function", 0, Form::number}, {"driver", 1, Form::driver}, {"result", 2, Form::status}}}},
    {DriverRecord::device_shut_down, "driver.device_shut_down",
     {{{"function", 0, Form::number}, {"driver", 1, Form::driver}}}},
    {DriverRecord::nvme_timed_out, "driver.nvme_timed_out",
     {{{"function", 0, Form::number}, {"bits", 1, Form::bits}}}},

    {IommuRecord::domain_created, "iommu.domain_created",
     {{{"domain", 0, Form::number}, {"id", 1, Form::number}, {"table", 2, Form::address}}}},
    {IommuRecord::domain_freed, "iommu.domain_freed",
     {{{"domain", 0, Form::number}, {"id", 1, Form::number}, {"pages", 2, Form::number}}}},
    {IommuRecord::mapped, "iommu.mapped",
     {{{"domain", 0, Form::number}, {"iova", 1, Form::iova}, {"page", 2, Form::page},
       {"pages", 3, Form::number}}}},
    {IommuRecord::unmapped, "iommu.unmapped",
     {{{"domain", 0, Form::number}, {"iova", 1, Form::iova}, {"pages", 2, Form::number},
       {"tables_freed", 3, Form::number}}}},
    {IommuRecord::attached, "iommu.attached",
     {{{"bdf", 0, Form::bus_address}, {"after", 1, Form::domain},
       {"before", 2, Form::domain}}}},
    {IommuRecord::domain_preserved, "iommu.domain_preserved",
     {{{"domain", 0, Form::number}, {"token", 1, Form::number}, {"pages", 2, Form::number}}}},
    {IommuRecord::domain_unpreserved, "iommu.domain_unpreserved",
     {{{"domain", 0, Form::number}, {"token", 1, Form::number}}}},
    {IommuRecord::record_written, "iommu.record_written",
     {{{"address", 0, Form::address}, {"contexts", 1, Form::number},
       {"domains", 2, Form::number}, {"devices", 3, Form::number}}}},
    {IommuRecord::taken_over, "iommu.taken_over",
     {{{"address", 0, Form::address}, {"contexts", 1, Form::number},
       {"domains", 2, Form::number}, {"devices", 3, Form::number}}}},
    {IommuRecord::domain_restored, "iommu.domain_restored",
     {{{"domain", 0, Form::number}, {"id", 1, Form::number}, {"token", 2, Form::number},
       {"pages", 3, Form::number}}}},
    {IommuRecord::context_cleared, "iommu.context_cleared",
     {{{"bdf", 0, Form::bus_address}, {"was_preserved", 1, Form::flag}}}},
    {IommuRecord::quiesced, "iommu.quiesced",
     {{{"bdf", 0, Form::bus_address}, {"domain", 1, Form::number}}}},

    {IrqRecord::stray, "irq.stray",
     {{{"vector", 0, Form::number}, {"was_handed_over", 1, Form::flag}}}},
    {IrqRecord::requested, "irq.requested",
     {{{"function", 0, Form::number}, {"entry", 1, Form::number}, {"vector", 2, Form::number},
       {"was_handed_over", 3, Form::flag}}}},
    {IrqRecord::table_set, "irq.table_set",
     {{{"table", 0, Form::address}, {"entries", 1, Form::number},
       {"handed_over", 2, Form::number}}}},
};
// clang-format on

}  // namespace

std::span<const RecordField> RecordName::named_fields() const {
  std::size_t count = 0;
  while (count < fields.size() && !fields[count].name.empty()) ++count;
  return {fields.data(), count};
}

std::span<const RecordName> record_names() {
  return kNames;
}

const RecordName* find_record_name(sim::RecordKind kind) {
  const auto row = std::lower_bound(
      std::begin(kNames), std::end(kNames), kind,
      [](const RecordName& name, sim::RecordKind other) { return name.kind < other; });
  return row != std::end(kNames) && row->kind == kind ? row : nullptr;
}

}  // namespace luosim::app
