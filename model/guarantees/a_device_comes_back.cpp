// SPDX-License-Identifier: Apache-2.0
//
// A story in which no guest gets its devices back in another kernel says nothing of how they do.
#include "model/guarantees/all.hpp"
#include "model/guarantees/devices.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {userspace::UserRecord::vm_resumed};

void look(Look& look) {
  const auto vm = vm_of(look.view, look.record);
  const bool is_in_another_kernel = look.view.kernel.generation > 1;
  if (vm && is_in_another_kernel && !look.view.cast.vms[*vm].devices.empty())
    look.say("a guest went on with its devices in another kernel");
}

}  // namespace

const Guarantee kADeviceComesBack{
    .id = "a-device-comes-back",
    .promise = "Some guest goes on in the next kernel with the devices that it had.",
    .rule = "A session is restored in any order and its guests are resumed (devices.md, 0.4).",
    .family = "liveness",
    .kind = sim::ClaimKind::sometimes,
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
