// SPDX-License-Identifier: Apache-2.0
#include "app/report/report_meanings.hpp"

#include <algorithm>
#include <iterator>

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

// clang-format off
constexpr RecordMeaning kMeanings[] = {
    {EngineRecord::step, "A task is about to take this row of a program. Between two rows others may act."},
    {EngineRecord::task_ended, "A task has nothing left to do."},
    {EngineRecord::blocked, "A lock is held by somebody else; the task waits until it is free."},
    {EngineRecord::deadlock, "The lock that it waits for can never become free: whoever holds it waits too."},
    {EngineRecord::fault_fired, "The scenario lets this call fail here, to see what comes of it."},

    {KernelRecord::boot_begins, "A kernel starts. All that it knows of the one before it must find in memory that was preserved."},
    {KernelRecord::boot_done, "The kernel is up and starts user space anew. No process of the kernel before is left."},
    {KernelRecord::died, "The kernel cannot go on, and all guests on this machine go with it."},
    {KernelRecord::kexec, "The processor jumps into the next kernel. Memory and devices stay as they are; kernel and user space are replaced."},
    {KernelRecord::memory_freed_twice, "Memory was given back that was free already: from here on two owners may believe it is theirs."},
    {KernelRecord::power_cycle, "The machine is switched off and on: nothing that was in memory is left."},
    {KernelRecord::devices_shut_down, "The kernel has stopped its devices, except for those that are preserved and go on working."},

    {KhoRecord::scratch_reserved, "Scratch is set aside: the next kernel boots in it, so that it cannot overwrite what is preserved."},
    {KhoRecord::client_called, "KHO asks one of its clients to hand over, or to take back, what it wants to keep."},
    {KhoRecord::map_serialized, "The list of preserved pages is written into memory, for the next kernel to read."},
    {KhoRecord::finalized, "The handover is closed: what is not in the list now will be given to somebody else by the next kernel."},
    {KhoRecord::aborted, "The handover is open again: nothing would be handed over by a kexec now."},
    {KhoRecord::revived, "The next kernel has found what the kernel before left for it."},
    {KhoRecord::root_invalid, "What the kernel before left cannot be read, so nothing of it survives."},
    {KhoRecord::freed_page_was_preserved, "A page is free and still on the list of preserved ones: it will be handed over with whatever is in it then."},
    {KhoRecord::memory_reserved, "The next kernel keeps its hands off these pages: their contents survive."},

    {LuoRecord::callback, "LUO asks a participant, a file type or a subsystem, to do its part of this phase."},
    {LuoRecord::phase_stored, "The update enters another phase. What processes may ask of LUO depends on it."},
    {LuoRecord::sysfs_notified, "Processes that watch the state are told that it has changed."},
    {LuoRecord::wait_killed, "A process was killed while it waited for LUO."},
    {LuoRecord::tree_built, "LUO writes down its files and subsystems, where KHO will hand them over."},
    {LuoRecord::incoming_found, "This kernel was started by a live update: files of the kernel before wait for their owners."},
    {LuoRecord::incoming_built, "LUO has read which files were handed over."},
    {LuoRecord::file_preserved, "A process gives a file into LUO's care and gets a token, by which it will find it again."},
    {LuoRecord::file_unpreserved, "A process takes its file back: it will not be handed over."},
    {LuoRecord::file_restored, "A process gives its token and gets its file back, with the contents from before the jump."},
    {LuoRecord::garbage_installed, "A process was given a descriptor behind which there is no file."},
    {LuoRecord::subsystem_registered, "A part of the kernel takes part in updates from now on."},
    {LuoRecord::subsystem_unregistered, "A part of the kernel takes part in updates no more."},
    {LuoRecord::handler_registered, "Files of this type can be preserved from now on."},
    {LuoRecord::handler_unregistered, "Files of this type cannot be preserved any more."},
    {LuoRecord::phase_read, "Somebody reads in which phase the update is."},
    {LuoRecord::flags_ignored, "A process asks for something with flags that nobody looks at."},

    {ParticipantRecord::note, "A participant says what became of its memory."},
    {ParticipantRecord::page_allocated, "A participant asks for a page to be kept across the jump."},
    {ParticipantRecord::reentered, "A participant calls LUO while LUO is calling it."},
    {ParticipantRecord::memfd_saved, "The pages of a file in memory, usually a guest's memory, are put on the list of preserved ones."},
    {ParticipantRecord::memfd_restored, "The pages of a file in memory are put together again, in place; nothing is copied."},
    {ParticipantRecord::memfd_dropped, "Nobody asked for this file, so its pages are given back."},
    {ParticipantRecord::interrupt_delivered, "An interrupt reaches the guest."},
    {ParticipantRecord::interrupt_pending, "An interrupt waits until the guest runs again."},
    {ParticipantRecord::interrupt_lost, "An interrupt has nowhere to go: whoever waits for it waits for ever."},
    {ParticipantRecord::memfd_resized, "A file in memory changes its size."},
    {ParticipantRecord::hole_refused, "A part of the file was never written, and it is too late to give it memory."},
    {ParticipantRecord::hugetlb_pool, "The kernel sets large pages aside, those that were handed over among them."},
    {ParticipantRecord::hugetlb_leaked, "Large pages could not be taken over."},

    {UserRecord::call_begins, "A process calls the kernel."},
    {UserRecord::call_returns, "The call comes back with its answer."},
    {UserRecord::unexpected_answer, "The answer is not the one that the scenario expects."},
    {UserRecord::entry_skipped, "The scenario's condition for this entry does not hold."},
    {UserRecord::actor_started, "A process starts. After a jump it knows only what is on disk."},
    {UserRecord::actor_ended, "A process has done all that its script says."},
    {UserRecord::actor_died, "A process dies; the kernel closes its files."},
    {UserRecord::vm_started, "A guest runs."},
    {UserRecord::vm_paused, "The guest's processors stop: from here on it stands still. Its devices may go on."},
    {UserRecord::vm_resumed, "The guest's processors run again, with the memory that they had."},
    {UserRecord::vm_stopped_hard, "The machine went down under a running guest: nobody saved it."},
    {UserRecord::vmm_died, "The process that runs a guest dies, and the guest with it."},
    {UserRecord::contents_intact, "What the file contains is what it contained before."},
    {UserRecord::contents_lost, "What the file contains is not what it contained before: somebody has overwritten its pages."},
    {UserRecord::io_completed, "A command of the guest is done, and the guest knows."},
    {UserRecord::io_mismatch, "The guest reads something else than it wrote: data is lost."},
    {UserRecord::io_phantom, "The device says that a command is done that nobody gave."},
    {UserRecord::io_failed, "The device could not carry out a command."},
    {UserRecord::io_late, "Commands are done, but no interrupt told the guest."},
    {UserRecord::io_lost, "The guest gives up on a command: it never came back."},
    {UserRecord::driver_ready, "The guest's driver can work with its device."},
    {UserRecord::driver_failed, "The guest's driver cannot work with its device."},
    {UserRecord::guest_crashed, "The guest finds something else in its memory than it left there, and cannot go on."},
    {UserRecord::vm_boots, "The guest starts from nothing: what it had in memory is gone."},
    {UserRecord::io_found, "A guest that started anew looks at what is on its disk."},

    {DeviceRecord::dma, "A device reads or writes memory by itself, no processor takes part: it does not know whose page it is."},
    {DeviceRecord::translation_fault, "The IOMMU stops an access of a device, because its tables do not allow it."},
    {DeviceRecord::translation_switched, "From now on accesses of devices are translated, or not any more: then they reach any page."},
    {DeviceRecord::root_table_set, "The IOMMU is told where its tables are; they are ordinary pages in memory."},
    {DeviceRecord::command_written, "The kernel allows a device to access memory, or forbids it."},
    {DeviceRecord::reset_begins, "The device is told to forget everything."},
    {DeviceRecord::reset_done, "The device begins as after power on."},
    {DeviceRecord::bus_numbers_written, "A bridge is told which buses are behind it."},
    {DeviceRecord::acs_written, "A bridge is told whether devices behind it may reach one another."},
    {DeviceRecord::virtual_functions_enabled, "A card shows virtual functions, which guests can have."},
    {DeviceRecord::presence_changed, "A card is put in or taken out."},
    {DeviceRecord::bar_written, "A device is told at which address its registers are."},
    {DeviceRecord::msix_written, "Interrupts of a device are switched on, off or held back."},
    {DeviceRecord::power_state_written, "A device is put to sleep or woken up."},
    {DeviceRecord::ari_forwarding_written, "A bridge is told whether more than eight functions are behind it."},
    {DeviceRecord::window_written, "A bridge is told which addresses are behind it."},
    {DeviceRecord::interrupt_raised, "A device says that something is done."},
    {DeviceRecord::remapping_fault, "The IOMMU stops an interrupt, because its table does not allow it."},
    {DeviceRecord::controller_state, "The disk's controller is switched on or off."},
    {DeviceRecord::command_fetched, "The disk takes a command out of a queue in guest memory."},
    {DeviceRecord::completion_posted, "The disk writes into guest memory that a command is done."},
    {DeviceRecord::block_written, "The disk has the new contents of a block."},
    {DeviceRecord::cache_flushed, "The disk has made a block safe against power failure."},
    {DeviceRecord::commands_dropped, "The disk has forgotten commands that it was given: they will never complete."},
    {DeviceRecord::doorbell_ignored, "The guest tells the disk of new commands, and the disk does not listen."},
    {DeviceRecord::frame_received, "The network card writes what it received into memory."},
    {DeviceRecord::frame_dropped, "The network card has no memory to write what it received to."},

    {DriverRecord::pci_record_unknown, "The list of preserved devices is written in a way that this kernel does not know."},
    {DriverRecord::pci_record_unusable, "The list of preserved devices cannot be read."},
    {DriverRecord::pci_device_found, "The kernel finds a device, and learns whether it was preserved."},
    {DriverRecord::pci_incoming_lost, "A device that was preserved is not there any more."},
    {DriverRecord::pci_incoming_differs, "Not as many devices were found as were preserved."},
    {DriverRecord::pci_bridge_skipped, "A bridge is set up in a way that the kernel does not accept: it does not see what is behind."},
    {DriverRecord::pci_counted, "The kernel counts who wants to keep a device."},
    {DriverRecord::pci_count_corrupt, "The kernel has counted wrong who wants to keep a device."},
    {DriverRecord::pci_refused_frozen, "It is too late to change which devices are preserved."},
    {DriverRecord::pci_unclaimed, "A device was preserved, and nobody asked for it in the next kernel."},
    {DriverRecord::pci_no_address, "There is no room left for a device's registers."},
    {DriverRecord::driver_bound, "Another driver gets a device."},
    {DriverRecord::probe_failed, "A driver cannot work with a device."},
    {DriverRecord::device_shut_down, "A driver is told to stop its device before the jump."},
    {DriverRecord::nvme_timed_out, "The disk did not become ready in time."},

    {IommuRecord::domain_created, "A new set of translations for devices, empty so far."},
    {IommuRecord::domain_freed, "A set of translations is given back, with the pages of its tables."},
    {IommuRecord::mapped, "A device may reach these pages from now on."},
    {IommuRecord::unmapped, "A device may reach these pages no more."},
    {IommuRecord::attached, "A device gets another set of translations."},
    {IommuRecord::domain_preserved, "The tables of these translations will survive the jump, so that the device can go on."},
    {IommuRecord::domain_unpreserved, "The tables of these translations will not survive the jump."},
    {IommuRecord::record_written, "What the IOMMU does is written down for the next kernel."},
    {IommuRecord::taken_over, "The next kernel takes the IOMMU over while it works."},
    {IommuRecord::domain_restored, "The next kernel knows these translations again."},
    {IommuRecord::context_cleared, "A device has no translations any more: whatever it does is stopped."},
    {IommuRecord::quiesced, "Nobody asked for this device, so its translations are taken away."},

    {IrqRecord::stray, "An interrupt came that this kernel knows nothing of."},
    {IrqRecord::requested, "A driver asks for an interrupt of its device."},
    {IrqRecord::table_set, "The IOMMU is told which interrupts to let through."},
};
// clang-format on

constexpr Term kGlossary[] = {
    {"live update", "The kernel of a host is replaced while its guests stay in memory."},
    {"kexec", "A running kernel starts another one, without firmware and without clearing memory."},
    {"KHO", "Kexec HandOver: the list of pages that the next kernel must leave alone."},
    {"scratch", "Memory where nothing is preserved, so that the next kernel can boot in it."},
    {"LUO",
     "Live Update Orchestrator: takes files from processes, leads everybody through the phases, "
     "and gives the files back in the next kernel."},
    {"phase",
     "normal, prepared, frozen, then after the jump updated, and normal again. cancel leads "
     "back."},
    {"prepare", "Everybody writes down what has to survive. The guest still runs."},
    {"freeze", "The last moment before the jump: what has changed since prepare is written down."},
    {"finish",
     "The files are back with their owners; what was only for the handover is given back."},
    {"token", "The number by which a process finds its file again after the jump."},
    {"VMM", "The process that runs a guest, such as QEMU."},
    {"blackout", "The time in which the processors of a guest stand still."},
    {"DMA", "A device reads or writes memory by itself. It goes on during the jump."},
    {"IOMMU",
     "Decides which pages a device can reach. Its tables are pages that must be preserved too."},
    {"guarantee", "Something that must never be broken, whatever happens."},
};

}  // namespace

std::span<const RecordMeaning> record_meanings() {
  return kMeanings;
}

std::string_view meaning_of(sim::RecordKind kind) {
  const auto row = std::lower_bound(
      std::begin(kMeanings), std::end(kMeanings), kind,
      [](const RecordMeaning& meaning, sim::RecordKind other) { return meaning.kind < other; });
  return row != std::end(kMeanings) && row->kind == kind ? row->sentence : std::string_view();
}

std::span<const Term> glossary() {
  return kGlossary;
}

}  // namespace luosim::app
