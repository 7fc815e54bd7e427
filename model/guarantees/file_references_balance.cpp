// SPDX-License-Identifier: Apache-2.0
//
// A file is kept open by its descriptors and by the records of preserved files that name it. After
// a call about one file that file is counted, after a transition and at the jump all of them: with
// twenty thousand files nobody could count all of them for each.
#include <algorithm>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/calls.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using kernel::FileId;
using luo::v2::LuoRecord::file_preserved;
using luo::v2::LuoRecord::file_unpreserved;
using userspace::Verb;
using userspace::UserRecord::call_begins;
using userspace::UserRecord::call_returns;

constexpr sim::RecordKind kLooksAfter[] = {
    call_begins,    call_returns,     kernel::KernelRecord::boot_begins,
    file_preserved, file_unpreserved, kernel::KernelRecord::kexec};

// Notes: by token, the file that has it, and by file, in how many records it is: mixed, for tokens
// and files grow together, and notes are added fastest at the end. By task, the file that its call
// is about.
std::uint64_t note_of_token(std::uint64_t token) {
  return token << 1;
}
std::uint64_t note_of_file(std::uint64_t file) {
  return file << 1 | 1;
}
constexpr std::uint64_t kCalls = 1ULL << 61;

// Files that other files hold: what an address space maps, and what a device's file works with.
template <class Count>
void for_each_held(const fd::State& fd, Count count) {
  for (const fd::IommufdMapping& mapping : fd.iommufd_mappings) count(mapping.file);
  for (const fd::VfioDevice& device : fd.vfio_devices) {
    count(device.iommufd);
    count(device.kvm);
  }
}

void report(Look& look, FileId file, std::uint64_t descriptors, std::uint64_t records,
            std::uint64_t files) {
  const std::uint64_t references = look.view.kernel.files[file].references;
  if (references == descriptors + records + files) return;
  const std::string held =
      files == 0 ? std::string() : fmt::format(", {} by other files", count_text(files, "hold"));
  look.say(fmt::format("{} has {}, but {} and {} of preserved files name it{}",
                       file_named(look.view, file), count_text(references, "reference"),
                       count_text(descriptors, "descriptor"), count_text(records, "record"), held));
}

// Incoming records of which each has a reference until its finish.
template <class Count>
void for_each_held_by_luo(const luo::v2::State& luo, Count count) {
  for (const luo::v2::FileRecord& record : luo.incoming)
    if (record.is_held != 0) count(record.file);
}

void count_one(Look& look, FileId file) {
  const auto& descriptors = look.view.kernel.files.descriptors();
  const auto named = std::count_if(descriptors.begin(), descriptors.end(),
                                   [&](const auto& each) { return each.file == file; });
  std::uint64_t files = 0;
  for_each_held(look.view.fd, [&](FileId held) { files += held == file ? 1U : 0U; });
  std::uint64_t records = look.notes.value_of(note_of_file(file.index));
  for_each_held_by_luo(look.view.luo, [&](FileId held) { records += held == file ? 1U : 0U; });
  report(look, file, static_cast<std::uint64_t>(named), records, files);
}

void count_all(Look& look) {
  const Machine& machine = look.view;
  std::vector<std::uint32_t> descriptors(machine.kernel.files.size());
  std::vector<std::uint32_t> records(machine.kernel.files.size());
  std::vector<std::uint32_t> files(machine.kernel.files.size());
  for (const kernel::Descriptor& each : machine.kernel.files.descriptors())
    ++descriptors[each.file.index];
  for (const luo::v2::FileRecord& each : machine.luo.outgoing) ++records[each.file.index];
  for_each_held_by_luo(machine.luo, [&](FileId held) { ++records[held.index]; });
  for_each_held(machine.fd, [&](FileId held) {
    if (held != kernel::kNoFile) ++files[held.index];
  });
  for (std::uint32_t file = 0; file < descriptors.size(); ++file)
    report(look, {file}, descriptors[file], records[file], files[file]);
}

// The file that the calling process has open under the name of its operand.
std::optional<FileId> file_of_operand(const Look& look) {
  const std::uint32_t process = look.view.schedule.task(look.record.task).group;
  for (const userspace::Holding& holding : look.view.user.holdings) {
    if (holding.file == look.record.object && holding.process == process)
      return look.view.kernel.files.find(holding.process, holding.descriptor);
  }
  return std::nullopt;
}

void note_preserved(Look& look) {
  const auto& records = look.view.luo.outgoing;
  const auto record = std::lower_bound(
      records.begin(), records.end(), look.record.values[0],
      [](const luo::v2::FileRecord& each, std::uint64_t wanted) { return each.token < wanted; });
  const FileId file = record->file;
  look.notes.set(note_of_token(look.record.values[0]), file.index);
  look.notes.set(note_of_file(file.index), look.notes.value_of(note_of_file(file.index)) + 1);
}

void note_unpreserved(Look& look) {
  const std::uint64_t file = look.notes.value_of(note_of_token(look.record.values[0]));
  look.notes.set(note_of_file(file), look.notes.value_of(note_of_file(file)) - 1);
  look.notes.set(kCalls | look.record.task.index, file);
}

void look_after_return(Look& look) {
  const Verb verb = verb_of(look.record);
  take_call(look);
  const auto file = look.notes.find(kCalls | look.record.task.index);
  look.notes.erase(kCalls | look.record.task.index);
  // Another call may hold a reference for the moment.
  if (is_in_progress(look, kFileCalls) || !is_at_rest(look.view)) return;
  if (kTransitions.contain(verb)) return count_all(look);
  // One that was refused is about a file all the same.
  const bool is_refused = status_of(look.record) < 0;
  const auto refused = verb == Verb::preserve && is_refused ? file_of_operand(look) : std::nullopt;
  if (refused) count_one(look, *refused);
  if (file && (verb == Verb::unpreserve || verb == Verb::close))
    count_one(look, {static_cast<std::uint32_t>(*file)});
}

void look(Look& look) {
  const sim::Record& record = look.record;
  if (record.kind == kernel::KernelRecord::boot_begins) look.notes.clear();
  if (note_call(look)) {
    const bool names_its_file = record.kind == call_begins && verb_of(record) == Verb::close;
    const auto file = names_its_file ? file_of_operand(look) : std::nullopt;
    if (file) look.notes.set(kCalls | record.task.index, file->index);
    return;
  }
  if (record.kind == file_preserved) return note_preserved(look);
  if (record.kind == file_unpreserved) return note_unpreserved(look);
  if (record.kind == call_returns) return look_after_return(look);
  if (!is_in_progress(look, kFileCalls) && is_at_rest(look.view)) count_all(look);
}

}  // namespace

const Guarantee kFileReferencesBalance{
    .id = "file-references-balance",
    .promise = "A file has as many references as descriptors and preserved records name it.",
    .rule = "FD_UNPRESERVE drops the reference that FD_PRESERVE took (luo-v2-bugs.md, B13).",
    .family = "inverse",
    .looks_after = kLooksAfter,
    .look = look,
    .note_keys = NoteKeys::by_token_and_file};

}  // namespace luosim::guarantees
