// SPDX-License-Identifier: Apache-2.0
//
// Walking the preserved files: prepare, freeze, cancel and finish. RFC v2 does all of it in token
// order, never in reverse (luo-v2.md, section 5); knobs turn cancel and finish round. Nobody can
// change the list meanwhile, for the caller holds the phase lock to write.
#include "model/luo/v2/knobs.hpp"
#include "model/luo/v2/parts.hpp"
#include "model/luo/v2/record.hpp"
#include "model/luo/v2/tree.hpp"

namespace luosim::luo::v2 {

namespace {

using sim::Outcome;

// frame.local[0] is the position in the list, frame.local[1] the word before the call.
std::uint64_t& position(Context& context) {
  return context.frame().local[0];
}

bool has_callback(const Context& context, const FileRecord& record, Callback callback) {
  return record.handler != kNoHandlerObject &&
         context.luo.handler_objects[record.handler].callbacks.has(callback);
}

Outcome call(Context& context, const FileRecord& record, Callback callback) {
  const HandlerObject& handler = context.luo.handler_objects[record.handler];
  context.frame().local[1] = record.word;
  const sim::ProgramId program = context.participant_types[handler.type].program(callback);
  return sim::call(program, {.values = {handler.argument, record.file.index, record.reclaimed, 0},
                             .word = record.word});
}

// Takes the answer of a file; the word it left is kept also if it failed.
std::int64_t take_answer(Context& context, FileRecord& record, Callback callback) {
  const sim::Frame& frame = context.frame();
  const std::int64_t result = frame.result;
  const std::uint64_t word = frame.word;
  record_callback(context, callback, context.luo.handler_objects[record.handler].compatible, true,
                  record.file, record.reclaimed != 0, frame.local[1], result, word);
  record.word = word;
  return result;
}

// Calls the first file from the position on that has the callback. Who has no prepare takes part
// all the same: it will be cancelled.
template <Callback callback>
Outcome call_next_file(Context& context) {
  std::vector<FileRecord>& records = context.luo.outgoing;
  for (; position(context) < records.size(); ++position(context)) {
    FileRecord& record = records[position(context)];
    if (has_callback(context, record, callback)) return call(context, record, callback);
    record.takes_part = 1;
  }
  return sim::end();
}

// Only a negative number is a failure: a positive one counts as success.
template <Callback callback>
Outcome take_answer_of_file(Context& context) {
  FileRecord& record = context.luo.outgoing[position(context)];
  const std::int64_t result = take_answer(context, record, callback);
  if (result < 0) return sim::fail(result);
  record.takes_part = 1;
  ++position(context);
  return sim::done();
}

Outcome commit_words(Context& context) {
  commit_file_words(context);
  return sim::done();
}

Outcome leave_everyone(Context& /*context*/) {
  return sim::done();
}

// The failing file itself gets no cancel, and after a failed freeze neither do those behind it
// (bug B02).
Outcome cancel_files_before(Context& context) {
  return sim::call(kCancelFiles, {.values = {position(context), 0, 0, 0}});
}

// values[0] is how many files from the front get a cancel; the position counts those that are done.
enum class Order : std::uint8_t { forward, reverse };

template <Order order>
FileRecord& file_to_cancel(Context& context) {
  const std::uint64_t count = context.frame().values[0];
  const std::uint64_t done = position(context);
  return context.luo.outgoing[order == Order::forward ? done : count - 1 - done];
}

template <Order order>
Outcome cancel_next_file(Context& context) {
  const bool only_who_takes_part = context.knob(kCancelWhoIsPrepared) != 0;
  for (; position(context) < context.frame().values[0]; ++position(context)) {
    FileRecord& record = file_to_cancel<order>(context);
    const bool is_cancelled = !only_who_takes_part || record.takes_part != 0;
    if (is_cancelled && has_callback(context, record, Callback::cancel))
      return call(context, record, Callback::cancel);
    record.takes_part = 0;
  }
  return sim::end();
}

template <Order order>
Outcome forget_word_of_file(Context& context) {
  FileRecord& record = file_to_cancel<order>(context);
  take_answer(context, record, Callback::cancel);
  record.word = 0;
  record.takes_part = 0;
  ++position(context);
  return sim::done();
}

// The position counts those that are done; later series finish the last file first, for it may
// depend on those before it (devices.md, D.9).
template <Order order>
FileRecord& file_to_finish(Context& context) {
  std::vector<FileRecord>& records = context.luo.incoming;
  const std::uint64_t done = position(context);
  return records[order == Order::forward ? done : records.size() - 1 - done];
}

// Whoever has restored the file keeps it by a descriptor, or has closed it.
void let_go_of(Context& context, FileRecord& record) {
  if (record.is_held != 0) context.kernel.files.put(record.file);
  record.is_held = 0;
}

template <Order order>
Outcome finish_next_file(Context& context) {
  for (; position(context) < context.luo.incoming.size(); ++position(context)) {
    FileRecord& record = file_to_finish<order>(context);
    if (has_callback(context, record, Callback::finish))
      return call(context, record, Callback::finish);
    let_go_of(context, record);
  }
  return sim::end();
}

template <Order order>
Outcome mark_file_finished(Context& context) {
  FileRecord& record = file_to_finish<order>(context);
  take_answer(context, record, Callback::finish);
  record.phase = Phase::normal;
  let_go_of(context, record);
  ++position(context);
  return sim::done();
}

constexpr sim::Step kPrepareSteps[] = {
    {"prepare the next file",
     sim::step<call_next_file<Callback::prepare>>,
     {.on_end = "commit the words"}},
    {"take its answer",
     sim::step<take_answer_of_file<Callback::prepare>>,
     {.then = "prepare the next file", .on_failure = "cancel the files before it"}},
    {"commit the words", sim::step<commit_words>, {.then = sim::kReturn}},
    {"cancel the files before it", sim::step<cancel_files_before>},
};

constexpr sim::Step kFreezeSteps[] = {
    {"freeze the next file",
     sim::step<call_next_file<Callback::freeze>>,
     {.on_end = "commit the words"}},
    {"take its answer",
     sim::step<take_answer_of_file<Callback::freeze>>,
     {.then = "freeze the next file", .on_failure = "leave everyone as they are"}},
    {"commit the words", sim::step<commit_words>, {.then = sim::kReturn}},
    {"leave everyone as they are",
     sim::step<leave_everyone>,
     {.then = sim::kReturn},
     sim::only_if(kCancelWhoIsPrepared).or_if(kAfterFailedFreeze, kStayPrepared)},
    {"cancel the files before it", sim::step<cancel_files_before>},
};

constexpr sim::Step kCancelSteps[] = {
    {"cancel the next file",
     sim::step<cancel_next_file<Order::forward>>,
     {},
     sim::unless(kRollbackOrder, kReverse)},
    {"forget its word",
     sim::step<forget_word_of_file<Order::forward>>,
     {.then = "cancel the next file"},
     sim::unless(kRollbackOrder, kReverse)},
    {"cancel the last file left",
     sim::step<cancel_next_file<Order::reverse>>,
     {},
     sim::only_if(kRollbackOrder, kReverse)},
    {"forget its word",
     sim::step<forget_word_of_file<Order::reverse>>,
     {.then = "cancel the last file left"},
     sim::only_if(kRollbackOrder, kReverse)},
};

constexpr sim::Step kFinishSteps[] = {
    {"finish the next file",
     sim::step<finish_next_file<Order::forward>>,
     {},
     sim::unless(kFinishOrder, kReverse)},
    {"mark it finished",
     sim::step<mark_file_finished<Order::forward>>,
     {.then = "finish the next file"},
     sim::unless(kFinishOrder, kReverse)},
    {"finish the last file left",
     sim::step<finish_next_file<Order::reverse>>,
     {},
     sim::only_if(kFinishOrder, kReverse)},
    {"mark it finished",
     sim::step<mark_file_finished<Order::reverse>>,
     {.then = "finish the last file left"},
     sim::only_if(kFinishOrder, kReverse)},
};

}  // namespace

const sim::Program kPrepareFilesProgram{
    "luo.prepare_files", "prepares every preserved file in token order", kPrepareSteps};
const sim::Program kFreezeFilesProgram{"luo.freeze_files",
                                       "freezes every preserved file in token order", kFreezeSteps};
const sim::Program kCancelFilesProgram{
    "luo.cancel_files", "cancels the first files of the list, in token order", kCancelSteps};
const sim::Program kFinishFilesProgram{
    "luo.finish_files", "finishes every incoming file, restored or not", kFinishSteps};

}  // namespace luosim::luo::v2
