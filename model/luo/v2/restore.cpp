// SPDX-License-Identifier: Apache-2.0
//
// Getting a file back in the next kernel (luo-v2.md, section 4). The list of incoming files is
// built at the first FD_RESTORE, whatever its token, or at FINISH; every node must then have a
// handler, or the kernel panics (bug B18).
#include "model/kernel/errno.hpp"
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
  if (!handler) return &kNoHandler;
  std::vector<FileRecord>& incoming = context.luo.incoming;
  if (find_record(incoming, *token) != nullptr) return &kDuplicateToken;
  const FileRecord record{
      .token = *token, .word = *word, .handler = *handler, .phase = Phase::updated};
  // Nodes come in reverse order of tokens, so this is nearly always the front.
  auto place = incoming.begin();
  while (place != incoming.end() && place->token < *token) ++place;
  incoming.insert(place, record);
  return nullptr;
}

Outcome build_list(Context& context) {
  State& luo = context.luo;
  if (luo.incoming_list_built) return sim::done();
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
// tested and set under a read lock only (race I2).
Outcome claim_the_record(Context& context) {
  FileRecord* record = record_of(context);
  if (record == nullptr) return sim::fail(-kernel::kENOENT);
  if (record->reclaimed != 0) return sim::fail(-kernel::kEINVAL);
  record->reclaimed = 1;
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

Outcome remember_the_file(Context& context) {
  FileRecord& record = *record_of(context);
  const std::int64_t result = context.frame().result;
  const bool brought_a_file = result == 0;
  const kernel::FileId file = brought_a_file
                                  ? kernel::FileId{static_cast<std::uint32_t>(context.frame().word)}
                                  : kernel::kNoFile;
  record_callback(context, Callback::retrieve,
                  context.luo.handler_objects[record.handler].compatible, true, kernel::kNoFile,
                  false, record.word, result, 0);
  context.frame().word = file.index;
  if (result < 0) return sim::fail(result);
  record.file = file;
  return sim::done();
}

constexpr std::string_view kRelease = "release the phase lock";

constexpr sim::Step kBuildSteps[] = {
    {"check that there is a list to build", sim::step<check_that_there_is_a_list_to_build>},
    {"write-lock the list of handlers", sim::step<lock_handler_list>},
    {"build the list", sim::step<build_list>},
    {"release the list of handlers", sim::step<release_handler_list>},
};

constexpr sim::Step kRestoreSteps[] = {
    {"build the list of incoming files", sim::step<build_incoming_list>},
    {"read-lock the phase", sim::step<read_phase_lock>},
    {"check that the phase is updated",
     sim::step<check_that_the_phase_is_updated>,
     {.on_failure = kRelease}},
    {"claim the record", sim::step<claim_the_record>, {.on_failure = kRelease}},
    {"let the handler retrieve the file", sim::step<retrieve_the_file>},
    {"remember the file", sim::step<remember_the_file>, {.on_failure = kRelease}},
    {kRelease, sim::step<release_phase_lock>},
};

}  // namespace

const sim::Program kBuildIncomingListProgram{
    "luo.build_incoming_list", "reads the handed-over tree into records, once per boot",
    kBuildSteps};
const sim::Program kRestoreFileProgram{"luo.restore_file",
                                       "asks the handler of a token for its file", kRestoreSteps};

}  // namespace luosim::luo::v2
