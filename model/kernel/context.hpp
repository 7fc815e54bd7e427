// SPDX-License-Identifier: Apache-2.0
//
// One kernel generation without its subsystems: what it was booted with, its page allocator and its
// files; and the context of a step that runs in it.
#pragma once

#include "model/device/context.hpp"
#include "model/kernel/boot_options.hpp"
#include "model/kernel/death.hpp"
#include "model/kernel/file.hpp"

namespace luosim::kernel {

struct Core {
  std::uint32_t generation = 0;  ///< counts boots from 1; 0 before the first
  BootOptions options;
  Death death;
  memory::Pfn next_page{};   ///< where the allocator looks first for a few pages
  memory::Pfn next_block{};  ///< and where for many
  Files files;

  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const Core&, const Core&) = default;
};

/// A step of the kernel: adds the running generation to the machine that it runs on.
struct Context : device::Context {
  Core& kernel;
};

/// The kernel ends here: every task stops. The step that calls it returns its outcome at once.
sim::Outcome panic(Context& context, const PanicReason& reason);
sim::Outcome oops(Context& context);
/// The kernel read a page that was freed: `freed_from` had it last.
sim::Outcome undefined_read(Context& context, memory::OwnerTag freed_from);

}  // namespace luosim::kernel
