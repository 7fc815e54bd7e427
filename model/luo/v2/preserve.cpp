// SPDX-License-Identifier: Apache-2.0
//
// Preserving and unpreserving one file (luo-v2.md, section 4). A token is used up even if the
// record cannot be stored; unpreserving never drops the file's reference (bug B13).
#include "model/kernel/errno.hpp"
#include "model/luo/v2/parts.hpp"
#include "model/luo/v2/record.hpp"
#include "model/luo/v2/state.hpp"

namespace luosim::luo::v2 {

namespace {

using sim::Outcome;

// Allocations of the function that stores a record.
constexpr std::string_view kRegisterFile = "luo_register_file";

// values[0] is the file; frame.local[0] the position in the list of handlers.
kernel::FileId file_of(Context& context) {
  return {static_cast<std::uint32_t>(context.frame().values[0])};
}

const HandlerObject& current_handler(Context& context) {
  return context.luo.handler_objects[context.luo.handlers[context.frame().local[0]]];
}

// Files come and go in normal and, for the next update, in updated.
Outcome check_phase(Context& context) {
  const Phase phase = context.luo.phase;
  return phase == Phase::normal || phase == Phase::updated ? sim::done()
                                                           : sim::fail(-kernel::kEBUSY);
}

Outcome get_reference(Context& context) {
  context.kernel.files.get(file_of(context));
  return sim::done();
}

Outcome put_reference(Context& context) {
  context.kernel.files.put(file_of(context));
  return sim::done();
}

Outcome read_handler_list(Context& /*context*/) {
  return sim::acquire(kHandlerListLock, sim::LockMode::read);
}

Outcome release_handler_list(Context& context) {
  context.release(kHandlerListLock);
  return sim::done();
}

Outcome ask_next_handler(Context& context) {
  if (context.frame().local[0] == context.luo.handlers.size()) return sim::fail(-kernel::kENOENT);
  const HandlerObject& handler = current_handler(context);
  if (!handler.callbacks.has(Callback::can_preserve)) return kernel::oops(context);
  return sim::call(context.participant_types[handler.type].can_preserve,
                   {.values = {handler.argument, file_of(context).index, 0, 0}});
}

Outcome take_its_answer(Context& context) {
  const std::int64_t accepts = context.frame().result;
  record_callback(context, Callback::can_preserve, current_handler(context).compatible, true,
                  file_of(context), false, 0, accepts, 0);
  if (accepts != 0) return sim::end();
  ++context.frame().local[0];
  return sim::done();
}

Outcome allocate_record(Context& context) {
  return kernel::allocate_object(context, kRegisterFile) ? sim::done()
                                                         : sim::fail(-kernel::kENOMEM);
}

Outcome store_record(Context& context) {
  State& luo = context.luo;
  const std::uint64_t token = luo.next_token++;
  if (!kernel::store_in_xarray(context, kRegisterFile)) return sim::fail(-kernel::kENOMEM);
  const kernel::FileId file = file_of(context);
  luo.outgoing.push_back(
      {.token = token, .handler = luo.handlers[context.frame().local[0]], .file = file});
  context.frame().word = token;
  context.record({.kind = LuoRecord::file_preserved,
                  .object = context.kernel.files[file].name,
                  .values = {token, 0, 0, 0}});
  return sim::done();
}

// values[0] is the token.
Outcome remove_record(Context& context) {
  State& luo = context.luo;
  const std::uint64_t token = context.frame().values[0];
  const FileRecord* record = find_record(luo.outgoing, token);
  if (record == nullptr) return sim::fail(-kernel::kENOENT);
  luo.outgoing.erase(luo.outgoing.begin() + (record - luo.outgoing.data()));
  context.record({.kind = LuoRecord::file_unpreserved, .values = {token, 0, 0, 0}});
  return sim::done();
}

constexpr std::string_view kRelease = "release the phase lock";
constexpr std::string_view kReleaseList = "release the list of handlers";

constexpr sim::Step kPreserveSteps[] = {
    {"take a reference to the file", sim::step<get_reference>},
    {"read-lock the phase", sim::step<read_phase_lock>},
    {"check that the phase is normal or updated",
     sim::step<check_phase>,
     {.on_failure = "drop the reference"}},
    {"read-lock the list of handlers", sim::step<read_handler_list>},
    {"ask the next handler",
     sim::step<ask_next_handler>,
     {.on_failure = "release the list of handlers after a failure"}},
    {"take its answer",
     sim::step<take_its_answer>,
     {.then = "ask the next handler", .on_end = "allocate a record"}},
    {"allocate a record",
     sim::step<allocate_record>,
     {.on_failure = "release the list of handlers after a failure"}},
    {"store it under the next token",
     sim::step<store_record>,
     {.then = kReleaseList, .on_failure = "release the list of handlers after a failure"}},
    {"release the list of handlers after a failure", sim::step<release_handler_list>},
    {"drop the reference", sim::step<put_reference>, {.then = kRelease}},
    {kReleaseList, sim::step<release_handler_list>},
    {kRelease, sim::step<release_phase_lock>},
};

constexpr sim::Step kUnpreserveSteps[] = {
    {"read-lock the phase", sim::step<read_phase_lock>},
    {"check that the phase is normal or updated", sim::step<check_phase>, {.on_failure = kRelease}},
    {"remove the record", sim::step<remove_record>, {.on_failure = kRelease}},
    {kRelease, sim::step<release_phase_lock>},
};

}  // namespace

const sim::Program kPreserveFileProgram{
    "luo.preserve_file", "finds a handler for a file and gives it the next token", kPreserveSteps};
const sim::Program kUnpreserveFileProgram{"luo.unpreserve_file", "forgets the record of a token",
                                          kUnpreserveSteps};

}  // namespace luosim::luo::v2
