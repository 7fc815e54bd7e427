// SPDX-License-Identifier: Apache-2.0
//
// Walking the registered subsystems: prepare, freeze, cancel and finish, in order of registration
// (luo-v2.md, section 5).
#include "model/luo/v2/parts.hpp"
#include "model/luo/v2/record.hpp"
#include "model/luo/v2/startup.hpp"
#include "model/luo/v2/tree.hpp"

namespace luosim::luo::v2 {

namespace {

using sim::Outcome;

// frame.local[0] is the position in the list, frame.local[1] the word before the call.
std::uint64_t& position(Context& context) {
  return context.frame().local[0];
}

SubsystemObject& current(Context& context) {
  return context.luo.subsystem_objects[context.luo.subsystems[position(context)]];
}

Outcome call_current(Context& context, Callback callback) {
  const SubsystemObject& object = current(context);
  context.frame().local[1] = object.word;
  const sim::ProgramId program = context.participant_types[object.type].program(callback);
  return sim::call(program,
                   {.values = {object.argument, kernel::kNoFile.index, 0, 0}, .word = object.word});
}

std::int64_t take_answer(Context& context, Callback callback) {
  SubsystemObject& object = current(context);
  const sim::Frame& frame = context.frame();
  const std::int64_t result = frame.result;
  object.word = frame.word;
  record_callback(context, callback, object.name, false, kernel::kNoFile, false, frame.local[1],
                  result, object.word);
  return result;
}

template <Callback callback>
Outcome call_next_subsystem(Context& context) {
  const std::uint64_t count = context.luo.subsystems.size();
  while (position(context) < count && !current(context).callbacks.has(callback)) {
    ++position(context);
  }
  return position(context) < count ? call_current(context, callback) : sim::end();
}

template <Callback callback>
Outcome take_answer_of_subsystem(Context& context) {
  const std::int64_t result = take_answer(context, callback);
  if (result < 0) return sim::fail(result);
  ++position(context);
  return sim::done();
}

Outcome commit_words(Context& context) {
  commit_subsystem_words(context);
  return sim::done();
}

Outcome cancel_subsystems_before(Context& context) {
  return sim::call(kCancelSubsystems, {.values = {position(context), 0, 0, 0}});
}

// values[0] is how many subsystems from the front are cancelled. A word is forgotten also where
// there is no callback.
Outcome cancel_next_subsystem(Context& context) {
  while (position(context) < context.frame().values[0] &&
         !current(context).callbacks.has(Callback::cancel)) {
    current(context).word = 0;
    ++position(context);
  }
  return position(context) < context.frame().values[0] ? call_current(context, Callback::cancel)
                                                       : sim::end();
}

Outcome forget_word(Context& context) {
  take_answer(context, Callback::cancel);
  current(context).word = 0;
  ++position(context);
  return sim::done();
}

// A registered subsystem without data is a panic, when all files are already finished (bug B17).
Outcome load_words(Context& context) {
  const kho::TreeReader tree = read_tree(context.memory, context.luo.incoming_tree);
  const auto node = tree.child(kho::TreeReader::kRoot, kSubsystemsNode);
  for (const std::uint32_t index : context.luo.subsystems) {
    SubsystemObject& object = context.luo.subsystem_objects[index];
    const auto word = node ? tree.word(*node, context.names.text(object.name)) : std::nullopt;
    if (!word) return kernel::panic(context, kSubsystemDataMissing);
    object.word = *word;
  }
  return sim::done();
}

Outcome note_finished(Context& context) {
  take_answer(context, Callback::finish);
  ++position(context);
  return sim::done();
}

constexpr sim::Step kPrepareSteps[] = {
    {"prepare the next subsystem",
     sim::step<call_next_subsystem<Callback::prepare>>,
     {.on_end = "commit the words"}},
    {"take its answer",
     sim::step<take_answer_of_subsystem<Callback::prepare>>,
     {.then = "prepare the next subsystem", .on_failure = "cancel the subsystems before it"}},
    {"commit the words", sim::step<commit_words>, {.then = sim::kReturn}},
    {"cancel the subsystems before it", sim::step<cancel_subsystems_before>},
};

constexpr sim::Step kFreezeSteps[] = {
    {"freeze the next subsystem",
     sim::step<call_next_subsystem<Callback::freeze>>,
     {.on_end = "commit the words"}},
    {"take its answer",
     sim::step<take_answer_of_subsystem<Callback::freeze>>,
     {.then = "freeze the next subsystem", .on_failure = "cancel the subsystems before it"}},
    {"commit the words", sim::step<commit_words>, {.then = sim::kReturn}},
    {"cancel the subsystems before it", sim::step<cancel_subsystems_before>},
};

constexpr sim::Step kCancelSteps[] = {
    {"cancel the next subsystem", sim::step<cancel_next_subsystem>},
    {"forget its word", sim::step<forget_word>, {.then = "cancel the next subsystem"}},
};

constexpr sim::Step kFinishSteps[] = {
    {"load the words of all subsystems", sim::step<load_words>},
    {"finish the next subsystem", sim::step<call_next_subsystem<Callback::finish>>},
    {"note that it finished", sim::step<note_finished>, {.then = "finish the next subsystem"}},
};

}  // namespace

const sim::Program kPrepareSubsystemsProgram{
    "luo.prepare_subsystems", "prepares every subsystem in order of registration", kPrepareSteps};
const sim::Program kFreezeSubsystemsProgram{
    "luo.freeze_subsystems", "freezes every subsystem in order of registration", kFreezeSteps};
const sim::Program kCancelSubsystemsProgram{
    "luo.cancel_subsystems", "cancels the first subsystems, in order of registration",
    kCancelSteps};
const sim::Program kFinishSubsystemsProgram{
    "luo.finish_subsystems", "hands every subsystem its word and finishes it", kFinishSteps};

}  // namespace luosim::luo::v2
