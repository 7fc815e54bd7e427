// SPDX-License-Identifier: Apache-2.0
//
// The root tree's page as bytes in memory.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "model/kernel/errno.hpp"
#include "model/kho/knobs.hpp"
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

/// What a caller is answered for a libfdt error: the raw number as posted (bug B34).
inline std::int64_t errno_of_tree(const Context& context, int error) {
  return error == 0 || context.knob(kTreeErrorsBecomeErrnos) == 0 ? error : -kernel::kENOSPC;
}

}  // namespace luosim::kho
