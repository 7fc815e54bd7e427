// SPDX-License-Identifier: Apache-2.0
#include "model/fd/preserved_file.hpp"

#include <algorithm>

namespace luosim::fd {

using luo::v2::FileRecord;

std::optional<std::uint64_t> token_of(const Context& context, kernel::FileId file) {
  if (file == kernel::kNoFile) return std::nullopt;
  for (const FileRecord& record : context.luo.outgoing)
    if (record.file == file) return record.token;
  return std::nullopt;
}

// Who has no prepare callback takes part as well, but has handed nothing over: its word is 0.
bool is_prepared(const Context& context, kernel::FileId file) {
  if (file == kernel::kNoFile) return false;
  for (const FileRecord& record : context.luo.outgoing)
    if (record.file == file && record.takes_part != 0 && record.word != 0) return true;
  return false;
}

std::optional<kernel::FileId> restored_file(const Context& context, std::uint64_t token) {
  const std::vector<FileRecord>& records = context.luo.incoming;
  const auto place = std::lower_bound(
      records.begin(), records.end(), token,
      [](const FileRecord& record, std::uint64_t value) { return record.token < value; });
  if (place == records.end() || place->token != token) return std::nullopt;
  return context.kernel.files.is_live(place->file) ? std::optional(place->file) : std::nullopt;
}

}  // namespace luosim::fd
