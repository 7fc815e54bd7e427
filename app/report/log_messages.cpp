// SPDX-License-Identifier: Apache-2.0
//
// The table but for devices, and the few messages that depend on what a record says. Where the
// kernel prints something itself (`Kernel panic - not syncing`, `kexec_core: Starting new kernel`),
// those words are kept, because people search for them.
#include "app/report/log_messages.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "app/report/log_calls.hpp"
#include "app/report/log_device_messages.hpp"
#include "app/scenario/units.hpp"
#include "model/fd/record.hpp"
#include "model/kernel/death.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/record.hpp"
#include "model/luo/participant.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"
#include "model/world/vocabulary.hpp"

namespace luosim::app {

namespace {

namespace EngineRecord = sim::EngineRecord;
namespace KernelRecord = kernel::KernelRecord;
namespace KhoRecord = kho::KhoRecord;
namespace LuoRecord = luo::v2::LuoRecord;
namespace ParticipantRecord = fd::ParticipantRecord;
namespace UserRecord = userspace::UserRecord;

using luo::Callback;

std::string fault_fired(const LogMoment& moment) {
  const bool has_instance = moment.record.values[1] != 0;
  return fill_in(has_instance ? "{site}:{instance} fires: {value}" : "{site} fires: {value}",
                 moment);
}

std::string death(const LogMoment& moment) {
  switch (static_cast<kernel::Ending>(moment.record.values[0])) {
    case kernel::Ending::panic:
      break;
    case kernel::Ending::oops:
      return "BUG: unable to handle page fault: a null or wild pointer was followed";
    case kernel::Ending::undefined:
      return fill_in("BUG: use-after-free: memory was read that {cause} had freed", moment);
    case kernel::Ending::running:
      return fill_in("ended: {ending}", moment);
  }
  for (const kernel::PanicReason& reason : world::panic_reasons()) {
    if (reason.hash() == moment.record.values[1])
      return fmt::format("Kernel panic - not syncing: {} ({})", reason.message, reason.name);
  }
  return fill_in("Kernel panic - not syncing: {cause}", moment);
}

std::string boot_begins(const LogMoment& moment) {
  return fill_in(moment.record.values[1] != 0 ? "Linux version {version} {options}, by kexec"
                                              : "Linux version {version} {options}, power on",
                 moment);
}

// LUO's own notifier block has no name (model/luo/v2/startup.cpp).
std::string client_called(const LogMoment& moment) {
  const std::string_view client = moment.words.name(moment.record.subject);
  return fmt::format("notifier {}: {}", client.empty() ? "luo" : client,
                     fill_in("{event} ... {result}", moment));
}

std::string participant_of(const LogMoment& moment, std::uint64_t flags) {
  const std::string_view subject = moment.words.name(moment.record.subject);
  const std::string_view file = moment.words.name(moment.record.object);
  if ((flags & LuoRecord::kIsHandler) == 0) return fmt::format("subsystem {}", subject);
  return file.empty() ? std::string(subject) : fmt::format("{} {}", subject, file);
}

// What a callback answered, in so far as anybody looks at it: cancel and finish return nothing.
std::string callback_answer(const LogMoment& moment, Callback callback, std::uint64_t flags) {
  const auto result = static_cast<std::int64_t>(moment.record.values[2]);
  const bool is_handler = (flags & LuoRecord::kIsHandler) != 0;
  switch (callback) {
    case Callback::can_preserve:
      return result == 1 ? " ... yes" : " ... no";
    case Callback::cancel:
      return {};
    case Callback::finish:
      if (!is_handler) return {};
      return (flags & LuoRecord::kReclaimed) != 0 ? ", file was reclaimed"
                                                  : ", file was not reclaimed";
    case Callback::prepare:
    case Callback::freeze:
    case Callback::retrieve:
      break;
  }
  std::string text = fmt::format(" ... {}", status_text(result));
  if (result > 0) text += ", taken for success";
  if (result >= 0 && callback != Callback::retrieve) text += fill_in(" -> {word_after}", moment);
  return text;
}

std::string callback_returned(const LogMoment& moment) {
  const std::uint64_t flags = moment.record.values[0] >> 8;
  const auto callback = static_cast<Callback>(moment.record.values[0] & 0xFF);
  std::string text = participant_of(moment, flags) + fill_in(": {callback}", moment);
  text += callback_answer(moment, callback, flags);
  if ((flags & LuoRecord::kFileReleased) != 0) text += ", its last reference is gone";
  return text;
}

std::string participant_note(const LogMoment& moment) {
  const bool holds = moment.record.values[1] != 0;
  switch (static_cast<ParticipantRecord::Note>(moment.record.values[0])) {
    case ParticipantRecord::Note::unpreserved:
      return fill_in("kho_unpreserve ... {value}", moment);
    case ParticipantRecord::Note::preserve_failed:
      return fill_in("kho_preserve ... {value}", moment);
    case ParticipantRecord::Note::page_checked:
      return fmt::format("page of the participant: {}, {}", holds ? "intact" : "lost",
                         moment.record.values[2] != 0 ? "reserved" : "not reserved");
    case ParticipantRecord::Note::self_test_page:
      return holds ? "page of the self test: live" : "page of the self test: freed before";
  }
  return fill_in("{what}: {value}", moment);
}

std::string memfd_resized(const LogMoment& moment) {
  const bool is_pinned = moment.record.values[2] != 0 && moment.record.values[3] != 0;
  return fill_in(is_pinned ? "{object}: {before} -> {after} pages, and devices still reach the "
                             "{freed} that were freed"
                           : "{object}: {before} -> {after} pages, {freed} freed",
                 moment);
}

std::string hugetlb_leaked(const LogMoment& moment) {
  return fill_in(moment.record.values[2] != 0
                     ? "hugetlb: retrieve failed, {pages} pages freed"
                     : "hugetlb: retrieve failed, {pages} pages leaked on purpose",
                 moment);
}

std::string driver_failed(const LogMoment& moment) {
  const std::string_view device = moment.words.name(moment.record.object);
  return device.empty() ? fill_in("the devices could not be set up: {result}", moment)
                        : fill_in("{object}: the guest's driver gives up", moment);
}

// clang-format off
constexpr LogMessage kMessages[] = {
    {EngineRecord::step, "step", "task {task}: {program}: {step}", nullptr, LogDetail::verbose},
    // An actor, a boot and a VM each have records of their own for their end.
    {EngineRecord::task_ended, "{subject}", "task {task} ended: {result}", nullptr,
     LogDetail::verbose},
    {EngineRecord::blocked, "{subject}", "blocked: waits to {mode} {lock}"},
    {EngineRecord::deadlock, "{subject}", "blocked for ever: deadlock on {lock} ({mode})"},
    {EngineRecord::fault_fired, "fault", "", fault_fired},

    {KernelRecord::boot_begins, "{kernel}", "", boot_begins},
    {KernelRecord::boot_done, "{kernel}", "Run /sbin/init as init process"},
    {KernelRecord::died, "{kernel}", "", death},
    {KernelRecord::kexec, "{kernel}", "kexec_core: Starting new kernel {subject}"},
    {KernelRecord::memory_freed_twice, "mm",
     "BUG: Bad page state: {pages} pages from pfn {page} freed twice"},
    {KernelRecord::power_cycle, "{kernel}", "power cycle: memory loses its contents"},
    {KernelRecord::devices_shut_down, "{kernel}", "kexec: devices shut down"},

    {KhoRecord::scratch_reserved, "kho", "scratch {bytes} in {areas} areas"},
    {KhoRecord::client_called, "kho", "", client_called},
    {KhoRecord::map_serialized, "kho",
     "memory map serialized: {pages} pages, {bitmaps} bitmaps, {chunks} chunks"},
    {KhoRecord::finalized, "kho",
     "finalized: {pages} pages preserved, root tree of {root_bytes} at {root}"},
    {KhoRecord::aborted, "kho", "aborted: no longer finalized"},
    {KhoRecord::revived, "kho", "found kexec handover data, root tree at {root}"},
    {KhoRecord::root_invalid, "kho", "disabling KHO revival: the handover tree is invalid"},
    {KhoRecord::freed_page_was_preserved, "kho",
     "{pages} pages from pfn {page} are preserved, but were freed"},
    {KhoRecord::memory_reserved, "kho", "{pages} preserved pages reserved"},

    {LuoRecord::callback, "luo", "", callback_returned},
    {LuoRecord::phase_stored, "luo", "switched from [{before}] to [{after}]"},
    {LuoRecord::sysfs_notified, "luo", "sysfs_notify /sys/kernel/liveupdate/state"},
    {LuoRecord::wait_killed, "luo", "a fatal signal ended the wait for the phase lock"},
    {LuoRecord::tree_built, "luo",
     "tree of {bytes} at {tree}: {files} files, {subsystems} subsystems"},
    {LuoRecord::incoming_found, "luo", "subtree LUO found at {tree}, state is [updated]"},
    {LuoRecord::incoming_built, "luo", "list of incoming files: {files}"},
    {LuoRecord::file_preserved, "luo", "{object}: preserve, token {token}"},
    {LuoRecord::file_unpreserved, "luo", "unpreserve, token {token}"},
    {LuoRecord::file_restored, "luo", "restore, token {token}: descriptor {descriptor}"},
    {LuoRecord::garbage_installed, "luo", "BUG: restore installed a descriptor without a file"},
    {LuoRecord::subsystem_registered, "luo", "subsystem {subject}: registered"},
    {LuoRecord::subsystem_unregistered, "luo", "subsystem {subject}: unregistered"},
    {LuoRecord::handler_registered, "luo", "file handler {subject}: registered"},
    {LuoRecord::handler_unregistered, "luo", "file handler {subject}: unregistered"},
    // What was read is said where the call returns.
    {LuoRecord::phase_read, "luo", "phase read: [{phase}]", nullptr, LogDetail::verbose},
    {LuoRecord::flags_ignored, "luo", "flags {flags} ignored"},

    {ParticipantRecord::note, "luo", "", participant_note},
    {ParticipantRecord::page_allocated, "luo", "{subject}: page preserved at {address}"},
    {ParticipantRecord::reentered, "luo",
     "{subject}: unregister from inside of a callback ... {result}"},
    {ParticipantRecord::memfd_saved, "luo",
     "memfd {object}: {pages} pages in {folios} folios preserved, record of {bytes}"},
    {ParticipantRecord::memfd_restored, "luo",
     "memfd: {pages} pages in {folios} folios restored"},
    {ParticipantRecord::memfd_dropped, "luo", "memfd: {pages} pages freed, nobody restored them"},
    {ParticipantRecord::interrupt_delivered, "kvm", "{vm}: vector {vector} delivered, by {by}",
     nullptr, LogDetail::verbose},
    {ParticipantRecord::interrupt_pending, "kvm", "{vm}: vector {vector} pending, by {by}", nullptr,
     LogDetail::verbose},
    {ParticipantRecord::interrupt_lost, "kvm",
     "vector {vector} lost: virtual machine {machine} is gone"},
    {ParticipantRecord::memfd_resized, "mm", "", memfd_resized},
    {ParticipantRecord::hole_refused, "mm",
     "guest_memfd: {pages} pages at {index} are a hole, and the file is frozen: -EPERM"},
    {ParticipantRecord::hugetlb_pool, "mm",
     "HugeTLB: {pages} of {wanted} pages of order {order} set aside, {handed_over} handed over"},
    {ParticipantRecord::hugetlb_leaked, "luo", "", hugetlb_leaked},

    {UserRecord::call_begins, "{subject}", "", begun_call},
    {UserRecord::call_returns, "{subject}", "", returned_call},
    {UserRecord::unexpected_answer, "{subject}", "", unexpected_answer},
    {UserRecord::entry_skipped, "{subject}", "line {line} of the scenario is skipped"},
    {UserRecord::actor_started, "{subject}", "process started"},
    {UserRecord::actor_ended, "{subject}", "script ended"},
    {UserRecord::actor_died, "{subject}", "process died"},
    {UserRecord::vm_started, "{subject}", "started: {vcpus} vcpus"},
    {UserRecord::vm_paused, "{subject}", "paused: {vcpus} vcpus, {writes} guest writes so far"},
    {UserRecord::vm_resumed, "{subject}", "resumed: {vcpus} vcpus{blackout}"},
    {UserRecord::vm_stopped_hard, "{subject}", "stopped hard: it ran when its machine went down"},
    {UserRecord::vmm_died, "{subject}", "VMM died"},
    {UserRecord::contents_intact, "mm", "{object}: contents intact"},
    {UserRecord::contents_lost, "mm", "{object}: contents lost"},
    {UserRecord::io_completed, "{subject}", "{object}: {what} of block {block} took {latency_ns}",
     nullptr, LogDetail::verbose},
    {UserRecord::io_mismatch, "{subject}",
     "{object}: block {block} should hold write {expected}, reads as {found}"},
    {UserRecord::io_phantom, "{subject}",
     "{object}: command {command} completed, status {status}, but was not in flight"},
    {UserRecord::io_failed, "{subject}", "{object}: I/O error, block {block}, status {status}"},
    {UserRecord::io_late, "{subject}", "{object}: I/O timeout, {commands} without an interrupt"},
    {UserRecord::io_lost, "{subject}",
     "{object}: I/O timeout, command {command} of block {block} is lost"},
    {UserRecord::driver_ready, "{subject}", "{object}: the guest's driver is ready"},
    {UserRecord::driver_failed, "{subject}", "", driver_failed},
    {UserRecord::guest_crashed, "{subject}", "crashed: its memory is not what it had left there"},
    {UserRecord::vm_boots, "{subject}", "boots: {vcpus} vcpus{blackout}, {lost} commands lost"},
    {UserRecord::io_found, "{subject}", "{object}: block {block} is of writes {oldest} to {newest}",
     nullptr, LogDetail::verbose},
};
// clang-format on

const world::ImagePlan* image_named(const LogMoment& moment) {
  for (const world::ImagePlan& image : moment.blueprint.images)
    if (image.name == moment.kernel) return &image;
  return nullptr;
}

std::string subject_text(const LogMoment& moment) {
  return std::string(moment.words.name(moment.record.subject));
}

std::string object_text(const LogMoment& moment) {
  return std::string(moment.words.name(moment.record.object));
}

std::string task_text(const LogMoment& moment) {
  return std::to_string(moment.record.task.index);
}

std::string kernel_text(const LogMoment& moment) {
  const std::string_view name = moment.words.name(moment.kernel);
  return std::string(name.empty() ? "kernel" : name);
}

std::string version_text(const LogMoment& moment) {
  const world::ImagePlan* image = image_named(moment);
  return image == nullptr ? "unknown" : std::string(moment.words.name(image->version));
}

std::string options_text(const LogMoment& moment) {
  const world::ImagePlan* image = image_named(moment);
  if (image == nullptr) return {};
  return fmt::format("kho={} liveupdate={}", image->options.kho ? "on" : "off",
                     image->options.liveupdate ? "on" : "off");
}

std::string vcpus_text(const LogMoment& moment) {
  for (const userspace::VmPlan& vm : moment.blueprint.cast.vms)
    if (vm.name == moment.record.subject) return std::to_string(vm.vcpus);
  return "0";
}

// Of a record that says which guest it is about: the VM with that number.
std::string vm_text(const LogMoment& moment) {
  const auto& vms = moment.blueprint.cast.vms;
  const std::uint64_t number = moment.record.values[3];
  return number < vms.size() ? std::string(moment.words.name(vms[number].name))
                             : std::to_string(number);
}

std::string blackout_text(const LogMoment& moment) {
  return moment.blackout ? ", blackout " + format_duration(*moment.blackout) : std::string();
}

struct Placeholder {
  std::string_view name;
  std::string (*text)(const LogMoment& moment);
};

constexpr Placeholder kPlaceholders[] = {
    {"subject", subject_text}, {"object", object_text},     {"task", task_text},
    {"kernel", kernel_text},   {"version", version_text},   {"options", options_text},
    {"vcpus", vcpus_text},     {"blackout", blackout_text}, {"vm", vm_text},
};

std::optional<std::string> look_up(std::string_view name, const LogMoment& moment) {
  for (const RecordField& field : moment.name.named_fields())
    if (field.name == name) return moment.words.text(field, moment.record);
  for (const Placeholder& placeholder : kPlaceholders)
    if (placeholder.name == name) return placeholder.text(moment);
  return std::nullopt;
}

}  // namespace

std::span<const LogMessage> log_messages() {
  static const std::vector<LogMessage> kAll = [] {
    std::vector<LogMessage> all(std::begin(kMessages), std::end(kMessages));
    const auto of_devices = log_device_messages();
    all.insert(all.end(), of_devices.begin(), of_devices.end());
    return all;
  }();
  return kAll;
}

const LogMessage* find_log_message(sim::RecordKind kind) {
  const std::span<const LogMessage> all = log_messages();
  const auto row = std::lower_bound(
      all.begin(), all.end(), kind,
      [](const LogMessage& message, sim::RecordKind other) { return message.kind < other; });
  return row != all.end() && row->kind == kind ? &*row : nullptr;
}

std::string fill_in(std::string_view text, const LogMoment& moment) {
  std::string filled;
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('{'), text.size());
    filled += text.substr(0, open);
    text.remove_prefix(open);
    const std::size_t close = text.find('}');
    if (close == std::string_view::npos) break;
    const auto value = look_up(text.substr(1, close - 1), moment);
    filled += value ? *value : std::string(text.substr(0, close + 1));
    text.remove_prefix(close + 1);
  }
  return filled + std::string(text);
}

}  // namespace luosim::app
