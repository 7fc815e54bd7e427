// SPDX-License-Identifier: Apache-2.0
//
// A story in which no file is restored says nothing about contents, tokens and handlers.
#include "model/guarantees/all.hpp"
#include "model/luo/v2/record.hpp"

namespace luosim::guarantees {

namespace {

constexpr sim::RecordKind kLooksAfter[] = {luo::v2::LuoRecord::file_restored};

void look(Look& look) {
  look.say("a file came back");
}

}  // namespace

const Guarantee kAFileComesBack{
    .id = "a-file-comes-back",
    .promise = "Some file is restored in the kernel after its own.",
    .rule = "FD_RESTORE gives a file a descriptor (luo-v2.md, section 4).",
    .family = "liveness",
    .kind = sim::ClaimKind::sometimes,
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
