// SPDX-License-Identifier: Apache-2.0
//
// The parts of a key that keep apart, or leave alike, whom an exploration knows by name: VMs, whom
// somebody is in a call about, and whose memory is marked.
#include <algorithm>

#include "model/fd/file_type.hpp"
#include "model/kho/bitmap.hpp"
#include "model/userspace/free_actor.hpp"
#include "model/userspace/programs.hpp"
#include "model/world/canonical.hpp"

namespace luosim::world {

namespace {

constexpr std::uint64_t kBoundary = 0xD333'D333'D333'D333ULL;

constexpr auto kMemfdType = static_cast<std::uint32_t>(fd::FileType::memfd);

// The outermost frame of a process of an actor that has chosen its call or begun it.
const sim::Frame* frame_of_call(const sim::Schedule& schedule, sim::TaskId id) {
  const sim::Task& task = schedule.task(id);
  if (task.state == sim::Task::State::unused || task.frame == sim::Frame::kNone) return nullptr;
  const sim::Frame* frame = &schedule.outermost_frame_of(id);
  return frame->program == userspace::kActorProgramId && frame->step != 0 ? frame : nullptr;
}

// Which of the files of this name has the memory; 0: none of them.
std::uint64_t place_among_files(const kernel::Files& files, sim::Symbol name, std::uint32_t memfd) {
  std::uint64_t place = 0;
  for (std::uint32_t index = 0; index < files.size(); ++index) {
    const kernel::File& file = files[{index}];
    if (file.references == 0 || file.name != name || file.type != kMemfdType) continue;
    ++place;
    if (file.object == memfd) return place;
  }
  return 0;
}

}  // namespace

// A call knows what it is about by numbers that are in its frames: name, number of the file, token.
// Whom it is about is like nobody else meanwhile, and is told by these numbers.
void Canonical::describe_calls(const World& world) {
  is_in_a_call_.assign(entities_.size(), 0);
  const userspace::Cast& cast = blueprint_.cast;
  for (std::uint32_t task = 0; task < world.schedule.tasks().size(); ++task) {
    const sim::Frame* frame = frame_of_call(world.schedule, {task});
    if (frame == nullptr) continue;
    const auto actor = static_cast<std::uint32_t>(frame->values[0]);
    const userspace::Entry* entry =
        userspace::current_entry(cast.actors[actor], world.progress.actors[actor]);
    if (entry == nullptr || frame->local[0] >= entry->operands.size()) continue;
    const auto place = static_cast<std::size_t>(frame->local[0]);
    const std::uint32_t entity =
        index_.of_call(entry->verb, entry->operands[place], entry->numbers[place]);
    if (entity != kNobody) is_in_a_call_[entity] = 1;
  }
  for (std::uint32_t entity = 0; entity < is_in_a_call_.size(); ++entity)
    if (is_in_a_call_[entity] != 0)
      of_entity_[entity].insert(of_entity_[entity].end(), {kBoundary, entity});
}

// The number of its memory is read only while a guest runs: whoever lets it run again looks for its
// memory first.
void Canonical::describe_vms(const World& world) {
  const userspace::Progress& progress = world.progress;
  for (std::uint32_t vm = 0; vm < world.user.vms.size(); ++vm) {
    const std::uint32_t entity = index_.of_vm(vm);
    const userspace::Vm& guest = world.user.vms[vm];
    Words& words = words_of(entity);
    words.insert(words.end(), {kBoundary + 1, static_cast<std::uint64_t>(guest.state), guest.writes,
                               guest.is_booting});
    if (is_told_by_numbers(entity)) {
      words.insert(words.end(), {guest.memfd, guest.kvm});
    } else if (guest.state == userspace::Vm::State::running) {
      const std::uint64_t place =
          place_among_files(world.kernel.core.files, entities_[entity].file, guest.memfd);
      words.insert(words.end(), {place, place == 0 ? guest.memfd : 0});
    }
  }
  for (std::uint32_t vm = 0; vm < progress.pauses.size(); ++vm) {
    Words& words = words_of(index_.of_vm(vm));
    words.insert(words.end(),
                 {kBoundary + 2, progress.pauses[vm], progress.resumes[vm], progress.starts[vm]});
  }
  for (const userspace::Disk::SavedVm& saved : world.hardware.disk.saved_vms) {
    const std::uint32_t entity = index_.of_vm(saved.vm);
    Words& words = words_of(entity);
    words.insert(words.end(), {kBoundary + 3, entity == kNobody ? saved.vm : 0, saved.is_booting,
                               saved.pending});
  }
}

// The marks of KHO are bits by address among what belongs to nobody. Which of them are an entity's
// follows from its record, unless somebody has forgotten one.
void Canonical::describe_preserved_memory(const World& world) {
  const memory::Bytes& bytes = world.hardware.memory.bytes();
  for (const kho::Bitmap& bitmap : world.kernel.kho.tracker.bitmaps) {
    const auto note = [&](std::uint64_t first, std::uint64_t count) {
      const std::uint64_t before = bitmap.index * kho::kBlocksPerBitmap;
      const memory::PageRange marked{{(before + first) << bitmap.order}, count << bitmap.order};
      for (std::uint32_t entity = 0; entity < entities_.size(); ++entity) {
        std::uint64_t offset = 0;
        for (const memory::PageRange& home : entities_[entity].home) {
          const std::uint64_t from = std::max(home.first.value, marked.first.value);
          const std::uint64_t to = std::min(home.past_the_end().value, marked.past_the_end().value);
          if (from < to)
            of_entity_[entity].insert(
                of_entity_[entity].end(),
                {kBoundary + 4, bitmap.order, offset + from - home.first.value, to - from});
          offset += home.count;
        }
      }
    };
    kho::for_each_run(bytes.read_value<kho::BitmapWords>(bitmap.address), note);
  }
}

}  // namespace luosim::world
