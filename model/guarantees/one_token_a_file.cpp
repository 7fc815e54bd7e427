// SPDX-License-Identifier: Apache-2.0
//
// Remembers the token that each file was given last: it is enough to ask whether that one is still
// the file's when it is given another.
#include <algorithm>

#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/record.hpp"

namespace luosim::guarantees {

namespace {

using luo::v2::FileRecord;
using luo::v2::LuoRecord::file_preserved;

constexpr sim::RecordKind kLooksAfter[] = {file_preserved, kernel::KernelRecord::boot_begins};

const FileRecord* record_with(const Machine& machine, std::uint64_t token) {
  const std::vector<FileRecord>& records = machine.luo.outgoing;
  const auto place = std::lower_bound(
      records.begin(), records.end(), token,
      [](const FileRecord& record, std::uint64_t wanted) { return record.token < wanted; });
  return place != records.end() && place->token == token ? &*place : nullptr;
}

void look(Look& look) {
  if (look.record.kind == kernel::KernelRecord::boot_begins) return look.notes.clear();
  const std::uint64_t token = look.record.values[0];
  const FileRecord* record = record_with(look.view, token);
  if (record == nullptr) return;
  const kernel::FileId file = record->file;
  const auto earlier = look.notes.find(file.index);
  look.notes.set(file.index, token);
  // One that was given back may be given again.
  if (!earlier || *earlier == token) return;
  const FileRecord* other = record_with(look.view, *earlier);
  if (other == nullptr || other->file != file) return;
  look.say(fmt::format("{} is preserved under token {} and under token {}",
                       file_named(look.view, file), *earlier, token));
}

}  // namespace

const Guarantee kOneTokenAFile{
    .id = "one-token-a-file",
    .promise = "A file is preserved under one token at a time.",
    .rule = "Two tokens restore the same memory twice (luo-v2-bugs.md, B35).",
    .family = "exactly-once",
    .looks_after = kLooksAfter,
    .look = look,
    .note_keys = NoteKeys::by_file};

}  // namespace luosim::guarantees
