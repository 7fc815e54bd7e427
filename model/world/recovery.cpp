// SPDX-License-Identifier: Apache-2.0
#include "model/world/recovery.hpp"

#include <fmt/format.h>

#include "model/guarantees/wording.hpp"
#include "model/kernel/errno.hpp"
#include "model/kho/programs.hpp"
#include "model/uapi/uapi.hpp"
#include "model/userspace/cast.hpp"

namespace luosim::world {

namespace {

using luo::v2::Phase;

// A process that the scenario does not have.
constexpr std::uint32_t kPerson = 0xFFFF'FFF0;
// A call of a large machine takes some hundred thousand steps; one that takes more never returns.
constexpr std::uint64_t kMostSteps = 20'000'000;

constexpr std::int64_t kNoAnswer = INT64_MIN;

struct Call {
  std::string_view name;
  sim::ProgramId program{};
  sim::Arguments arguments{};
};

Call ioctl(std::string_view name, std::uint32_t number, std::uint64_t word = 0) {
  return {name, uapi::kIoctl, {.values = {kPerson, number, word, 0}}};
}

// What somebody may do: one call, or the same one for every file.
using Deed = std::vector<Call>;

std::vector<Deed> all_deeds(const luo::v2::State& luo) {
  std::vector<Deed> deeds = {{ioctl("cancel", uapi::kEventCancel)},
                             {ioctl("finish", uapi::kEventFinish)},
                             {{"kho_abort", kho::kAbort, {}}},
                             {ioctl("freeze", uapi::kEventFreeze)}};
  Deed unpreserve;
  for (const luo::v2::FileRecord& record : luo.outgoing)
    unpreserve.push_back(ioctl("unpreserve", uapi::kFdUnpreserve, record.token));
  if (!unpreserve.empty()) deeds.push_back(unpreserve);
  return deeds;
}

// Tries calls on a copy of a world.
class Attempt {
 public:
  Attempt(const World& end, const Blueprint& blueprint,
          const volatile std::sig_atomic_t* is_interrupted)
      : world_(end), surroundings_{blueprint, choice_, trace_}, is_interrupted_(is_interrupted) {
    // Scripts are over, guests would only keep the machine busy, and what went wrong has gone
    // wrong.
    const std::uint32_t processes = userspace::process_of_vmm(
        blueprint.cast, static_cast<std::uint32_t>(blueprint.cast.vms.size()));
    for (std::uint32_t process = 1; process < processes; ++process)
      world_.schedule.drop_group(process);
    world_.user.waiting.clear();
    world_.faults = {};
  }

  /// What the call answered; kNoAnswer if it never returned.
  std::int64_t make(const Call& call) {
    const sim::TaskId task =
        world_.schedule.spawn({}, kPerson, call.program, call.arguments, {}, /*keep_result=*/true);
    std::uint64_t steps = 0;
    while (is_running() && !world_.schedule.has_ended(task) && ++steps < kMostSteps) {
      if (is_interrupted_ != nullptr && *is_interrupted_ != 0) break;
      if (!advance(world_, surroundings_)) break;
    }
    if (!is_running()) return note(call, "the kernel dies", kNoAnswer);
    if (!world_.schedule.has_ended(task)) return note(call, "never returns", kNoAnswer);
    const std::int64_t status = world_.schedule.collect(task);
    return note(call, guarantees::error_text(status), status);
  }

  bool is_normal() const {
    return is_running() && world_.kernel.luo.phase == Phase::normal && !world_.kernel.kho.finalized;
  }

  const std::vector<std::string>& calls() const { return calls_; }

 private:
  bool is_running() const { return world_.kernel.core.death.ending == kernel::Ending::running; }
  std::int64_t note(const Call& call, const std::string& answer, std::int64_t status) {
    calls_.push_back(fmt::format("{}: {}", call.name, answer));
    return status;
  }

  World world_;
  sim::ScriptedChoice choice_;
  sim::NoTrace trace_;
  Surroundings surroundings_;
  const volatile std::sig_atomic_t* is_interrupted_;
  std::vector<std::string> calls_;
};

// Normal in name is not enough: the next update must be possible. A kernel that can do no update at
// all, or has no room for it, answers so and is as normal as it gets.
bool an_update_can_begin(Attempt& attempt, bool is_switched_on) {
  if (!attempt.is_normal()) return false;
  if (!is_switched_on) return true;
  const std::int64_t status = attempt.make(ioctl("prepare", uapi::kEventPrepare));
  if (status == -kernel::kENOSPC || status == -kernel::kENOMEM) return attempt.is_normal();
  return status == 0 && attempt.make(ioctl("cancel", uapi::kEventCancel)) == 0 &&
         attempt.is_normal();
}

}  // namespace

Recovery recover(const World& end, const Blueprint& blueprint,
                 const volatile std::sig_atomic_t* is_interrupted) {
  const std::vector<Deed> deeds = all_deeds(end.kernel.luo);
  const bool is_switched_on = end.kernel.kho.enabled && end.kernel.core.options.liveupdate;
  Recovery recovery;
  const auto try_deeds = [&](std::span<const Deed* const> sequence) {
    Attempt attempt(end, blueprint, is_interrupted);
    for (const Deed* deed : sequence) {
      for (const Call& call : *deed) attempt.make(call);
    }
    recovery.succeeded = an_update_can_begin(attempt, is_switched_on);
    // What single deeds answer says why; sequences of two would only repeat it.
    if (recovery.succeeded) recovery.calls = attempt.calls();
    if (!recovery.succeeded && sequence.size() < 2 && !attempt.calls().empty())
      recovery.calls.push_back(attempt.calls().front());
    return recovery.succeeded;
  };
  if (try_deeds({})) return recovery;
  for (const Deed& first : deeds) {
    const Deed* const one[] = {&first};
    if (try_deeds(one)) return recovery;
  }
  for (const Deed& first : deeds) {
    for (const Deed& second : deeds) {
      const Deed* const two[] = {&first, &second};
      if (try_deeds(two)) return recovery;
    }
  }
  return recovery;
}

}  // namespace luosim::world
