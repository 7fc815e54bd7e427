// SPDX-License-Identifier: Apache-2.0
//
// The reboot hook, which reboot(2) calls before a kexec: a prepared kernel is frozen, one in any
// other phase goes as it is (luo-v2.md, section 9). Between the look at the phase and the jump the
// posted hook leaves the way open to others (races I6 and I7).
#include "model/kernel/errno.hpp"
#include "model/luo/v2/image_note.hpp"
#include "model/luo/v2/knobs.hpp"
#include "model/luo/v2/parts.hpp"

namespace luosim::luo::v2 {

namespace {

using sim::Outcome;

// values[0] is the image that is about to boot.
Outcome check_that_no_update_is_unfinished(Context& context) {
  return context.luo.phase == Phase::updated ? sim::fail(-kernel::kEBUSY) : sim::done();
}

Outcome check_that_the_image_takes_over(Context& context) {
  const auto image = static_cast<std::uint32_t>(context.frame().values[0]);
  const bool hands_over =
      context.luo.phase == Phase::prepared || context.luo.phase == Phase::frozen;
  return hands_over && !takes_over(context, image) ? sim::fail(-kernel::kEOPNOTSUPP) : sim::done();
}

Outcome let_nobody_prepare(Context& context) {
  ++context.luo.reboots_under_way;
  return sim::done();
}

Outcome check_that_it_froze(Context& context) {
  const std::int64_t result = context.frame().result;
  return result < 0 ? sim::fail(result) : sim::done();
}

Outcome let_prepare_again(Context& context) {
  note_failed_reboot(context);
  return sim::done();
}

// Only a prepared kernel freezes; from any other phase the reboot goes on as it is (B03, B25).
template <const sim::ProgramId& freeze>
Outcome freeze_if_prepared(Context& context) {
  return context.luo.phase == Phase::prepared ? sim::call(freeze) : sim::done();
}

// A prepare that has begun ends first; a later one finds that the machine is about to reboot.
constexpr sim::RowCondition kStopsPrepare = sim::only_if(kRebootStopsPrepare);
// A prepare or a cancel is over when KHO is done with it, which is after the phase has changed.
// Whoever is not to change anything before the jump finds the lock taken until then.
constexpr sim::RowCondition kWaits = sim::only_if(kRebootWaitsForKho);
constexpr sim::RowCondition kWaitsOnly = kWaits.and_unless(kRebootStopsPrepare);
constexpr std::string_view kRefuse = "release the phase lock and refuse";
constexpr std::string_view kFail = "release the KHO lock and fail";

constexpr sim::Step kRebootSteps[] = {
    {"take the KHO lock", sim::step<take_kho_lock>, {}, kWaits},
    {"take the phase lock", sim::step<take_phase_lock>, {.on_failure = kFail}, kStopsPrepare},
    {"refuse while an update is not finished",
     sim::step<check_that_no_update_is_unfinished>,
     {.on_failure = kRefuse},
     sim::only_if(kRebootRefusesUnfinished)},
    {"refuse an image that cannot take over",
     sim::step<check_that_the_image_takes_over>,
     {.on_failure = kRefuse},
     sim::only_if(kCheckNextImage)},
    {"let nobody prepare", sim::step<let_nobody_prepare>, {}, kStopsPrepare},
    {"release the phase lock", sim::step<release_phase_lock>, {}, kStopsPrepare},
    {"freeze if prepared",
     sim::step<freeze_if_prepared<kFreezeEvent>>,
     {},
     sim::unless(kRebootWaitsForKho)},
    {"freeze if prepared", sim::step<freeze_if_prepared<kFreeze>>, {}, kWaits},
    {"check that it froze", sim::step<check_that_it_froze>, {.on_failure = "let prepare again"}},
    {"release the KHO lock", sim::step<release_kho_lock>, {}, kWaitsOnly},
    {"answer", sim::step<answer_as_told>},
    {"let prepare again", sim::step<let_prepare_again>, {.then = kFail}, kStopsPrepare},
    {kRefuse, sim::step<release_phase_lock>, {}, kStopsPrepare},
    {kFail, sim::step<release_kho_lock>, {}, kWaits},
};

}  // namespace

const sim::Program kRebootProgram{
    "luo.reboot", "the reboot hook: freezes, if the phase is prepared", kRebootSteps};

}  // namespace luosim::luo::v2
