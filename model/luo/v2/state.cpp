// SPDX-License-Identifier: Apache-2.0
#include "model/luo/v2/state.hpp"

#include <algorithm>

#include "model/kernel/errno.hpp"
#include "model/luo/v2/record.hpp"

namespace luosim::luo::v2 {

void State::add_to(sim::Hasher& hasher) const {
  hasher.add(phase);
  hasher.add(sysfs);
  hasher.add(incoming_list_built);
  hasher.add(reboots_under_way);
  hasher.add(next_token);
  hasher.add(tree.value);
  hasher.add(incoming_tree.value);
  hasher.add_sequence(subsystem_objects);
  hasher.add_sequence(handler_objects);
  hasher.add_sequence(subsystems);
  hasher.add_sequence(handlers);
  hasher.add_sequence(outgoing);
  hasher.add_sequence(incoming);
  hasher.add_sequence(files);
}

void store_phase(Context& context, Phase phase) {
  context.record({.kind = LuoRecord::phase_stored,
                  .values = {static_cast<std::uint64_t>(context.luo.phase),
                             static_cast<std::uint64_t>(phase), 0, 0}});
  context.luo.phase = phase;
  if (context.luo.sysfs) context.record({.kind = LuoRecord::sysfs_notified});
}

void note_failed_reboot(Context& context) {
  if (context.luo.reboots_under_way > 0) --context.luo.reboots_under_way;
}

FileRecord* find_record(std::vector<FileRecord>& records, std::uint64_t token) {
  const auto record = std::lower_bound(
      records.begin(), records.end(), token,
      [](const FileRecord& candidate, std::uint64_t value) { return candidate.token < value; });
  return record != records.end() && record->token == token ? &*record : nullptr;
}

void record_callback(Context& context, Callback callback, sim::Symbol participant, bool is_handler,
                     kernel::FileId file, bool reclaimed, std::uint64_t word_before,
                     std::int64_t result, std::uint64_t word_after) {
  std::uint64_t flags = 0;
  sim::Symbol name{};
  if (is_handler) flags |= LuoRecord::kIsHandler;
  if (reclaimed) flags |= LuoRecord::kReclaimed;
  if (file != kernel::kNoFile) {
    flags |= LuoRecord::kFileGiven;
    if (!context.kernel.files.is_live(file)) flags |= LuoRecord::kFileReleased;
    name = context.kernel.files[file].name;
  }
  context.record({.kind = LuoRecord::callback,
                  .subject = participant,
                  .object = name,
                  .values = {static_cast<std::uint64_t>(callback) | flags << 8, word_before,
                             static_cast<std::uint64_t>(result), word_after}});
}

sim::Outcome take_phase_lock(Context& context) {
  if (const auto status = context.fault(kKilledWaitSite)) {
    context.record({.kind = LuoRecord::wait_killed});
    return sim::fail(*status);
  }
  return sim::acquire_killable(kPhaseLock, sim::LockMode::write, -kernel::kEAGAIN);
}

sim::Outcome read_phase_lock(Context& /*context*/) {
  return sim::acquire(kPhaseLock, sim::LockMode::read);
}

sim::Outcome release_phase_lock(Context& context) {
  context.release(kPhaseLock);
  return sim::done();
}

}  // namespace luosim::luo::v2
