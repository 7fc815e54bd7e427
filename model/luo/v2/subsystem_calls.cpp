// SPDX-License-Identifier: Apache-2.0
//
// Walking the registered subsystems: prepare, freeze, cancel and finish, in order of registration
// (luo-v2.md, section 5).
#include "model/luo/v2/knobs.hpp"
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

Outcome call(Context& context, const SubsystemObject& object, Callback callback) {
  context.frame().local[1] = object.word;
  const sim::ProgramId program = context.participant_types[object.type].program(callback);
  return sim::call(program,
                   {.values = {object.argument, kernel::kNoFile.index, 0, 0}, .word = object.word});
}

std::int64_t take_answer(Context& context, SubsystemObject& object, Callback callback) {
  const sim::Frame& frame = context.frame();
  const std::int64_t result = frame.result;
  object.word = frame.word;
  record_callback(context, callback, object.name, false, kernel::kNoFile, false, frame.local[1],
                  result, object.word);
  return result;
}

// Calls the first subsystem from the position on that has the callback. Who has no prepare takes
// part all the same: it will be cancelled.
template <Callback callback>
Outcome call_next_subsystem(Context& context) {
  for (; position(context) < context.luo.subsystems.size(); ++position(context)) {
    if (current(context).callbacks.has(callback)) return call(context, current(context), callback);
    current(context).takes_part = 1;
  }
  return sim::end();
}

template <Callback callback>
Outcome take_answer_of_subsystem(Context& context) {
  const std::int64_t result = take_answer(context, current(context), callback);
  if (result < 0) return sim::fail(result);
  current(context).takes_part = 1;
  ++position(context);
  return sim::done();
}

Outcome commit_words(Context& context) {
  commit_subsystem_words(context);
  return sim::done();
}

Outcome leave_everyone(Context& /*context*/) {
  return sim::done();
}

Outcome cancel_subsystems_before(Context& context) {
  return sim::call(kCancelSubsystems, {.values = {position(context), 0, 0, 0}});
}

// values[0] is how many subsystems from the front are cancelled; the position counts those that are
// done.
enum class Order : std::uint8_t { forward, reverse };

template <Order order>
SubsystemObject& subsystem_to_cancel(Context& context) {
  const std::uint64_t count = context.frame().values[0];
  const std::uint64_t done = position(context);
  const std::uint64_t index = order == Order::forward ? done : count - 1 - done;
  return context.luo.subsystem_objects[context.luo.subsystems[index]];
}

// A word is forgotten also where there is no callback.
template <Order order>
Outcome cancel_next_subsystem(Context& context) {
  const bool only_who_takes_part = context.knob(kCancelWhoIsPrepared) != 0;
  for (; position(context) < context.frame().values[0]; ++position(context)) {
    SubsystemObject& object = subsystem_to_cancel<order>(context);
    const bool is_cancelled = !only_who_takes_part || object.takes_part != 0;
    if (is_cancelled && object.callbacks.has(Callback::cancel))
      return call(context, object, Callback::cancel);
    object.word = 0;
    object.takes_part = 0;
  }
  return sim::end();
}

template <Order order>
Outcome forget_word(Context& context) {
  SubsystemObject& object = subsystem_to_cancel<order>(context);
  take_answer(context, object, Callback::cancel);
  object.word = 0;
  object.takes_part = 0;
  ++position(context);
  return sim::done();
}

// The word that was handed over for a subsystem, if there is one.
std::optional<std::uint64_t> handed_over_word(const Context& context, const kho::TreeReader& tree,
                                              const SubsystemObject& object) {
  const auto node = tree.child(kho::TreeReader::kRoot, kSubsystemsNode);
  return node ? tree.word(*node, context.names.text(object.name)) : std::nullopt;
}

// A registered subsystem without data is a panic, when all files are already finished (bug B17).
Outcome load_words(Context& context) {
  const kho::TreeReader tree = read_tree(context.memory, context.luo.incoming_tree);
  for (const std::uint32_t index : context.luo.subsystems) {
    SubsystemObject& object = context.luo.subsystem_objects[index];
    const auto word = handed_over_word(context, tree, object);
    if (!word) return kernel::panic(context, kSubsystemDataMissing);
    object.word = *word;
    object.takes_part = 1;
  }
  return sim::done();
}

Outcome load_the_words_that_there_are(Context& context) {
  const kho::TreeReader tree = read_tree(context.memory, context.luo.incoming_tree);
  for (const std::uint32_t index : context.luo.subsystems) {
    SubsystemObject& object = context.luo.subsystem_objects[index];
    const auto word = handed_over_word(context, tree, object);
    object.word = word.value_or(0);
    object.takes_part = word ? 1 : 0;
  }
  return sim::done();
}

Outcome finish_next_subsystem(Context& context) {
  for (; position(context) < context.luo.subsystems.size(); ++position(context)) {
    const bool takes_part = current(context).takes_part != 0;
    if (takes_part && current(context).callbacks.has(Callback::finish))
      return call(context, current(context), Callback::finish);
    current(context).takes_part = 0;
  }
  return sim::end();
}

Outcome note_finished(Context& context) {
  take_answer(context, current(context), Callback::finish);
  current(context).takes_part = 0;
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
     {.then = "freeze the next subsystem", .on_failure = "leave everyone as they are"}},
    {"commit the words", sim::step<commit_words>, {.then = sim::kReturn}},
    {"leave everyone as they are",
     sim::step<leave_everyone>,
     {.then = sim::kReturn},
     sim::only_if(kCancelWhoIsPrepared).or_if(kAfterFailedFreeze, kStayPrepared)},
    {"cancel the subsystems before it", sim::step<cancel_subsystems_before>},
};

constexpr sim::Step kCancelSteps[] = {
    {"cancel the next subsystem",
     sim::step<cancel_next_subsystem<Order::forward>>,
     {},
     sim::unless(kRollbackOrder, kReverse)},
    {"forget its word",
     sim::step<forget_word<Order::forward>>,
     {.then = "cancel the next subsystem"},
     sim::unless(kRollbackOrder, kReverse)},
    {"cancel the last subsystem left",
     sim::step<cancel_next_subsystem<Order::reverse>>,
     {},
     sim::only_if(kRollbackOrder, kReverse)},
    {"forget its word",
     sim::step<forget_word<Order::reverse>>,
     {.then = "cancel the last subsystem left"},
     sim::only_if(kRollbackOrder, kReverse)},
};

constexpr sim::Step kFinishSteps[] = {
    {"load the words of all subsystems",
     sim::step<load_words>,
     {},
     sim::unless(kFinishSkipsMissing)},
    {"load the words that there are",
     sim::step<load_the_words_that_there_are>,
     {},
     sim::only_if(kFinishSkipsMissing)},
    {"finish the next subsystem", sim::step<finish_next_subsystem>},
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
