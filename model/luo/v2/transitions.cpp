// SPDX-License-Identifier: Apache-2.0
//
// The transitions between phases, and who starts them: PREPARE and CANCEL come from KHO, which LUO
// is a client of; FREEZE and FINISH from user space; freeze also from the reboot hook. The real
// state is the pair (phase, KHO finalized); what the posted code does to that pair when something
// fails is kept (bugs B01, B02, B09).
#include "model/kernel/errno.hpp"
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
  if (luo.tree.value != 0) kernel::free_pages(context, {memory::page_of(luo.tree), kTreePages});
  luo.tree = {};
  return sim::done();
}

// values are {argument, event} as KHO tells its clients.
Outcome do_what_kho_says(Context& context) {
  const auto event = static_cast<kho::Event>(context.frame().values[1]);
  return sim::call(event == kho::Event::finalize ? kPrepare : kCancel);
}

Outcome answer_as_told(Context& context) {
  return sim::finish(context.frame().result);
}

// Only a prepared kernel freezes; from any other phase the reboot goes on as it is (B03, B25).
Outcome freeze_if_prepared(Context& context) {
  return context.luo.phase == Phase::prepared ? sim::call(kFreeze) : sim::finish(0);
}

constexpr std::string_view kRelease = "release the phase lock";

constexpr sim::Step kNotifierSteps[] = {
    {"do what KHO says", sim::step<do_what_kho_says>},
    {"answer", sim::step<answer_as_told>},
};

constexpr sim::Step kRebootSteps[] = {
    {"freeze if prepared", sim::step<freeze_if_prepared>},
    {"answer", sim::step<answer_as_told>},
};

constexpr sim::Step kPrepareSteps[] = {
    {"take the phase lock", sim::step<take_phase_lock>},
    {"check that the phase is normal",
     sim::step<check_phase_allows<PhaseEvent::prepare>>,
     {.on_failure = kRelease}},
    {"build the tree", sim::step<run<kTreeSetup>>},
    {"check that it was built", sim::step<check_that_it_succeeded>, {.on_failure = kRelease}},
    {"prepare the files", sim::step<run<kPrepareFiles>>},
    {"check that all files did", sim::step<check_that_it_succeeded>, {.on_failure = kRelease}},
    {"prepare the subsystems", sim::step<run<kPrepareSubsystems>>},
    {"check that all subsystems did",
     sim::step<check_that_it_succeeded>,
     {.on_failure = "cancel all files"}},
    {"enter prepared", sim::step<enter_phase_after<PhaseEvent::prepare>>, {.then = kRelease}},
    {"cancel all files", sim::step<cancel_all_files>},
    {"commit their words", sim::step<commit_files>},
    {kRelease, sim::step<release_phase_lock>},
};

constexpr sim::Step kFreezeSteps[] = {
    {"take the phase lock", sim::step<take_phase_lock>},
    {"check that the phase is prepared",
     sim::step<check_phase_allows<PhaseEvent::freeze>>,
     {.on_failure = kRelease}},
    {"freeze the files", sim::step<run<kFreezeFiles>>},
    {"check that all files did",
     sim::step<check_that_it_succeeded>,
     {.on_failure = "fall back to normal"}},
    {"freeze the subsystems", sim::step<run<kFreezeSubsystems>>},
    {"check that all subsystems did",
     sim::step<check_that_it_succeeded>,
     {.on_failure = "cancel all files"}},
    {"enter frozen", sim::step<enter_phase_after<PhaseEvent::freeze>>, {.then = kRelease}},
    {"cancel all files", sim::step<cancel_all_files>},
    {"commit their words", sim::step<commit_files>},
    // KHO is not told and stays finalized (bug B01).
    {"fall back to normal", sim::step<enter_phase_after<PhaseEvent::freeze_failed>>},
    {kRelease, sim::step<release_phase_lock>},
};

constexpr sim::Step kCancelSteps[] = {
    {"take the phase lock", sim::step<take_phase_lock>},
    {"check that there is something to cancel",
     sim::step<check_phase_allows<PhaseEvent::cancel>>,
     {.on_failure = kRelease}},
    {"cancel all files", sim::step<cancel_all_files>},
    {"commit their words", sim::step<commit_files>},
    {"cancel all subsystems", sim::step<cancel_all_subsystems>},
    {"commit their words too", sim::step<commit_subsystems>},
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
    {"enter normal", sim::step<enter_phase_after<PhaseEvent::finish>>},
    {kRelease, sim::step<release_phase_lock>},
};

}  // namespace

const sim::Program kNotifierProgram{
    "luo.notifier", "prepares when KHO finalizes and cancels when it aborts", kNotifierSteps};
const sim::Program kRebootProgram{
    "luo.reboot", "the reboot hook: freezes, if the phase is prepared", kRebootSteps};
const sim::Program kPrepareProgram{
    "luo.prepare", "normal to prepared: every participant saves what can still change",
    kPrepareSteps};
const sim::Program kFreezeProgram{
    "luo.freeze", "prepared to frozen: every participant saves its last state", kFreezeSteps};
const sim::Program kCancelProgram{
    "luo.cancel", "prepared or frozen to normal: every participant takes its work back",
    kCancelSteps};
const sim::Program kFinishProgram{
    "luo.finish", "updated to normal: every participant lets go of what was handed over",
    kFinishSteps};

}  // namespace luosim::luo::v2
