// SPDX-License-Identifier: Apache-2.0
#include "model/guarantees/guest_frames.hpp"

#include <algorithm>

#include "model/driver/iommu/record.hpp"
#include "model/fd/file_type.hpp"
#include "model/fd/guest_memfd.hpp"
#include "model/fd/hugetlb.hpp"
#include "model/fd/iommufd.hpp"
#include "model/fd/memfd.hpp"
#include "model/fd/record.hpp"
#include "model/guarantees/calls.hpp"
#include "model/guarantees/preserved.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using memory::PageRange;
using memory::Pfn;
using sim::Notes;
using userspace::Verb;

// By function, its VM; by VM and first frame, how many frames there are in a row. Runs of one VM do
// not overlap.
constexpr std::uint64_t kFunctions = kNotesOfGuestFrames | 1ULL << 59;
constexpr std::uint32_t kFrameBits = 40;

std::uint64_t note_of(std::uint32_t vm, Pfn frame) {
  return kNotesOfGuestFrames | std::uint64_t{vm} << kFrameBits | frame.value;
}
PageRange run_of(const Notes::Note& note) {
  return {{note.key & ((1ULL << kFrameBits) - 1)}, note.value};
}
std::uint32_t vm_of(const Notes::Note& note) {
  return static_cast<std::uint32_t>((note.key & ~kNotesOfGuestFrames) >> kFrameBits);
}

// The first run of a VM that ends behind a frame, or the end of its runs.
const Notes::Note* run_behind(const Notes& notes, std::uint32_t vm, Pfn frame) {
  const std::vector<Notes::Note>& all = notes.in_order();
  auto next =
      std::upper_bound(all.begin(), all.end(), note_of(vm, frame),
                       [](std::uint64_t key, const Notes::Note& note) { return key < note.key; });
  if (next != all.begin()) {
    const auto before = std::prev(next);
    if (before->key >= note_of(vm, {0}) && frame < run_of(*before).past_the_end()) next = before;
  }
  return next != all.end() && next->key < note_of(vm + 1, {0}) ? &*next : nullptr;
}

void add_frames(Notes& notes, std::uint32_t vm, PageRange range) {
  for (Pfn frame = range.first; frame < range.past_the_end();) {
    const Notes::Note* behind = run_behind(notes, vm, frame);
    if (behind != nullptr && run_of(*behind).contains(frame)) {
      frame = run_of(*behind).past_the_end();
      continue;
    }
    const Pfn end = behind == nullptr ? range.past_the_end()
                                      : std::min(range.past_the_end(), run_of(*behind).first);
    notes.set(note_of(vm, frame), end.value - frame.value);
    frame = end;
  }
}

void note_first_memory(Look& look) {
  const Machine& machine = look.view;
  const auto vm = vm_of(machine, look.record);
  if (!vm || machine.cast.vms[*vm].devices.empty()) return;
  for (const userspace::VmDevice& device : machine.cast.vms[*vm].devices)
    look.notes.set(kFunctions | device.function.index, *vm);
  for (const fd::MemfdPiece& piece : fd::pieces_of_memfd(machine.fd, machine.user.vms[*vm].memfd))
    add_frames(look.notes, *vm, {piece.first, piece.pages});
}

// The guest whose address space has a domain as its own, by the name of its file.
std::optional<std::uint32_t> guest_with_domain(const Machine& machine, std::uint64_t domain) {
  constexpr auto kIommufdType = static_cast<std::uint32_t>(fd::FileType::iommufd);
  const kernel::Files& files = machine.kernel.files;
  for (std::uint32_t index = 0; index < files.size(); ++index) {
    const kernel::File& file = files[kernel::FileId{index}];
    const bool is_it = file.type == kIommufdType && file.references > 0 &&
                       machine.fd.iommufds[file.object].domain == domain;
    if (!is_it) continue;
    for (std::uint32_t vm = 0; vm < machine.cast.vms.size(); ++vm)
      if (machine.cast.vms[vm].iommu_file == file.name) return vm;
  }
  return std::nullopt;
}

bool has_another_guest(const Notes& notes, std::uint32_t vm, PageRange range) {
  const std::vector<Notes::Note>& all = notes.in_order();
  return std::any_of(all.begin(), all.end(), [&](const Notes::Note& note) {
    return note.key >= kNotesOfGuestFrames && note.key < kFunctions && vm_of(note) != vm &&
           run_of(note).overlaps(range);
  });
}

void note_mapping(Look& look) {
  const PageRange range{{look.record.values[2]}, look.record.values[3]};
  const auto vm = guest_with_domain(look.view, look.record.values[0]);
  if (!vm || are_frames_of(look.notes, *vm, range)) return;
  if (!has_another_guest(look.notes, *vm, range)) add_frames(look.notes, *vm, range);
}

constexpr Verbs kGiveUp = verbs(Verb::close, Verb::finish, Verb::resize, Verb::kill,
                                Verb::unpreserve, Verb::cancel, Verb::restore, Verb::unmap);

}  // namespace

void note_guest_frames(Look& look) {
  const sim::RecordKind kind = look.record.kind;
  if (kind == userspace::UserRecord::vm_started) return note_first_memory(look);
  if (kind == driver::iommu::IommuRecord::mapped) return note_mapping(look);
  if (kind == kernel::KernelRecord::power_cycle)
    look.notes.erase_range(kNotesOfGuestFrames, kNotesOfGuestFrames << 1);
}

bool may_have_freed_memory(const sim::Record& record) {
  using namespace fd::ParticipantRecord;
  if (record.kind == userspace::UserRecord::call_returns) return kGiveUp.contain(verb_of(record));
  return record.kind == kernel::KernelRecord::boot_done || record.kind == memfd_resized ||
         record.kind == memfd_dropped || record.kind == hugetlb_leaked;
}

void forget_freed_frames(Look& look) {
  std::vector<Notes::Note> touched;
  for (const Notes::Note& note : look.notes.in_order()) {
    if (note.key < kNotesOfGuestFrames || note.key >= kFunctions) continue;
    bool is_touched = false;
    for_each_extent_in(look.view.memory, run_of(note),
                       [&](const memory::Extent& extent, PageRange) {
                         is_touched = is_touched || is_nobodys(extent.owner, extent.owner_number);
                       });
    if (is_touched) touched.push_back(note);
  }
  for (const Notes::Note& note : touched) {
    look.notes.erase(note.key);
    for_each_extent_in(look.view.memory, run_of(note),
                       [&](const memory::Extent& extent, PageRange part) {
                         if (!is_nobodys(extent.owner, extent.owner_number))
                           add_frames(look.notes, vm_of(note), part);
                       });
  }
}

std::optional<std::uint32_t> guest_of(const Notes& notes, device::FunctionId function) {
  const auto vm = notes.find(kFunctions | function.index);
  if (!vm) return std::nullopt;
  return static_cast<std::uint32_t>(*vm);
}

bool is_frame_of(const Notes& notes, std::uint32_t vm, Pfn frame) {
  const Notes::Note* run = run_behind(notes, vm, frame);
  return run != nullptr && run_of(*run).contains(frame);
}

bool are_frames_of(const Notes& notes, std::uint32_t vm, PageRange range) {
  for (Pfn frame = range.first; frame < range.past_the_end();) {
    const Notes::Note* run = run_behind(notes, vm, frame);
    if (run == nullptr || !run_of(*run).contains(frame)) return false;
    frame = run_of(*run).past_the_end();
  }
  return true;
}

bool is_nobodys(memory::OwnerTag owner, std::uint32_t number) {
  return owner == memory::kFree || (owner == fd::kHugetlbOwner.tag() && number == fd::kInPool);
}

bool is_owner_of_guest_memory(memory::OwnerTag owner, std::uint32_t number) {
  if (owner == fd::kHugetlbOwner.tag()) return number != fd::kInPool;
  constexpr memory::OwnerTag kOwners[] = {fd::kMemfdOwner.tag(), fd::kGuestMemfdOwner.tag(),
                                          fd::kAnonymousOwner.tag(), kho::kIncomingOwner.tag()};
  return std::find(std::begin(kOwners), std::end(kOwners), owner) != std::end(kOwners);
}

}  // namespace luosim::guarantees
