// SPDX-License-Identifier: Apache-2.0
//
// An update that does not happen must not cost a guest its devices: once the phase is normal again,
// they are as they were before prepare. What people or a VMM did to them in between is taken as
// given.
#include <fmt/format.h>

#include "model/device/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/calls.hpp"
#include "model/guarantees/devices.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"
#include "model/userspace/programs.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using device::FunctionId;
using userspace::Verb;
using userspace::UserRecord::call_begins;
using userspace::UserRecord::call_returns;

constexpr sim::RecordKind kLooksAfter[] = {call_begins, call_returns,
                                           device::DeviceRecord::reset_begins,
                                           kernel::KernelRecord::boot_begins};

// Notes: by function that somebody has open, how it was before prepare.
constexpr std::uint64_t kMaySend = 1;
constexpr std::uint64_t kInterrupts = 1U << 1;
constexpr std::uint64_t kIsMasked = 1U << 2;
constexpr std::uint64_t kAnswers = 1U << 3;   ///< its file does
constexpr std::uint64_t kWasReset = 1U << 4;  ///< since
constexpr std::uint64_t kPastFunctions = 1ULL << 32;

// Calls that change how devices are, by intent.
constexpr Verbs kMeddling = verbs(Verb::interrupts_off, Verb::reset_device, Verb::remove_device,
                                  Verb::insert_device, Verb::close, Verb::resume, Verb::restore);

std::uint64_t condition_of(const Machine& machine, const fd::VfioDevice& device) {
  const device::pcie::Function& function = machine.devices.pcie[device.function];
  return ((function.command & device::pcie::kBusMaster) != 0 ? kMaySend : 0) |
         (function.msix_enabled != 0 ? kInterrupts : 0) |
         (function.msix_masked != 0 ? kIsMasked : 0) | (device.is_frozen == 0 ? kAnswers : 0);
}

void take_note(Look& look) {
  look.notes.erase_range(0, kPastFunctions);
  for (const fd::VfioDevice& device : look.view.fd.vfio_devices)
    if (device.is_live != 0) look.notes.set(device.function.index, condition_of(look.view, device));
}

bool has_notes(const Look& look) {
  return !look.notes.is_empty() && look.notes.in_order().front().key < kPastFunctions;
}

void note_reset(Look& look) {
  const std::uint64_t key = function_of(look.record).index;
  const auto before = look.notes.find(key);
  const auto call = call_of(look);
  const bool is_asked_for = call && kMeddling.contain(call->verb);
  if (before && !is_asked_for) look.notes.set(key, *before | kWasReset);
}

struct Difference {
  std::uint64_t bit;
  bool is_gone;  ///< true: the bit was set and is not; false: the other way round
  std::string_view what;
};
constexpr Difference kDifferences[] = {
    {kAnswers, true, "its file is cut off"},
    {kMaySend, true, "its bus mastering is off"},
    {kInterrupts, true, "its interrupts are off"},
    {kIsMasked, false, "its interrupts are masked"},
};

std::vector<std::string> differences(std::uint64_t before, std::uint64_t now) {
  std::vector<std::string> found;
  if ((before & kWasReset) != 0) found.emplace_back("it was reset");
  for (const Difference& each : kDifferences) {
    const std::uint64_t changed = each.is_gone ? before & ~now : now & ~before;
    if ((changed & each.bit) != 0) found.emplace_back(each.what);
  }
  return found;
}

void compare(Look& look) {
  for (const fd::VfioDevice& device : look.view.fd.vfio_devices) {
    const auto before = look.notes.find(device.function.index);
    if (device.is_live == 0 || !before) continue;
    const auto found = differences(*before, condition_of(look.view, device));
    if (found.empty()) continue;
    const std::int64_t status = status_of(look.record);
    look.say(fmt::format("the update was aborted by {} = {}, and of {}: {}",
                         userspace::word_of(verb_of(look.record)),
                         status < 0 ? error_text(status) : "0", name_of(look.view, device.function),
                         listed(found)));
  }
  look.notes.erase_range(0, kPastFunctions);
}

void look_at_return(Look& look) {
  const Verb verb = verb_of(look.record);
  take_call(look);
  if (!has_notes(look)) return;
  if (kMeddling.contain(verb)) return take_note(look);
  const bool is_over = kTransitions.contain(verb) && is_at_rest(look.view) &&
                       look.view.luo.phase == luo::v2::Phase::normal;
  if (is_over) compare(look);
}

void look(Look& look) {
  if (!has_devices(look.view)) return;
  const sim::Record& record = look.record;
  if (record.kind == kernel::KernelRecord::boot_begins) look.notes.clear();
  if (note_call(look)) {
    const bool begins = record.kind == call_begins && verb_of(record) == Verb::prepare &&
                        look.view.luo.phase == luo::v2::Phase::normal;
    if (begins) take_note(look);
    return;
  }
  if (record.kind == call_returns) return look_at_return(look);
  note_reset(look);
}

}  // namespace

const Guarantee kAnAbortedUpdateLeavesDevicesAlone{
    .id = "an-aborted-update-leaves-devices-alone",
    .promise = "After an update that was cancelled or failed, devices are as before prepare.",
    .rule =
        "A failed update leaves the old kernel as before; a reset cannot be undone (devices.md, "
        "D.2 and G, invariant ROLLBACK, rows 66 and 97).",
    .family = "abort-leaves-no-trace",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
