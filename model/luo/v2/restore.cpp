// SPDX-License-Identifier: Apache-2.0
//
// Getting a file back in the next kernel (luo-v2.md, section 4). The list of incoming files is
// built at the first FD_RESTORE, whatever its token, or at FINISH; every node must then have a
// handler, or the kernel panics (bug B18).
#include "model/kernel/errno.hpp"
#include "model/luo/v2/knobs.hpp"
#include "model/luo/v2/parts.hpp"
#include "model/luo/v2/record.hpp"
#include "model/luo/v2/startup.hpp"
#include "model/luo/v2/tree.hpp"

namespace luosim::luo::v2 {

namespace {

using kho::TreeReader;
using sim::Outcome;

Outcome check_that_there_is_a_list_to_build(Context& context) {
  const State& luo = context.luo;
  return luo.incoming_list_built || luo.incoming_tree.value == 0 ? sim::end() : sim::done();
}

Outcome lock_handler_list(Context& /*context*/) {
  return sim::acquire(kHandlerListLock, sim::LockMode::write);
}

Outcome release_handler_list(Context& context) {
  context.release(kHandlerListLock);
  return sim::done();
}

std::optional<std::uint32_t> handler_with(const Context& context, const std::string& compatible) {
  for (const std::uint32_t index : context.luo.handlers) {
    if (context.names.text(context.luo.handler_objects[index].compatible) == compatible)
      return index;
  }
  return std::nullopt;
}

// Turns a file's node into a record; the reason to panic if it cannot.
const PanicReason* add_record(Context& context, const TreeReader& tree, TreeReader::Node node) {
  const auto token = token_of(tree.name(node));
  if (!token) return &kBadToken;
  const auto compatible = tree.text(node, kCompatible);
  if (!compatible) return &kFileCompatibleMissing;
  const auto word = tree.word(node, kData);
  if (!word) return &kFileDataMissing;
  const auto handler = handler_with(context, *compatible);
  if (!handler && context.knob(kMissingHandler) == kPanic) return &kNoHandler;
  std::vector<FileRecord>& incoming = context.luo.incoming;
  if (find_record(incoming, *token) != nullptr) return &kDuplicateToken;
  const FileRecord record{.token = *token,
                          .word = *word,
                          .handler = handler.value_or(kNoHandlerObject),
                          .phase = Phase::updated};
  // Nodes come in reverse order of tokens, so this is nearly always the front.
  auto place = incoming.begin();
  while (place != incoming.end() && place->token < *token) ++place;
  incoming.insert(place, record);
  return nullptr;
}

// A store that overtakes those of the list, on a processor that lets it (race I5).
// frame.local[0] is 1 from then on.
Outcome mark_it_built_too_early(Context& context) {
  if (context.luo.incoming_list_built || !context.fault(kStoreReorderSite)) return sim::done();
  context.luo.incoming_list_built = true;
  context.frame().local[0] = 1;
  // Time for others to see the mark without the list.
  return sim::done(context.timing.of(timing::Cost::callback));
}

// A release store: the processor that would reorder is held back.
Outcome keep_the_stores_in_order(Context& context) {
  context.fault(kStoreReorderSite);
  return sim::done();
}

Outcome build_list(Context& context) {
  State& luo = context.luo;
  if (luo.incoming_list_built && context.frame().local[0] == 0) return sim::done();
  const TreeReader tree = read_tree(context.memory, luo.incoming_tree);
  const auto files = tree.child(TreeReader::kRoot, kFilesNode);
  if (files) {
    std::vector<TreeReader::Node> nodes = tree.children(*files);
    luo.incoming.reserve(nodes.size());
    // From the back, so that records are appended.
    for (std::size_t index = nodes.size(); index-- > 0;) {
      const PanicReason* reason = add_record(context, tree, nodes[index]);
      if (reason != nullptr) return kernel::panic(context, *reason);
    }
  }
  luo.incoming_list_built = true;
  context.record({.kind = LuoRecord::incoming_built, .values = {luo.incoming.size(), 0, 0, 0}});
  return sim::done();
}

Outcome build_incoming_list(Context& /*context*/) {
  return sim::call(kBuildIncomingList);
}

Outcome check_that_the_phase_is_updated(Context& context) {
  return context.luo.phase == Phase::updated ? sim::done() : sim::fail(-kernel::kEBUSY);
}

// values[0] is the token.
FileRecord* record_of(Context& context) {
  return find_record(context.luo.incoming, context.frame().values[0]);
}

// The mark is set before the handler is asked and is not taken back if it fails (bug B14). It is
// tested and then set, under a read lock only (race I2).
Outcome check_that_nobody_has_claimed_it(Context& context) {
  const FileRecord* record = record_of(context);
  if (record == nullptr) return sim::fail(-kernel::kENOENT);
  return record->reclaimed != 0 ? sim::fail(-kernel::kEINVAL) : sim::done();
}

Outcome mark_it_claimed(Context& context) {
  record_of(context)->reclaimed = 1;
  return sim::done();
}

Outcome claim_it_at_once(Context& context) {
  const Outcome outcome = check_that_nobody_has_claimed_it(context);
  if (outcome.kind == Outcome::Kind::done) record_of(context)->reclaimed = 1;
  return outcome;
}

// A handler that was missing when the list was built may have come since.
Outcome find_a_missing_handler(Context& context) {
  FileRecord* record = record_of(context);
  if (record == nullptr || record->handler != kNoHandlerObject) return sim::done();
  const TreeReader tree = read_tree(context.memory, context.luo.incoming_tree);
  const auto files = tree.child(TreeReader::kRoot, kFilesNode);
  const auto node = files ? tree.child(*files, node_name_of(record->token)) : std::nullopt;
  const auto compatible = node ? tree.text(*node, kCompatible) : std::nullopt;
  const auto handler = compatible ? handler_with(context, *compatible) : std::nullopt;
  if (!handler) return sim::fail(-kernel::kENODEV);
  record->handler = *handler;
  return sim::done();
}

Outcome retrieve_the_file(Context& context) {
  const FileRecord& record = *record_of(context);
  const HandlerObject& handler = context.luo.handler_objects[record.handler];
  if (!handler.callbacks.has(Callback::retrieve)) return kernel::oops(context);
  return sim::call(
      context.participant_types[handler.type].retrieve,
      {.values = {handler.argument, kernel::kNoFile.index, 0, 0}, .word = record.word});
}

Outcome note_its_answer(Context& context) {
  const FileRecord& record = *record_of(context);
  const std::int64_t result = context.frame().result;
  if (result != 0) context.frame().word = kernel::kNoFile.index;
  record_callback(context, Callback::retrieve,
                  context.luo.handler_objects[record.handler].compatible, true, kernel::kNoFile,
                  false, record.word, result, 0);
  return result < 0 ? sim::fail(result) : sim::done();
}

Outcome refuse_a_positive_answer(Context& context) {
  return context.frame().result > 0 ? sim::fail(-kernel::kEIO) : sim::done();
}

Outcome remember_the_file(Context& context) {
  record_of(context)->file = {static_cast<std::uint32_t>(context.frame().word)};
  return sim::done();
}

// As later series do; RFC v2 remembers the file without (luo-v2.md, section 4).
Outcome hold_the_file(Context& context) {
  remember_the_file(context);
  FileRecord& record = *record_of(context);
  if (record.file == kernel::kNoFile) return sim::done();
  context.kernel.files.get(record.file);
  record.is_held = 1;
  return sim::done();
}

Outcome let_it_be_tried_again(Context& context) {
  record_of(context)->reclaimed = 0;
  return sim::done();
}

constexpr std::string_view kRelease = "release the phase lock";

constexpr sim::Step kBuildSteps[] = {
    {"check that there is a list to build", sim::step<check_that_there_is_a_list_to_build>},
    {"write-lock the list of handlers", sim::step<lock_handler_list>},
    {"mark it built before it is, where stores may be reordered",
     sim::step<mark_it_built_too_early>,
     {},
     sim::unless(kListIsPublishedLast)},
    {"keep the stores in order",
     sim::step<keep_the_stores_in_order>,
     {},
     sim::only_if(kListIsPublishedLast)},
    {"build the list", sim::step<build_list>},
    {"release the list of handlers", sim::step<release_handler_list>},
};

constexpr sim::Step kRestoreSteps[] = {
    {"build the list of incoming files", sim::step<build_incoming_list>},
    {"read-lock the phase", sim::step<read_phase_lock>},
    {"check that the phase is updated",
     sim::step<check_that_the_phase_is_updated>,
     {.on_failure = kRelease}},
    {"find a handler that was missing",
     sim::step<find_a_missing_handler>,
     {.on_failure = kRelease},
     sim::unless(kMissingHandler, kPanic)},
    {"check that nobody has claimed it",
     sim::step<check_that_nobody_has_claimed_it>,
     {.on_failure = kRelease},
     sim::unless(kClaimAtOnce)},
    {"mark it claimed", sim::step<mark_it_claimed>, {}, sim::unless(kClaimAtOnce)},
    {"claim it", sim::step<claim_it_at_once>, {.on_failure = kRelease}, sim::only_if(kClaimAtOnce)},
    {"let the handler retrieve the file", sim::step<retrieve_the_file>},
    {"note its answer", sim::step<note_its_answer>, {.on_failure = "let it be tried again"}},
    {"refuse a positive answer",
     sim::step<refuse_a_positive_answer>,
     {.on_failure = "let it be tried again"},
     sim::only_if(kPositiveRetrieveFails)},
    {"remember the file",
     sim::step<remember_the_file>,
     {.then = kRelease},
     sim::unless(kRestoredFiles, kHeld)},
    {"remember and hold the file",
     sim::step<hold_the_file>,
     {.then = kRelease},
     sim::only_if(kRestoredFiles, kHeld)},
    {"let it be tried again",
     sim::step<let_it_be_tried_again>,
     {},
     sim::only_if(kFailedRetrieveCanBeRetried)},
    {kRelease, sim::step<release_phase_lock>},
};

}  // namespace

const sim::Program kBuildIncomingListProgram{
    "luo.build_incoming_list", "reads the handed-over tree into records, once per boot",
    kBuildSteps};
const sim::Program kRestoreFileProgram{"luo.restore_file",
                                       "asks the handler of a token for its file", kRestoreSteps};

}  // namespace luosim::luo::v2
