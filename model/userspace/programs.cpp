// SPDX-License-Identifier: Apache-2.0
#include "model/userspace/programs.hpp"

#include <array>

#include "model/userspace/free_actor.hpp"
#include "model/userspace/guest_disk.hpp"
#include "model/userspace/guest_vcpu.hpp"
#include "model/userspace/parts.hpp"
#include "model/userspace/vmm_devices.hpp"

namespace luosim::userspace {

std::span<const sim::Program* const> programs() {
  static const sim::Program* const kPrograms[] = {
      &kActorProgram,     &kPauseVmProgram,       &kResumeVmProgram,
      &kStartVmProgram,   &kReconnectProgram,     &kGuestDiskProgram,
      &kGuestVcpuProgram, &kGuestWatchdogProgram, &kGuestBootProgram,
  };
  return kPrograms;
}

std::string_view word_of(Verb verb) {
  constexpr std::array<std::string_view, 37> kWords = {"FD_PRESERVE",
                                                       "FD_UNPRESERVE",
                                                       "FD_RESTORE",
                                                       "EVENT_PREPARE",
                                                       "EVENT_FREEZE",
                                                       "EVENT_CANCEL",
                                                       "EVENT_FINISH",
                                                       "GET_STATE",
                                                       "read sysfs state",
                                                       "reboot(KEXEC)",
                                                       "reboot(KEXEC) without an image",
                                                       "power cycle",
                                                       "pause",
                                                       "resume",
                                                       "write",
                                                       "close",
                                                       "kho_finalize()",
                                                       "kho_abort()",
                                                       "debugfs finalize",
                                                       "register subsystem",
                                                       "unregister subsystem",
                                                       "register handler",
                                                       "unregister handler",
                                                       "kernel preserves a page",
                                                       "SIGKILL",
                                                       "bind",
                                                       "unbind",
                                                       "map",
                                                       "unmap",
                                                       "resize",
                                                       "interrupts off",
                                                       "VFIO_DEVICE_RESET",
                                                       "suspend",
                                                       "removal of",
                                                       "insertion of",
                                                       "sleep",
                                                       "start"};
  static_assert(std::size(kWords) == static_cast<std::size_t>(Verb::start) + 1);
  return kWords[static_cast<std::size_t>(verb)];
}

std::uint32_t process_of_vmm(const Cast& cast, std::uint32_t vm) {
  return process_of_actor(static_cast<std::uint32_t>(cast.actors.size())) + vm;
}

namespace {

// The first holding of a file, in order of processes.
auto first_holding(const State& user, sim::Symbol file) {
  return std::lower_bound(
      user.holdings.begin(), user.holdings.end(), file,
      [](const Holding& holding, sim::Symbol wanted) { return holding.file < wanted; });
}

template <class Tokens>
auto place_of_token(Tokens& tokens, sim::Symbol file, std::uint32_t generation) {
  return std::lower_bound(tokens.begin(), tokens.end(), std::pair{file, generation},
                          [](const Disk::Token& note, const auto& wanted) {
                            return std::pair{note.file, note.generation} < wanted;
                          });
}

bool is_of(const Disk& disk, std::vector<Disk::Token>::const_iterator note, sim::Symbol file,
           std::uint32_t generation) {
  return note != disk.tokens.end() && note->file == file && note->generation == generation;
}

}  // namespace

std::optional<kernel::FileId> file_held(const Context& context, sim::Symbol file) {
  const State& user = context.user;
  for (auto holding = first_holding(user, file);
       holding != user.holdings.end() && holding->file == file; ++holding) {
    const auto id = context.kernel.files.find(holding->process, holding->descriptor);
    if (id) return id;
  }
  return std::nullopt;
}

void hold(State& user, const Holding& holding) {
  user.holdings.insert(std::upper_bound(user.holdings.begin(), user.holdings.end(), holding),
                       holding);
}

std::int32_t descriptor_of(const State& user, std::uint32_t process, sim::Symbol file) {
  for (auto holding = first_holding(user, file);
       holding != user.holdings.end() && holding->file == file; ++holding) {
    if (holding->process == process) return holding->descriptor;
  }
  return -1;
}

std::optional<std::uint64_t> token_on_disk(const Disk& disk, sim::Symbol file,
                                           std::uint32_t generation) {
  const auto note = place_of_token(disk.tokens, file, generation);
  if (!is_of(disk, note, file, generation)) return std::nullopt;
  return note->token;
}

void note_token(Disk& disk, sim::Symbol file, std::uint64_t token, std::uint32_t generation) {
  const auto note = place_of_token(disk.tokens, file, generation);
  if (is_of(disk, note, file, generation)) {
    note->token = token;
  } else {
    disk.tokens.insert(note, {file, generation, token});
  }
}

void forget_token(Disk& disk, sim::Symbol file, std::uint32_t generation) {
  const auto note = place_of_token(disk.tokens, file, generation);
  if (is_of(disk, note, file, generation)) disk.tokens.erase(note);
}

Ledger::Contents& ledger_entry(Ledger& ledger, sim::Symbol file) {
  for (Ledger::Contents& contents : ledger.files)
    if (contents.file == file) return contents;
  ledger.files.push_back({.file = file});
  return ledger.files.back();
}

bool holds(const Context& context, std::uint32_t actor, const Condition& condition) {
  const auto runs_image = [&] {
    return context.kernel.options.image == condition.number && context.user.is_started != 0;
  };
  switch (condition.kind) {
    case Condition::Kind::always:
      return true;
    case Condition::Kind::phase:
      return static_cast<std::uint32_t>(context.luo.phase) == condition.number;
    case Condition::Kind::label:
      return context.progress.labels[condition.number] != 0;
    case Condition::Kind::boot:
    case Condition::Kind::kernel:
      return runs_image();
    case Condition::Kind::paused:
      return context.progress.pauses[condition.number] != 0;
    case Condition::Kind::resumed:
      return context.progress.resumes[condition.number] != 0;
    case Condition::Kind::last_failed:
      return context.progress.actors[actor].last_failed != 0;
    case Condition::Kind::last_succeeded:
      return context.progress.actors[actor].last_failed == 0;
  }
  return true;
}

void wake_who_waited(Context& context) {
  std::vector<std::uint32_t>& waiting = context.user.waiting;
  for (std::size_t index = 0; index < waiting.size();) {
    const sim::TaskId task{waiting[index]};
    const sim::Frame& frame = context.schedule.frame_of(task);
    const auto actor = static_cast<std::uint32_t>(frame.values[0]);
    const Entry& entry = context.cast.actors[actor].script[context.progress.actors[actor].entry];
    if (!holds(context, actor, entry.after)) {
      ++index;
      continue;
    }
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(index));
    context.schedule.unpark(task);
  }
}

bool all_scripts_have_ended(const Progress& progress, const Cast& cast) {
  for (std::size_t actor = 0; actor < cast.actors.size(); ++actor) {
    if (progress.actors[actor].is_killed != 0) continue;
    if (!has_ended(progress.actors[actor], cast.actors[actor])) return false;
  }
  return true;
}

}  // namespace luosim::userspace
