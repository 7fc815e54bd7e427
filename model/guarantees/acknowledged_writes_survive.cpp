// SPDX-License-Identifier: Apache-2.0
//
// A guest compares what it reads with what it wrote. What a loss of power takes it cannot compare
// any more: then what was flushed, or acknowledged by a disk without a cache, is looked for on the
// media. The load flushes only while nothing else is under way, so that a flush is about every
// write that was acknowledged before it. Of a guest that is stopped everything is noted that it was
// told, and one that is started anew in its place must find that or something later; one that goes
// on knows it by itself.
#include <algorithm>

#include <fmt/format.h>

#include "model/device/record.hpp"
#include "model/guarantees/acknowledged_writes.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/deeds_of_people.hpp"
#include "model/guarantees/outside_damage.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/guest_disk.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using device::nvme::Controller;
using userspace::UserRecord::call_begins;
using userspace::UserRecord::io_completed;
using userspace::UserRecord::io_found;
using userspace::UserRecord::io_mismatch;

constexpr sim::RecordKind kLooksAfter[] = {io_completed,
                                           io_mismatch,
                                           io_found,
                                           userspace::UserRecord::vm_paused,
                                           userspace::UserRecord::vm_resumed,
                                           userspace::UserRecord::vm_stopped_hard,
                                           userspace::UserRecord::vmm_died,
                                           call_begins,
                                           device::DeviceRecord::presence_changed,
                                           kernel::KernelRecord::power_cycle,
                                           sim::EngineRecord::fault_fired};

// Notes: by disk and block, the write that was acknowledged last, and the one of before that was
// flushed; by disk, the last write that was flushed, that was acknowledged, and what is to be
// expected of it at all. By disk and block, the write that a guest which is stopped was told of.
constexpr std::uint64_t kWritten = 1ULL << 54;
constexpr std::uint64_t kDurable = 1ULL << 55;
constexpr std::uint64_t kFlushed = 1ULL << 56;
constexpr std::uint64_t kAcknowledged = kFlushed | 1ULL << 40;
constexpr std::uint64_t kDurability = kFlushed | 1ULL << 41;
constexpr std::uint64_t kKept = 1ULL << 57;
constexpr std::uint32_t kBlockBits = 20;

constexpr std::uint64_t kIsWrite = 1;  // bits of io_completed
constexpr std::uint64_t kIsFlush = 1U << 1;

std::uint64_t note_of_block(std::uint64_t kind, sim::Symbol disk, std::uint64_t block) {
  return kind | std::uint64_t{disk.index} << kBlockBits | block;
}

struct DiskOfGuest {
  const userspace::VmPlan* plan = nullptr;
  const Controller* controller = nullptr;
  userspace::GuestDisk driver{};  // only who it is
};

std::optional<DiskOfGuest> find_disk(const Machine& machine, sim::Symbol name) {
  for (std::uint32_t vm = 0; vm < machine.cast.vms.size(); ++vm) {
    const userspace::VmPlan& plan = machine.cast.vms[vm];
    for (std::uint32_t device = 0; device < plan.devices.size(); ++device) {
      if (plan.devices[device].file != name) continue;
      DiskOfGuest found{.plan = &plan};
      found.driver.registers.vm = vm;
      found.driver.registers.device = device;
      found.controller = device::controller_of(machine.devices, plan.devices[device].function);
      if (found.controller == nullptr) return std::nullopt;
      return found;
    }
  }
  return std::nullopt;
}

// What can be said of a disk after a loss of power.
enum class Durability : std::uint64_t { unknown, never, once_flushed, at_once };

Durability durability_of(Look& look, sim::Symbol name) {
  const auto known = static_cast<Durability>(look.notes.value_of(kDurability | name.index));
  if (known != Durability::unknown) return known;
  const auto disk = find_disk(look.view, name);
  const bool flushes = disk && disk->plan->workload.kind == userspace::Workload::Kind::database;
  const bool has_no_cache = disk && disk->controller->has_write_cache == 0;
  const Durability found = has_no_cache ? Durability::at_once
                           : flushes    ? Durability::once_flushed
                                        : Durability::never;
  look.notes.set(kDurability | name.index, static_cast<std::uint64_t>(found));
  return found;
}

void note_completion(Look& look) {
  const sim::Record& record = look.record;
  const Durability durability = durability_of(look, record.object);
  if (durability == Durability::never) return;
  sim::Notes& notes = look.notes;
  const std::uint64_t flushed = kFlushed | record.object.index;
  const std::uint64_t acknowledged = kAcknowledged | record.object.index;
  if ((record.values[2] & kIsFlush) != 0) notes.set(flushed, notes.value_of(acknowledged));
  if ((record.values[2] & kIsWrite) == 0) return;
  const std::uint64_t key = note_of_block(kWritten, record.object, record.values[0]);
  const auto before = notes.find(key);
  if (before && *before <= notes.value_of(flushed))
    notes.set(note_of_block(kDurable, record.object, record.values[0]), *before);
  notes.set(key, record.values[1]);
  notes.set(acknowledged, record.values[1]);
  if (durability == Durability::at_once) notes.set(flushed, ~0ULL);
}

// The version that a page of a block has at least, if a write is on the media.
bool is_on_media(const DiskOfGuest& disk, std::uint64_t block, std::uint64_t sequence,
                 std::uint32_t page) {
  constexpr std::uint32_t kOwnerShift = 48;
  const std::uint64_t wanted = userspace::contents_of_write(disk.driver, sequence, page).version;
  const std::uint64_t found =
      device::nvme::block_at(*disk.controller, block * disk.plan->workload.pages + page).durable;
  return found >= wanted && found >> kOwnerShift == wanted >> kOwnerShift;
}

void look_at_block(Look& look, const DiskOfGuest& disk, sim::Symbol name, std::uint64_t block,
                   std::uint64_t sequence) {
  for (std::uint32_t page = 0; page < disk.plan->workload.pages; ++page) {
    if (is_on_media(disk, block, sequence, page)) continue;
    return look.say(fmt::format(
        "the power fails, and write {} to block {} of {} is lost, although {} was told that it is "
        "durable",
        sequence, block, look.view.names.text(name), look.view.names.text(disk.plan->name)));
  }
}

// What a guest will find after a loss of power can be as old as what is durable.
void keep_what_is_durable(sim::Notes& notes, const std::vector<sim::Notes::Note>& durable) {
  for (const sim::Notes::Note& note : durable)
    if (note.value != 0) notes.set(note.key, note.value);
}

void look_at_media(Look& look) {
  std::vector<sim::Notes::Note> durable;
  sim::Symbol name{};
  std::optional<DiskOfGuest> disk;
  for (const sim::Notes::Note& note : look.notes.in_order()) {
    if (note.key < kWritten || note.key >= kDurable) continue;
    const sim::Symbol of{static_cast<std::uint32_t>((note.key & ~kWritten) >> kBlockBits)};
    if (of != name || !disk) disk = find_disk(look.view, of);
    name = of;
    if (!disk || look.notes.find(kNotesOfDeeds | of.index)) continue;
    const std::uint64_t block = note.key & ((1ULL << kBlockBits) - 1);
    const bool is_flushed = note.value <= look.notes.value_of(kFlushed | of.index);
    const std::uint64_t sequence =
        is_flushed ? note.value : look.notes.value_of(note_of_block(kDurable, of, block));
    if (sequence != 0) look_at_block(look, *disk, of, block, sequence);
    durable.push_back({note_of_block(kKept, of, block), sequence});
  }
  look.notes.clear();
  keep_what_is_durable(look.notes, durable);
}

// The guest's drivers still know it.
void keep_what_was_told(Look& look) {
  const auto vm = vm_of(look.view, look.record);
  if (!vm) return;
  for (const userspace::GuestDisk& disk : look.view.user.disks) {
    if (disk.registers.vm != *vm) continue;
    const sim::Symbol name = look.view.cast.vms[*vm].devices[disk.registers.device].file;
    for (std::uint64_t block = 0; block < disk.expected.size(); ++block) {
      const std::uint64_t told = disk.expected[block];
      if (told != 0 && told != userspace::kTornBlock)
        look.notes.set(note_of_block(kKept, name, block), told);
    }
  }
}

void forget_what_was_told(Look& look) {
  const auto vm = vm_of(look.view, look.record);
  if (!vm) return;
  for (const userspace::VmDevice& device : look.view.cast.vms[*vm].devices)
    look.notes.erase_range(note_of_block(kKept, device.file, 0),
                           note_of_block(kKept, {device.file.index + 1}, 0));
}

void look_at_what_was_found(Look& look) {
  if (was_meddled_with(look)) return;
  const sim::Record& record = look.record;
  const std::uint64_t told =
      look.notes.value_of(note_of_block(kKept, record.object, record.values[0]));
  if (record.values[1] >= told && record.values[3] == 0) return;
  const std::string found = record.values[3] != 0
                                ? fmt::format("{:#x}, which is of nobody", record.values[3])
                                : fmt::format("write {}", record.values[1]);
  look.say(fmt::format(
      "{} is started anew and finds {} in block {} of {}, where write {} was acknowledged",
      look.view.names.text(record.subject), found, record.values[0],
      look.view.names.text(record.object), told));
}

void look_at_mismatch(Look& look) {
  if (was_meddled_with(look)) return;
  const sim::Record& record = look.record;
  look.say(fmt::format("{} reads block {} of {} and finds {:#x}, not what write {} has left there",
                       look.view.names.text(record.subject), record.values[0],
                       look.view.names.text(record.object), record.values[2], record.values[1]));
}

bool is_stop(const sim::Record& record) {
  namespace UserRecord = userspace::UserRecord;
  return record.kind == UserRecord::vm_paused || record.kind == UserRecord::vm_stopped_hard ||
         record.kind == UserRecord::vmm_died;
}

void look(Look& look) {
  if (note_outside_damage(look)) return;
  if (!has_devices(look.view) || note_deed(look)) return;
  if (look.record.kind == kernel::KernelRecord::power_cycle) return look_at_media(look);
  if (look.record.kind == io_completed) return note_completion(look);
  if (is_stop(look.record)) return keep_what_was_told(look);
  if (look.record.kind == userspace::UserRecord::vm_resumed) return forget_what_was_told(look);
  if (was_damaged_outside(look)) return;
  if (look.record.kind == io_found) return look_at_what_was_found(look);
  look_at_mismatch(look);
}

}  // namespace

bool remembers_writes(const sim::Notes& notes) {
  const auto& all = notes.in_order();
  return std::any_of(all.begin(), all.end(), [](const sim::Notes::Note& note) {
    const bool is_of_a_block = note.key >= kWritten && (note.key < kFlushed || note.key >= kKept);
    const bool is_of_a_flush = note.key >= kFlushed && note.key < kKept && note.key < kDurability;
    return (is_of_a_block && note.key < kNotesOfDeeds) || is_of_a_flush;
  });
}

const Guarantee kAcknowledgedWritesSurvive{
    .id = "acknowledged-writes-survive",
    .promise =
        "A guest reads what it last wrote, and what a flush acknowledged outlives the power.",
    .rule =
        "Contents are what the last legitimate writer has left (devices.md, G, invariant CONTENT; "
        "G.5, rows 81 and 82).",
    .family = "snapshots",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
