// SPDX-License-Identifier: Apache-2.0
//
// Preserving and unpreserving one file (luo-v2.md, section 4). A token is used up even if the
// record cannot be stored; unpreserving never drops the file's reference (bug B13).
#include <algorithm>

#include "model/kernel/errno.hpp"
#include "model/luo/v2/image_note.hpp"
#include "model/luo/v2/knobs.hpp"
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

Outcome pass(Context& /*context*/) {
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

Outcome check_that_kho_is_on(Context& context) {
  return context.kho.enabled ? sim::done() : sim::fail(-kernel::kEOPNOTSUPP);
}

auto place_of(std::vector<kernel::FileId>& files, kernel::FileId file) {
  return std::lower_bound(files.begin(), files.end(), file);
}

Outcome check_that_it_has_no_token(Context& context) {
  const auto place = place_of(context.luo.files, file_of(context));
  const bool has_token = place != context.luo.files.end() && *place == file_of(context);
  return has_token ? sim::fail(-kernel::kEEXIST) : sim::done();
}

Outcome note_that_it_has_one(Context& context) {
  context.luo.files.insert(place_of(context.luo.files, file_of(context)), file_of(context));
  return sim::done();
}

Outcome check_that_the_next_kernel_has_it(Context& context) {
  return next_image_has_handler(context, current_handler(context).compatible)
             ? sim::done()
             : sim::fail(-kernel::kEOPNOTSUPP);
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
  // An xarray is in the order of its indexes, whatever the order in which they were stored.
  const auto place = std::lower_bound(
      luo.outgoing.begin(), luo.outgoing.end(), token,
      [](const FileRecord& record, std::uint64_t wanted) { return record.token < wanted; });
  luo.outgoing.insert(
      place, {.token = token, .handler = luo.handlers[context.frame().local[0]], .file = file});
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
  context.frame().local[0] = record->file.index;
  luo.outgoing.erase(luo.outgoing.begin() + (record - luo.outgoing.data()));
  context.record({.kind = LuoRecord::file_unpreserved, .values = {token, 0, 0, 0}});
  return sim::done();
}

// frame.local[0] is the file whose record was removed.
kernel::FileId file_of_token(Context& context) {
  return {static_cast<std::uint32_t>(context.frame().local[0])};
}

Outcome forget_that_it_has_one(Context& context) {
  const auto place = place_of(context.luo.files, file_of_token(context));
  if (place != context.luo.files.end() && *place == file_of_token(context))
    context.luo.files.erase(place);
  return sim::done();
}

Outcome put_reference_of_token(Context& context) {
  context.kernel.files.put(file_of_token(context));
  return sim::done();
}

constexpr std::string_view kRelease = "release the phase lock";
constexpr std::string_view kReleaseList = "release the list of handlers";

constexpr sim::Step kPreserveSteps[] = {
    {"check that KHO is on", sim::step<check_that_kho_is_on>, {}, sim::only_if(kPreserveNeedsKho)},
    {"take a reference to the file", sim::step<get_reference>},
    {"read-lock the phase", sim::step<read_phase_lock>},
    {"check that the phase is normal or updated",
     sim::step<check_phase>,
     {.on_failure = "drop the reference"}},
    {"check that the file has no token",
     sim::step<check_that_it_has_no_token>,
     {.on_failure = "drop the reference"},
     sim::only_if(kOneTokenAFile)},
    {"read-lock the list of handlers", sim::step<read_handler_list>},
    {"ask the next handler",
     sim::step<ask_next_handler>,
     {.on_failure = "release the list of handlers after a failure"}},
    {"take its answer",
     sim::step<take_its_answer>,
     {.then = "ask the next handler", .on_end = "check that the next kernel has it"}},
    {"check that the next kernel has it",
     sim::step<check_that_the_next_kernel_has_it>,
     {.on_failure = "release the list of handlers after a failure"},
     sim::only_if(kMissingHandler, kRefuse)},
    {"allocate a record",
     sim::step<allocate_record>,
     {.on_failure = "release the list of handlers after a failure"}},
    {"store it under the next token",
     sim::step<store_record>,
     {.on_failure = "release the list of handlers after a failure"}},
    {"note that it has a token", sim::step<note_that_it_has_one>, {}, sim::only_if(kOneTokenAFile)},
    {"leave", sim::step<pass>, {.then = kReleaseList}},
    {"release the list of handlers after a failure", sim::step<release_handler_list>},
    {"drop the reference", sim::step<put_reference>, {.then = kRelease}},
    {kReleaseList, sim::step<release_handler_list>},
    {kRelease, sim::step<release_phase_lock>},
};

constexpr sim::Step kUnpreserveSteps[] = {
    {"read-lock the phase", sim::step<read_phase_lock>},
    {"check that the phase is normal or updated", sim::step<check_phase>, {.on_failure = kRelease}},
    {"remove the record", sim::step<remove_record>, {.on_failure = kRelease}},
    {"forget that the file has a token",
     sim::step<forget_that_it_has_one>,
     {},
     sim::only_if(kOneTokenAFile)},
    {"drop the file's reference",
     sim::step<put_reference_of_token>,
     {},
     sim::only_if(kUnpreserveDropsReference)},
    {kRelease, sim::step<release_phase_lock>},
};

}  // namespace

const sim::Program kPreserveFileProgram{
    "luo.preserve_file", "finds a handler for a file and gives it the next token", kPreserveSteps};
const sim::Program kUnpreserveFileProgram{"luo.unpreserve_file", "forgets the record of a token",
                                          kUnpreserveSteps};

}  // namespace luosim::luo::v2
