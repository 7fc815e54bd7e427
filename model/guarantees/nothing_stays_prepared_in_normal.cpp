// SPDX-License-Identifier: Apache-2.0
//
// Only transitions freeze and thaw mappings and build and free the tree, so it is enough to look
// when one of them has returned. A file whose handler has no cancel cannot be thawed by anybody.
#include <fmt/format.h>

#include "model/fd/file_type.hpp"
#include "model/guarantees/all.hpp"
#include "model/guarantees/calls.hpp"
#include "model/guarantees/wording.hpp"
#include "model/userspace/programs.hpp"
#include "model/userspace/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {userspace::UserRecord::call_returns};

bool is_frozen(const Machine& machine, const luo::v2::FileRecord& record) {
  const kernel::File& file = machine.kernel.files[record.file];
  return file.type == static_cast<std::uint32_t>(fd::FileType::memfd) &&
         machine.fd.memfds[file.object].is_frozen != 0 &&
         machine.luo.handler_objects[record.handler].callbacks.has(luo::Callback::cancel);
}

std::vector<std::string> frozen_files(const Machine& machine) {
  std::vector<std::string> names;
  for (const luo::v2::FileRecord& record : machine.luo.outgoing)
    if (is_frozen(machine, record)) names.push_back(file_named(machine, record.file));
  return names;
}

void look(Look& look) {
  const Machine& machine = look.view;
  if (!kTransitions.contain(verb_of(look.record)) || !is_at_rest(machine) ||
      machine.luo.phase != luo::v2::Phase::normal) {
    return;
  }
  const std::vector<std::string> frozen = frozen_files(machine);
  std::vector<std::string> left;
  if (machine.luo.tree.value != 0)
    left.push_back(
        fmt::format("LUO still has the tree of the update at {:#x}", machine.luo.tree.value));
  if (!frozen.empty()) {
    left.push_back(fmt::format("the mapping of {} is still frozen", listed(frozen)));
  }
  if (left.empty()) return;
  const std::int64_t status = status_of(look.record);
  look.say(fmt::format("the phase is normal after {} = {}, and {}",
                       userspace::word_of(verb_of(look.record)),
                       status < 0 ? error_text(status) : "0", listed(left)));
}

}  // namespace

const Guarantee kNothingStaysPreparedInNormal{
    .id = "nothing-stays-prepared-in-normal",
    .promise = "In phase normal no file is frozen for an update and no tree is left over from one.",
    .rule = "A failed prepare or freeze takes back what it did (luo-v2-bugs.md, B02 and B09).",
    .family = "abort-leaves-no-trace",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
