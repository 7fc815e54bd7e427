// SPDX-License-Identifier: Apache-2.0
//
// LUO tells a handler in finish which file a token gave. So it has to know it, and whoever restored
// the file may have closed it before.
#include <algorithm>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/wording.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

using luo::v2::FileRecord;
using luo::v2::Phase;
using luo::v2::LuoRecord::file_restored;

constexpr sim::RecordKind kLooksAfter[] = {file_restored, userspace::UserRecord::call_returns};

// A finish may have overtaken the call, and the record is gone.
void look_at_restored(Look& look) {
  const auto& incoming = look.view.luo.incoming;
  const std::uint64_t token = look.record.values[0];
  const auto record = std::lower_bound(
      incoming.begin(), incoming.end(), token,
      [](const FileRecord& each, std::uint64_t wanted) { return each.token < wanted; });
  if (record == incoming.end() || record->token != token) return;
  const kernel::FileId file{static_cast<std::uint32_t>(look.record.values[2])};
  if (record->file == file) return;
  look.say(fmt::format("token {} gave a file that LUO does not know", token));
}

void look_at_closed(Look& look) {
  const Machine& machine = look.view;
  if (machine.luo.phase != Phase::updated || !is_at_rest(machine)) return;
  for (const FileRecord& record : machine.luo.incoming) {
    if (record.file == kernel::kNoFile || record.phase != Phase::updated) continue;
    if (machine.kernel.files[record.file].references != 0) continue;
    look.say(fmt::format("{} came back for token {} and is closed, and finish will look at it",
                         file_named(machine, record.file), record.token));
  }
}

void look(Look& look) {
  if (look.record.kind == file_restored) return look_at_restored(look);
  if (verb_of(look.record) == userspace::Verb::close) look_at_closed(look);
}

}  // namespace

const Guarantee kARestoredFileLivesUntilFinish{
    .id = "a-restored-file-lives-until-finish",
    .promise = "A file that came back is there until finish, whoever closes it.",
    .rule = "FINISH hands the file of each token to its handler (luo-v2.md, sections 4 and 5).",
    .family = "lifetimes",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
