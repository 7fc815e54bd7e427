// SPDX-License-Identifier: Apache-2.0
//
// liveupdate_get_subsystem_data(): a subsystem's word, before it is finished. Only in updated, by
// name; registration is not needed.
#include "model/kernel/errno.hpp"
#include "model/luo/v2/parts.hpp"
#include "model/luo/v2/tree.hpp"

namespace luosim::luo::v2 {

namespace {

sim::Outcome look_the_word_up(Context& context) {
  if (context.luo.phase != Phase::updated) return sim::fail(-kernel::kENOENT);
  const sim::Symbol name{static_cast<std::uint32_t>(context.frame().values[0])};
  const kho::TreeReader tree = read_tree(context.memory, context.luo.incoming_tree);
  const auto node = tree.child(kho::TreeReader::kRoot, kSubsystemsNode);
  const auto word = node ? tree.word(*node, context.names.text(name)) : std::nullopt;
  if (!word) return sim::fail(-kernel::kENOENT);
  context.frame().word = *word;
  return sim::done();
}

constexpr std::string_view kRelease = "release the phase lock";

constexpr sim::Step kSteps[] = {
    {"read-lock the phase", sim::step<read_phase_lock>},
    {"look the word up", sim::step<look_the_word_up>, {.on_failure = kRelease}},
    {kRelease, sim::step<release_phase_lock>},
};

}  // namespace

const sim::Program kSubsystemDataProgram{
    "luo.subsystem_data", "reads a subsystem's word from the handed-over tree", kSteps};

}  // namespace luosim::luo::v2
