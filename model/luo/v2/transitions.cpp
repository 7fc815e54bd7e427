// SPDX-License-Identifier: Apache-2.0
//
// The transitions between phases, and who starts them: PREPARE and CANCEL come from KHO, which LUO
// is a client of; FREEZE and FINISH from user space; freeze also from the reboot hook (reboot.cpp).
// The real state is the pair (phase, KHO finalized); what the posted code does to that pair when
// something fails is kept (bugs B01, B02, B09).
#include "model/kernel/errno.hpp"
#include "model/kho/knobs.hpp"
#include "model/kho/programs.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/v2/knobs.hpp"
#include "model/luo/v2/parts.hpp"
#include "model/luo/v2/tree.hpp"

namespace luosim::luo::v2 {

namespace {

using sim::Outcome;

template <PhaseEvent event>
Outcome check_phase_allows(Context& context) {
  return next_phase(context.luo.phase, event) ? sim::done() : sim::fail(-kernel::kEINVAL);
}

template <PhaseEvent event>
Outcome enter_phase_after(Context& context) {
  store_phase(context, *next_phase(context.luo.phase, event));
  return sim::done();
}

template <const sim::ProgramId& program>
Outcome run(Context& /*context*/) {
  return sim::call(program);
}

Outcome check_that_it_succeeded(Context& context) {
  const std::int64_t result = context.frame().result;
  return result < 0 ? sim::fail(result) : sim::done();
}

Outcome cancel_all_files(Context& context) {
  return sim::call(kCancelFiles, {.values = {context.luo.outgoing.size(), 0, 0, 0}});
}

Outcome cancel_all_subsystems(Context& context) {
  return sim::call(kCancelSubsystems, {.values = {context.luo.subsystems.size(), 0, 0, 0}});
}

Outcome commit_files(Context& context) {
  commit_file_words(context);
  return sim::done();
}

Outcome commit_subsystems(Context& context) {
  commit_subsystem_words(context);
  return sim::done();
}

Outcome free_tree(Context& context) {
  State& luo = context.luo;
  if (luo.tree.value == 0) return sim::done();
  // Refused while KHO is finalized; then the whole tracker goes.
  kho::unpreserve_range(context, luo.tree, kTreeBytes);
  kernel::free_pages(context, {memory::page_of(luo.tree), kTreePages});
  luo.tree = {};
  return sim::done();
}

// What was handed over: its pages, and the records of its files.
Outcome free_incoming(Context& context) {
  State& luo = context.luo;
  const memory::Pfn first = memory::page_of(luo.incoming_tree);
  if (luo.incoming_tree.value != 0 && context.memory.at(first).owner == kho::kIncomingOwner.tag()) {
    kernel::free_pages(context, {first, kTreePages});
  }
  luo.incoming_tree = {};
  luo.incoming.clear();
  return sim::done();
}

Outcome start_words_from_zero(Context& context) {
  for (FileRecord& record : context.luo.outgoing) record.word = 0;
  for (const std::uint32_t index : context.luo.subsystems)
    context.luo.subsystem_objects[index].word = 0;
  return sim::done();
}

// As it is told that the abort is certain, it may not be interrupted while it waits.
Outcome take_phase_lock_to_cancel(Context& context) {
  const bool is_certain = context.frame().values[0] != 0;
  return is_certain ? sim::acquire(kPhaseLock, sim::LockMode::write) : take_phase_lock(context);
}

Outcome let_more_be_preserved(Context& context) {
  context.kho.open = true;
  return sim::done();
}

Outcome let_no_more_be_preserved(Context& context) {
  context.kho.open = false;
  return sim::done();
}

// Only a finalized KHO has something to take back.
Outcome abort_kho(Context& context) {
  return context.kho.finalized ? sim::call(kho::kAbortLocked) : sim::done();
}

Outcome pass(Context& /*context*/) {
  return sim::done();
}

// values are {argument, event, 1 if it is certain} as KHO tells its clients.
Outcome agree_if_there_is_nothing_to_cancel(Context& context) {
  const bool is_abort = static_cast<kho::Event>(context.frame().values[1]) == kho::Event::abort;
  const bool can_cancel = next_phase(context.luo.phase, PhaseEvent::cancel).has_value();
  return is_abort && !can_cancel ? sim::finish(0) : sim::done();
}

// What was frozen for a reboot stays so: devices have been told to let go. A freeze that has failed
// is cancelled in phase prepared.
Outcome refuse_to_thaw_under_a_reboot(Context& context) {
  const sim::Frame& frame = context.frame();
  const bool is_abort = static_cast<kho::Event>(frame.values[1]) == kho::Event::abort;
  const bool is_leaving = context.luo.phase == Phase::frozen && context.luo.reboots_under_way != 0;
  return is_abort && frame.values[2] == 0 && is_leaving ? sim::fail(-kernel::kEINVAL) : sim::done();
}

Outcome do_what_kho_says(Context& context) {
  const sim::Frame& frame = context.frame();
  const auto event = static_cast<kho::Event>(frame.values[1]);
  if (event == kho::Event::finalize) return sim::call(kPrepare);
  return sim::call(kCancel, {.values = {frame.values[2], 0, 0, 0}});
}

Outcome check_that_no_reboot_is_under_way(Context& context) {
  return context.luo.reboots_under_way != 0 ? sim::fail(-kernel::kEINVAL) : sim::done();
}

constexpr std::string_view kRelease = "release the phase lock";

constexpr sim::Step kNotifierSteps[] = {
    {"refuse to thaw under a reboot",
     sim::step<refuse_to_thaw_under_a_reboot>,
     {},
     sim::only_if(kRebootStopsPrepare)},
    {"agree to an abort if there is nothing to cancel",
     sim::step<agree_if_there_is_nothing_to_cancel>,
     {},
     sim::only_if(kho::kAbortAsksFirst)},
    {"do what KHO says", sim::step<do_what_kho_says>},
    {"answer", sim::step<answer_as_told>},
};

constexpr sim::Step kPrepareSteps[] = {
    {"take the phase lock", sim::step<take_phase_lock>},
    {"check that the phase is normal",
     sim::step<check_phase_allows<PhaseEvent::prepare>>,
     {.on_failure = kRelease}},
    {"check that no reboot is under way",
     sim::step<check_that_no_reboot_is_under_way>,
     {.on_failure = kRelease},
     sim::only_if(kRebootStopsPrepare)},
    {"start all words from zero",
     sim::step<start_words_from_zero>,
     {},
     sim::only_if(kPrepareStartsFromZero)},
    {"build the tree", sim::step<run<kTreeSetup>>},
    {"check that it was built", sim::step<check_that_it_succeeded>, {.on_failure = kRelease}},
    {"prepare the files", sim::step<run<kPrepareFiles>>},
    {"check that all files did",
     sim::step<check_that_it_succeeded>,
     {.on_failure = "free the tree"}},
    {"prepare the subsystems", sim::step<run<kPrepareSubsystems>>},
    {"check that all subsystems did",
     sim::step<check_that_it_succeeded>,
     {.on_failure = "cancel all files"}},
    {"enter prepared", sim::step<enter_phase_after<PhaseEvent::prepare>>, {.then = kRelease}},
    {"cancel all files", sim::step<cancel_all_files>},
    {"commit their words", sim::step<commit_files>},
    {"free the tree", sim::step<free_tree>, {}, sim::only_if(kFailedPrepareFreesTree)},
    {kRelease, sim::step<release_phase_lock>},
};

// KHO's lock comes before LUO's. A freeze needs it if it may abort KHO or write the map; whoever
// calls it has it then.
constexpr sim::RowCondition kNeedsKho =
    sim::only_if(kAbortKhoOnFailedFreeze).or_if(kho::kSnapshot, kho::kLate);
// If KHO is aborted, its notifier cancels everyone; else this is the last opportunity.
constexpr sim::RowCondition kCancelsItself =
    sim::unless(kAbortKhoOnFailedFreeze).or_unless(kCancelWhoIsPrepared);
constexpr std::string_view kGiveUp = "close the map again";

constexpr sim::Step kFreezeSteps[] = {
    {"take the phase lock", sim::step<take_phase_lock>},
    {"check that the phase is prepared",
     sim::step<check_phase_allows<PhaseEvent::freeze>>,
     {.on_failure = "release the phase lock at the end"}},
    {"let more be preserved",
     sim::step<let_more_be_preserved>,
     {},
     sim::only_if(kho::kSnapshot, kho::kLate)},
    {"freeze the files", sim::step<run<kFreezeFiles>>},
    {"check that all files did",
     sim::step<check_that_it_succeeded>,
     {.on_failure = "after a file: close the map"}},
    {"freeze the subsystems", sim::step<run<kFreezeSubsystems>>},
    {"check that all subsystems did", sim::step<check_that_it_succeeded>, {.on_failure = kGiveUp}},
    {"write the map once more",
     sim::step<run<kho::kSerializeAnew>>,
     {},
     sim::only_if(kho::kSnapshot, kho::kLate)},
    {"check that it was written",
     sim::step<check_that_it_succeeded>,
     {.on_failure = kGiveUp},
     sim::only_if(kho::kSnapshot, kho::kLate)},
    {"close the map",
     sim::step<let_no_more_be_preserved>,
     {},
     sim::only_if(kho::kSnapshot, kho::kLate)},
    {"enter frozen",
     sim::step<enter_phase_after<PhaseEvent::freeze>>,
     {.then = "release the phase lock at the end"}},
    // From here on something refused to freeze.
    {"after a file: close the map",
     sim::step<let_no_more_be_preserved>,
     {},
     sim::only_if(kho::kSnapshot, kho::kLate)},
    {"after a file: stay prepared",
     sim::step<pass>,
     {.then = kRelease},
     sim::only_if(kAfterFailedFreeze, kStayPrepared)},
    {"after a file: leave the subsystems alone",
     sim::step<pass>,
     {.then = "fall back to normal"},
     sim::unless(kCancelWhoIsPrepared)},
    {kGiveUp, sim::step<let_no_more_be_preserved>, {}, sim::only_if(kho::kSnapshot, kho::kLate)},
    {"stay prepared",
     sim::step<pass>,
     {.then = kRelease},
     sim::only_if(kAfterFailedFreeze, kStayPrepared)},
    {"cancel all files", sim::step<cancel_all_files>, {}, kCancelsItself},
    {"commit their words", sim::step<commit_files>, {}, kCancelsItself},
    {"cancel all subsystems",
     sim::step<cancel_all_subsystems>,
     {},
     sim::unless(kAbortKhoOnFailedFreeze).and_if(kCancelWhoIsPrepared)},
    {"commit their words too",
     sim::step<commit_subsystems>,
     {},
     sim::unless(kAbortKhoOnFailedFreeze).and_if(kCancelWhoIsPrepared)},
    // KHO is not told and stays finalized (bug B01).
    {"fall back to normal",
     sim::step<enter_phase_after<PhaseEvent::freeze_failed>>,
     {},
     sim::unless(kAbortKhoOnFailedFreeze)},
    {kRelease, sim::step<release_phase_lock>},
    {"abort KHO",
     sim::step<abort_kho>,
     {},
     sim::only_if(kAbortKhoOnFailedFreeze).and_unless(kAfterFailedFreeze, kStayPrepared)},
    {"leave", sim::step<pass>, {.then = sim::kReturn}},
    {"release the phase lock at the end", sim::step<release_phase_lock>},
};

constexpr sim::Step kFreezeEventSteps[] = {
    {"take the KHO lock", sim::step<take_kho_lock>, {}, kNeedsKho},
    {"freeze", sim::step<run<kFreeze>>},
    {"release the KHO lock", sim::step<release_kho_lock>, {}, kNeedsKho},
    {"answer", sim::step<answer_as_told>},
};

constexpr sim::RowCondition kForward = sim::unless(kRollbackOrder, kReverse);
constexpr sim::RowCondition kBackward = sim::only_if(kRollbackOrder, kReverse);

constexpr sim::Step kCancelSteps[] = {
    {"take the phase lock", sim::step<take_phase_lock_to_cancel>},
    {"check that there is something to cancel",
     sim::step<check_phase_allows<PhaseEvent::cancel>>,
     {.on_failure = kRelease}},
    {"cancel all files", sim::step<cancel_all_files>, {}, kForward},
    {"commit their words", sim::step<commit_files>, {}, kForward},
    {"cancel all subsystems", sim::step<cancel_all_subsystems>},
    {"commit their words too", sim::step<commit_subsystems>},
    {"cancel all files last", sim::step<cancel_all_files>, {}, kBackward},
    {"commit their words last", sim::step<commit_files>, {}, kBackward},
    {"free the tree", sim::step<free_tree>},
    {"enter normal", sim::step<enter_phase_after<PhaseEvent::cancel>>},
    {kRelease, sim::step<release_phase_lock>},
};

constexpr sim::Step kFinishSteps[] = {
    {"take the phase lock", sim::step<take_phase_lock>},
    {"check that the phase is updated",
     sim::step<check_phase_allows<PhaseEvent::finish>>,
     {.on_failure = kRelease}},
    {"build the list of incoming files", sim::step<run<kBuildIncomingList>>},
    {"finish the files", sim::step<run<kFinishFiles>>},
    {"finish the subsystems", sim::step<run<kFinishSubsystems>>},
    {"give back what was handed over",
     sim::step<free_incoming>,
     {},
     sim::only_if(kFinishFreesIncoming)},
    {"enter normal", sim::step<enter_phase_after<PhaseEvent::finish>>},
    {kRelease, sim::step<release_phase_lock>},
};

}  // namespace

const sim::Program kNotifierProgram{
    "luo.notifier", "prepares when KHO finalizes and cancels when it aborts", kNotifierSteps};
const sim::Program kPrepareProgram{
    "luo.prepare", "normal to prepared: every participant saves what can still change",
    kPrepareSteps};
const sim::Program kFreezeProgram{
    "luo.freeze", "prepared to frozen: every participant saves its last state", kFreezeSteps};
const sim::Program kFreezeEventProgram{
    "luo.freeze_event", "freezes for user space: with the KHO lock, where a freeze needs it",
    kFreezeEventSteps};
const sim::Program kCancelProgram{
    "luo.cancel", "prepared or frozen to normal: every participant takes its work back",
    kCancelSteps};
const sim::Program kFinishProgram{
    "luo.finish", "updated to normal: every participant lets go of what was handed over",
    kFinishSteps};

}  // namespace luosim::luo::v2
