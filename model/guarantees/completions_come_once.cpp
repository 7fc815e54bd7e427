// SPDX-License-Identifier: Apache-2.0
//
// A guest knows which commands it has given. One that completes twice, or that nobody gave, and one
// that never completes are both what is left of a device that lost its state.
#include <fmt/format.h>

#include "model/device/record.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/deeds_of_people.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using userspace::UserRecord::call_begins;
using userspace::UserRecord::io_lost;
using userspace::UserRecord::io_phantom;

constexpr sim::RecordKind kLooksAfter[] = {io_phantom, io_lost, call_begins,
                                           device::DeviceRecord::presence_changed};

void look(Look& look) {
  if (!has_devices(look.view) || note_deed(look) || was_meddled_with(look)) return;
  const sim::Record& record = look.record;
  const std::string& guest = look.view.names.text(record.subject);
  const std::string& disk = look.view.names.text(record.object);
  if (record.kind == io_phantom) {
    look.say(fmt::format("{} completes command {} to {}, which has none of that number in flight",
                         disk, record.values[0], guest));
  } else {
    look.say(fmt::format("{} gives up command {} to {}, about block {}: it never completed", guest,
                         record.values[0], disk, record.values[1]));
  }
}

}  // namespace

const Guarantee kCompletionsComeOnce{
    .id = "completions-come-once",
    .promise = "Each command of a guest completes once.",
    .rule =
        "A reset loses what is under way, and a queue that is made anew shows old completions "
        "(devices.md, F.4 and G.5, rows 83 to 86).",
    .family = "liveness",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
