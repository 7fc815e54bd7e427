// SPDX-License-Identifier: Apache-2.0
//
// The words that an actor's script is made of: one row for each verb, with what it takes. The
// reader of scripts, the schema and the explanations use this table, and the words are those of the
// kernel, so that a search for them works in both trees.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "app/scenario/fields.hpp"
#include "model/world/scenario.hpp"

namespace luosim::app {

/// What the arguments of a verb are.
enum class ArgumentKind : std::uint8_t {
  none,
  names,     ///< names of one table
  reboot,    ///< how, and into which kernel
  duration,  ///< one duration
  bit,       ///< `0` or `1`
  binding,   ///< a device and a driver
};

struct VerbRow {
  std::string_view word;
  world::Verb verb = world::Verb::state;
  ArgumentKind kind = ArgumentKind::none;
  NameTable names = NameTable::none;  ///< of which the arguments are
  std::size_t minimum = 0;            ///< how many arguments
  std::size_t maximum = 0;
  std::string_view arguments;      ///< as a manual writes them: `FILE...`
  std::string_view example;        ///< of arguments
  std::string_view documentation;  ///< one sentence
};

inline constexpr std::size_t kAnyCount = std::numeric_limits<std::size_t>::max();

inline constexpr std::array kVerbs{
    VerbRow{"preserve", world::Verb::preserve, ArgumentKind::names, NameTable::files, 1, kAnyCount,
            "FILE...", "vm0.memory", "Asks the kernel to carry each file over (FD_PRESERVE)."},
    VerbRow{"unpreserve", world::Verb::unpreserve, ArgumentKind::names, NameTable::files, 1,
            kAnyCount, "FILE...", "vm0.memory", "Takes that back (FD_UNPRESERVE)."},
    VerbRow{"restore", world::Verb::restore, ArgumentKind::names, NameTable::files, 1, kAnyCount,
            "FILE...", "vm0.memory", "Gets each file back by its token (FD_RESTORE)."},
    VerbRow{"prepare", world::Verb::prepare, ArgumentKind::none, NameTable::none, 0, 0, "", "",
            "Event PREPARE: what can be saved while everything runs."},
    VerbRow{"freeze", world::Verb::freeze, ArgumentKind::none, NameTable::none, 0, 0, "", "",
            "Event FREEZE: the last changes, then nothing may change any more."},
    VerbRow{"cancel", world::Verb::cancel, ArgumentKind::none, NameTable::none, 0, 0, "", "",
            "Event CANCEL: gives the update up."},
    VerbRow{"finish", world::Verb::finish, ArgumentKind::none, NameTable::none, 0, 0, "", "",
            "Event FINISH: the new kernel is done with what it was given."},
    VerbRow{"state", world::Verb::state, ArgumentKind::none, NameTable::none, 0, 0, "", "",
            "Asks for the phase (GET_STATE)."},
    VerbRow{"read-sysfs", world::Verb::read_sysfs, ArgumentKind::none, NameTable::none, 0, 0, "",
            "", "Reads /sys/kernel/liveupdate/state."},
    VerbRow{"reboot", world::Verb::reboot, ArgumentKind::reboot, NameTable::kernels, 1, 2,
            "kexec [KERNEL] | kexec-without-image | cold [KERNEL]", "kexec new",
            "Calls reboot(2): into the loaded image, without one, or through the firmware."},
    VerbRow{"pause", world::Verb::pause, ArgumentKind::names, NameTable::vms, 1, kAnyCount, "VM...",
            "vm0", "Stops the vCPUs of each VM."},
    VerbRow{"resume", world::Verb::resume, ArgumentKind::names, NameTable::vms, 1, kAnyCount,
            "VM...", "vm0", "Starts or goes on; in a new kernel once the memory is back."},
    VerbRow{"write", world::Verb::write, ArgumentKind::names, NameTable::files, 1, 1, "FILE",
            "disk-image", "Changes the contents of a file."},
    VerbRow{"close", world::Verb::close, ArgumentKind::names, NameTable::files, 1, kAnyCount,
            "FILE...", "disk-image", "Closes the descriptor of each file."},
    VerbRow{"kho-finalize", world::Verb::kho_finalize, ArgumentKind::none, NameTable::none, 0, 0,
            "", "", "Calls kho_finalize() in the kernel."},
    VerbRow{"kho-abort", world::Verb::kho_abort, ArgumentKind::none, NameTable::none, 0, 0, "", "",
            "Calls kho_abort() in the kernel."},
    VerbRow{"debugfs-finalize", world::Verb::debugfs_finalize, ArgumentKind::bit, NameTable::none,
            1, 1, "0|1", "1", "Writes to kho/out/finalize in debugfs."},
    VerbRow{"register-subsystem", world::Verb::register_subsystem, ArgumentKind::names,
            NameTable::subsystems, 1, 1, "NAME", "a", "Registers a subsystem with the kernel."},
    VerbRow{"unregister-subsystem", world::Verb::unregister_subsystem, ArgumentKind::names,
            NameTable::subsystems, 1, 1, "NAME", "a", "Takes a subsystem out again."},
    VerbRow{"register-handler", world::Verb::register_handler, ArgumentKind::names,
            NameTable::handlers, 1, 1, "COMPATIBLE", "memfd-v1", "Registers a file handler."},
    VerbRow{"unregister-handler", world::Verb::unregister_handler, ArgumentKind::names,
            NameTable::handlers, 1, 1, "COMPATIBLE", "memfd-v1", "Takes a file handler out again."},
    VerbRow{"preserve-page", world::Verb::preserve_page, ArgumentKind::none, NameTable::none, 0, 0,
            "", "", "Other kernel code preserves a page of its own with KHO."},
    VerbRow{"kill", world::Verb::kill, ArgumentKind::names, NameTable::processes, 1, 1, "ACTOR|VM",
            "agent", "SIGKILL: a wait that can be interrupted ends, the process dies."},
    VerbRow{"bind", world::Verb::bind, ArgumentKind::binding, NameTable::endpoints, 2, 2,
            "DEVICE DRIVER", "disk0 vfio-pci", "Has a driver take a device, through sysfs."},
    VerbRow{"unbind", world::Verb::unbind, ArgumentKind::names, NameTable::endpoints, 1, kAnyCount,
            "DEVICE...", "disk0", "Takes each device from its driver, through sysfs."},
    VerbRow{"map", world::Verb::map, ArgumentKind::names, NameTable::vms, 1, kAnyCount, "VM...",
            "vm0", "Maps more memory for the devices of each VM."},
    VerbRow{"unmap", world::Verb::unmap, ArgumentKind::names, NameTable::vms, 1, kAnyCount, "VM...",
            "vm0", "Unmaps that memory again."},
    VerbRow{"resize", world::Verb::resize, ArgumentKind::names, NameTable::files, 1, kAnyCount,
            "FILE...", "vm0.memory", "Halves the size of each memfd."},
    VerbRow{"interrupts-off", world::Verb::interrupts_off, ArgumentKind::names, NameTable::vms, 1,
            kAnyCount, "VM...", "vm0", "The devices of each VM interrupt no more."},
    VerbRow{"reset-device", world::Verb::reset_device, ArgumentKind::names, NameTable::vm_devices,
            1, kAnyCount, "DEVICE...", "disk0",
            "The VMM that has a device resets it (VFIO_DEVICE_RESET)."},
    VerbRow{"suspend-device", world::Verb::suspend_device, ArgumentKind::names,
            NameTable::vm_devices, 1, kAnyCount, "DEVICE...", "disk0",
            "The VMM that has a device puts it into D3hot, where it does nothing until a reset."},
    VerbRow{"remove-device", world::Verb::remove_device, ArgumentKind::names, NameTable::devices, 1,
            kAnyCount, "DEVICE...", "disk0", "Pulls each device out of its slot."},
    VerbRow{"insert-device", world::Verb::insert_device, ArgumentKind::names, NameTable::devices, 1,
            kAnyCount, "DEVICE...", "disk0", "Puts another one of the same kind in its place."},
    VerbRow{"sleep", world::Verb::sleep, ArgumentKind::duration, NameTable::none, 1, 1, "DURATION",
            "5ms", "Does nothing for a while."},
    VerbRow{"start", world::Verb::start, ArgumentKind::names, NameTable::vms, 1, kAnyCount, "VM...",
            "vm0", "Creates each VM anew: its memory is empty, it boots, and it has its disks."},
};

/// All words, in the order of the table.
inline constexpr auto kVerbWords = [] {
  std::array<std::string_view, kVerbs.size()> words{};
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = kVerbs[i].word;
  return words;
}();

/// The row of a word, or null.
const VerbRow* find_verb(std::string_view word);

/// The word of a verb.
std::string_view verb_word(world::Verb verb);

}  // namespace luosim::app
