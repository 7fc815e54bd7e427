// SPDX-License-Identifier: Apache-2.0
//
// Walking the preserved files: prepare, freeze, cancel and finish, always in token order, never in
// reverse (luo-v2.md, section 5). Nobody can change the list meanwhile, for the caller holds the
// phase lock to write.
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

const HandlerObject& handler_of(const Context& context, const FileRecord& record) {
  return context.luo.handler_objects[record.handler];
}

// Calls `callback` for the first file from the position on that has it; ends at `bound`.
Outcome call_next(Context& context, std::vector<FileRecord>& records, Callback callback,
                  std::uint64_t bound) {
  while (position(context) < bound &&
         !handler_of(context, records[position(context)]).callbacks.has(callback)) {
    ++position(context);
  }
  if (position(context) >= bound) return sim::end();
  const FileRecord& record = records[position(context)];
  const HandlerObject& handler = handler_of(context, record);
  context.frame().local[1] = record.word;
  const sim::ProgramId program = context.participant_types[handler.type].program(callback);
  return sim::call(program, {.values = {handler.argument, record.file.index, record.reclaimed, 0},
                             .word = record.word});
}

// Takes the answer of the file at the position; the word it left is kept also if it failed.
std::int64_t take_answer(Context& context, std::vector<FileRecord>& records, Callback callback) {
  FileRecord& record = records[position(context)];
  const sim::Frame& frame = context.frame();
  const std::int64_t result = frame.result;
  const std::uint64_t word = frame.word;
  record_callback(context, callback, handler_of(context, record).compatible, true, record.file,
                  record.reclaimed != 0, frame.local[1], result, word);
  record.word = word;
  return result;
}

template <Callback callback>
Outcome call_next_file(Context& context) {
  std::vector<FileRecord>& records = context.luo.outgoing;
  return call_next(context, records, callback, records.size());
}

// Only a negative number is a failure: a positive one counts as success.
template <Callback callback>
Outcome take_answer_of_file(Context& context) {
  const std::int64_t result = take_answer(context, context.luo.outgoing, callback);
  if (result < 0) return sim::fail(result);
  ++position(context);
  return sim::done();
}

Outcome commit_words(Context& context) {
  commit_file_words(context);
  return sim::done();
}

// The failing file itself gets no cancel, and after a failed freeze neither do those behind it
// (bug B02).
Outcome cancel_files_before(Context& context) {
  return sim::call(kCancelFiles, {.values = {position(context), 0, 0, 0}});
}

// values[0] is how many files from the front get a cancel.
Outcome cancel_next_file(Context& context) {
  return call_next(context, context.luo.outgoing, Callback::cancel, context.frame().values[0]);
}

Outcome forget_word_of_file(Context& context) {
  take_answer(context, context.luo.outgoing, Callback::cancel);
  context.luo.outgoing[position(context)].word = 0;
  ++position(context);
  return sim::done();
}

Outcome finish_next_file(Context& context) {
  std::vector<FileRecord>& records = context.luo.incoming;
  return call_next(context, records, Callback::finish, records.size());
}

Outcome mark_file_finished(Context& context) {
  std::vector<FileRecord>& records = context.luo.incoming;
  take_answer(context, records, Callback::finish);
  records[position(context)].phase = Phase::normal;
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
     {.then = "freeze the next file", .on_failure = "cancel the files before it"}},
    {"commit the words", sim::step<commit_words>, {.then = sim::kReturn}},
    {"cancel the files before it", sim::step<cancel_files_before>},
};

constexpr sim::Step kCancelSteps[] = {
    {"cancel the next file", sim::step<cancel_next_file>},
    {"forget its word", sim::step<forget_word_of_file>, {.then = "cancel the next file"}},
};

constexpr sim::Step kFinishSteps[] = {
    {"finish the next file", sim::step<finish_next_file>},
    {"mark it finished", sim::step<mark_file_finished>, {.then = "finish the next file"}},
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
