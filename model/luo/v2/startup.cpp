// SPDX-License-Identifier: Apache-2.0
#include "model/luo/v2/startup.hpp"

#include "model/kernel/errno.hpp"
#include "model/kho/client.hpp"
#include "model/luo/v2/knobs.hpp"
#include "model/luo/v2/programs.hpp"
#include "model/luo/v2/record.hpp"
#include "model/luo/v2/tree.hpp"

namespace luosim::luo::v2 {

namespace {

// A tree that the old kernel freed after it was announced: reading it is undefined.
bool is_freed(const Context& context, memory::PhysicalAddress address) {
  const memory::Pfn page = memory::page_of(address);
  return page.value >= context.memory.pages() || context.memory.at(page).owner == memory::kFree;
}

bool has_compatible_node(const kho::TreeReader& tree, const char* name, const char* compatible) {
  const auto node = tree.child(kho::TreeReader::kRoot, name);
  return node && tree.is_compatible(*node, compatible);
}

}  // namespace

std::span<const PanicReason> panic_reasons() {
  static constexpr PanicReason kReasons[] = {
      kTreeAddressMissing, kTreeIncompatible,      kFilesIncompatible, kSubsystemsIncompatible,
      kBadToken,           kFileCompatibleMissing, kFileDataMissing,   kNoHandler,
      kDuplicateToken,     kSubsystemDataMissing};
  return kReasons;
}

sim::Outcome start_up(Context& context) {
  if (!context.kho.enabled) return sim::done();
  const bool is_switched_off =
      context.knob(kLiveupdateOffIsOff) != 0 && !context.kernel.options.liveupdate;
  if (is_switched_off) return sim::done();
  // The name of LUO's notifier block is empty: traces tell clients by name, and LUO by its own
  // records.
  kho::register_client(context, {.priority = 0, .notify = kNotifier});
  memory::PhysicalAddress address;
  const std::int64_t error = kho::retrieve_subtree(context, "LUO", address);
  if (error == -kernel::kENOENT) return sim::done();
  if (error != 0) return kernel::panic(context, kTreeAddressMissing);
  if (is_freed(context, address)) {
    const memory::Pfn page = memory::page_of(address);
    if (page.value >= context.memory.pages()) return kernel::oops(context);
    return kernel::undefined_read(context, context.memory.at(page).freed_from);
  }
  const kho::TreeReader tree = read_tree(context.memory, address);
  if (!tree.is_compatible(kho::TreeReader::kRoot, tree_compatible(context).c_str()))
    return kernel::panic(context, kTreeIncompatible);
  if (!has_compatible_node(tree, kFilesNode, kFilesCompatible))
    return kernel::panic(context, kFilesIncompatible);
  if (!has_compatible_node(tree, kSubsystemsNode, kSubsystemsCompatible))
    return kernel::panic(context, kSubsystemsIncompatible);
  context.luo.incoming_tree = address;
  context.luo.phase = *next_phase(context.luo.phase, PhaseEvent::boot);
  context.record({.kind = LuoRecord::incoming_found, .values = {address.value, 0, 0, 0}});
  return sim::done();
}

sim::Outcome create_sysfs(Context& context) {
  context.luo.sysfs = context.kernel.options.sysfs;
  return sim::done();
}

}  // namespace luosim::luo::v2
