// SPDX-License-Identifier: Apache-2.0
//
// A participant has one word for the next kernel, and may change it until freeze has returned. LUO
// keeps it in a record and copies it to the tree that is handed over.
#include <fmt/format.h>

#include "model/guarantees/all.hpp"
#include "model/guarantees/wording.hpp"
#include "model/kernel/record.hpp"
#include "model/luo/v2/tree.hpp"

namespace luosim::guarantees {

namespace {

using kho::TreeReader;

constexpr sim::RecordKind kLooksAfter[] = {kernel::KernelRecord::kexec};

void compare(Look& look, std::string_view who, std::optional<std::uint64_t> handed_over,
             std::uint64_t left) {
  if (handed_over == left) return;
  look.say(fmt::format("{} left the word {:#x}, and the tree says {}", who, left,
                       handed_over ? fmt::format("{:#x}", *handed_over) : "none"));
}

void compare_files(Look& look, const TreeReader& tree) {
  const luo::v2::State& luo = look.view.luo;
  const auto files = tree.child(TreeReader::kRoot, luo::v2::kFilesNode);
  if (!files) return;
  for (const TreeReader::Node node : tree.children(*files)) {
    const auto token = luo::v2::token_of(tree.name(node));
    const auto record = std::lower_bound(
        luo.outgoing.begin(), luo.outgoing.end(), token.value_or(0),
        [](const luo::v2::FileRecord& each, std::uint64_t wanted) { return each.token < wanted; });
    if (record == luo.outgoing.end() || record->token != token) continue;
    compare(look, file_named(look.view, record->file), tree.word(node, luo::v2::kData),
            record->word);
  }
}

void compare_subsystems(Look& look, const TreeReader& tree) {
  const luo::v2::State& luo = look.view.luo;
  const auto node = tree.child(TreeReader::kRoot, luo::v2::kSubsystemsNode);
  if (!node) return;
  for (const std::uint32_t index : luo.subsystems) {
    const luo::v2::SubsystemObject& object = luo.subsystem_objects[index];
    const std::string& name = look.view.names.text(object.name);
    compare(look, name, tree.word(*node, name), object.word);
  }
}

void look(Look& look) {
  const Machine& machine = look.view;
  if (machine.luo.phase != luo::v2::Phase::frozen || !is_at_rest(machine)) return;
  const TreeReader tree = luo::v2::read_tree(machine.memory, machine.luo.tree);
  if (!tree.is_valid()) return;
  compare_files(look, tree);
  compare_subsystems(look, tree);
}

}  // namespace

const Guarantee kWordsAreHandedOver{
    .id = "words-are-handed-over",
    .promise = "The tree that is handed over says the word that each participant left last.",
    .rule =
        "Prepare and freeze return a word, which finish and retrieve get in the next kernel "
        "(luo-v2.md, sections 5 and 7).",
    .family = "snapshots",
    .looks_after = kLooksAfter,
    .look = look};

}  // namespace luosim::guarantees
