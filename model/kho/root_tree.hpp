// SPDX-License-Identifier: Apache-2.0
//
// The root tree's page as bytes in memory.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "model/kho/state.hpp"
#include "model/kho/tree.hpp"

namespace luosim::kho {

using RootPageBytes = std::array<std::byte, RootTreePage::kBytes>;

/// Lets `change` work on the bytes of the outgoing root page and puts them back; its answer.
template <class Change>
int change_root_page(Context& context, Change change) {
  RootPageBytes page;
  memory::Bytes& bytes = context.memory.bytes();
  bytes.read(context.kho.root, page);
  const int error = change(std::span<std::byte>(page));
  bytes.write_pages(memory::page_of(context.kho.root), page);
  return error;
}

}  // namespace luosim::kho
