// SPDX-License-Identifier: Apache-2.0
//
// The real state is the pair of LUO's phase and KHO's finalized flag (luo-v2.md, section 1). Of the
// eight pairs four have a way out.
#include <algorithm>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/programs.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {userspace::UserRecord::call_returns,
                                           kernel::KernelRecord::boot_done,
                                           kernel::KernelRecord::kexec};

// A kernel that was booted with live update off has a KHO for others, which LUO does not follow.
bool luo_follows_kho(const Machine& machine) {
  const auto& clients = machine.kho.clients;
  return std::any_of(clients.begin(), clients.end(),
                     [](const kho::Client& client) { return client.notify == luo::v2::kNotifier; });
}

void look(Look& look) {
  const Machine& machine = look.view;
  if (!is_at_rest(machine) || !luo_follows_kho(machine)) return;
  const luo::v2::Phase phase = machine.luo.phase;
  const bool should_be_finalized =
      phase == luo::v2::Phase::prepared || phase == luo::v2::Phase::frozen;
  if (should_be_finalized == machine.kho.finalized) return;
  look.say(fmt::format("the phase is {} and KHO is {}finalized", luo::v2::word_of(phase),
                       machine.kho.finalized ? "" : "not "));
}

}  // namespace

const Guarantee kPhaseAndKhoAgree{
    .id = "phase-and-kho-agree",
    .promise = "Between calls, KHO is finalized exactly while the phase is prepared or frozen.",
    .rule = "Prepare and cancel are operations of KHO that LUO follows (luo-v2.md, section 1).",
    .family = "abort-leaves-no-trace",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
