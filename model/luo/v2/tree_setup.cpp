// SPDX-License-Identifier: Apache-2.0
//
// Building the outgoing tree at the start of prepare. An error before the callbacks frees the
// buffer properly; an error of a callback does not (bug B09).
#include "model/kernel/errno.hpp"
#include "model/kho/client.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/v2/parts.hpp"
#include "model/luo/v2/record.hpp"
#include "model/luo/v2/tree.hpp"

namespace luosim::luo::v2 {

namespace {

using sim::Outcome;

// frame.local[0] is the address of the buffer until the core keeps it.
memory::PhysicalAddress buffer(Context& context) {
  return {context.frame().local[0]};
}

Outcome allocate_buffer(Context& context) {
  const auto pages = kernel::allocate_pages(context, kTreePages, kTreePages, kTreeOwner);
  if (!pages) return sim::fail(-kernel::kENOMEM);
  context.frame().local[0] = memory::address_of(pages->first).value;
  return sim::done();
}

Outcome write_nodes(Context& context) {
  return write_tree(context, buffer(context)) ? sim::done() : sim::fail(-kernel::kENOSPC);
}

Outcome preserve_buffer(Context& context) {
  const std::int64_t error = kho::preserve_range(context, buffer(context), kTreeBytes);
  return error == 0 ? sim::done() : sim::fail(error);
}

Outcome announce_tree(Context& context) {
  const std::int64_t error = kho::add_subtree(context, "LUO", buffer(context));
  return error == 0 ? sim::done() : sim::fail(error);
}

Outcome keep_tree(Context& context) {
  State& luo = context.luo;
  luo.tree = buffer(context);
  context.record({.kind = LuoRecord::tree_built,
                  .values = {luo.tree.value, luo.outgoing.size(), luo.subsystems.size(),
                             read_tree(context.memory, luo.tree).blob().size()}});
  return sim::done();
}

Outcome unpreserve_buffer(Context& context) {
  kho::unpreserve_range(context, buffer(context), kTreeBytes);
  return sim::done();
}

Outcome free_buffer(Context& context) {
  kernel::free_pages(context, {memory::page_of(buffer(context)), kTreePages});
  return sim::done();
}

constexpr sim::Step kSteps[] = {
    {"allocate 1 MiB", sim::step<allocate_buffer>},
    {"write a node for each file and subsystem",
     sim::step<write_nodes>,
     {.on_failure = "free the buffer"}},
    {"preserve the buffer", sim::step<preserve_buffer>, {.on_failure = "free the buffer"}},
    {"announce the tree to KHO", sim::step<announce_tree>, {.on_failure = "unpreserve the buffer"}},
    {"keep the tree", sim::step<keep_tree>, {.then = sim::kReturn}},
    {"unpreserve the buffer", sim::step<unpreserve_buffer>},
    {"free the buffer", sim::step<free_buffer>},
};

}  // namespace

const sim::Program kTreeSetupProgram{
    "luo.tree_setup", "builds the handover tree with zero words and announces it", kSteps};

}  // namespace luosim::luo::v2
