// SPDX-License-Identifier: Apache-2.0
#include "model/kho/damage.hpp"

#include "model/kho/tree.hpp"

namespace luosim::kho {

namespace {

struct Piece {
  std::string_view name;
  memory::PhysicalAddress address{};
  std::uint64_t bytes = 0;
};

void flip_bit(memory::Bytes& bytes, const Piece& piece, std::uint64_t bit) {
  const memory::PhysicalAddress at = piece.address + bit / 8 % piece.bytes;
  const auto value = bytes.read_value<std::uint8_t>(at);
  bytes.write_value(at, static_cast<std::uint8_t>(value ^ 1U << bit % 8));
}

void damage(Context& context, const Piece& piece) {
  if (piece.address.value == 0) return;
  memory::Bytes& bytes = context.memory.bytes();
  if (const auto bit = context.fault(kBitFlipSite, piece.name))
    flip_bit(bytes, piece, static_cast<std::uint32_t>(*bit));
  if (const auto left = context.fault(kTruncateSite, piece.name)) {
    const std::uint64_t kept = static_cast<std::uint32_t>(*left) % piece.bytes;
    bytes.erase(piece.address + kept, piece.bytes - kept);
  }
}

}  // namespace

bool is_damage(std::uint64_t site) {
  return site == kBitFlipSite.id().hash || site == kTruncateSite.id().hash ||
         site == kOtherBootSite.id().hash;
}

void damage_what_is_handed_over(Context& context) {
  if (context.faults.is_empty() || context.boot_parameters.root_is_passed == 0) return;
  const TreeReader root(context.memory.bytes(), context.kho.root, RootTreePage::kBytes);
  Piece luo{kLuoTreePiece, {}, 0};
  if (const auto node = root.child(TreeReader::kRoot, "LUO")) {
    luo.address = {root.word(*node, "fdt").value_or(0)};
    // As long as its header says; a page if that says nothing.
    const TreeReader tree(context.memory.bytes(), luo.address, 1ULL << 20);
    luo.bytes = tree.is_valid() ? tree.blob().size() : memory::kPageBytes;
  }
  Piece map{kMapPiece, {}, memory::kPageBytes};
  if (!context.kho.chunks.empty()) map.address = context.kho.chunks.front();
  for (const Piece& piece : {luo, map, Piece{kRootPiece, context.kho.root, memory::kPageBytes}})
    damage(context, piece);
  const bool has_another = context.kho.incoming_root.value != 0;
  if (has_another && context.fault(kOtherBootSite))
    context.boot_parameters.root = context.kho.incoming_root;
}

}  // namespace luosim::kho
