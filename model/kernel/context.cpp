// SPDX-License-Identifier: Apache-2.0
#include "model/kernel/context.hpp"

#include "model/kernel/record.hpp"

namespace luosim::kernel {

namespace {

sim::Outcome die(Context& context, Ending ending, std::uint32_t cause) {
  context.kernel.death = {.ending = ending, .cause = cause};
  context.record(
      {.kind = KernelRecord::died, .values = {static_cast<std::uint64_t>(ending), cause, 0, 0}});
  context.schedule.drop_all_without(device::kHardwareBit);
  return sim::halt();
}

}  // namespace

void Core::add_to(sim::Hasher& hasher) const {
  hasher.add(generation);
  hasher.add(options);
  hasher.add(death);
  hasher.add(next_page.value);
  hasher.add(next_block.value);
  files.add_to(hasher);
}

sim::Outcome panic(Context& context, const PanicReason& reason) {
  return die(context, Ending::panic, reason.hash());
}

sim::Outcome oops(Context& context) {
  return die(context, Ending::oops, 0);
}

sim::Outcome undefined_read(Context& context, memory::OwnerTag freed_from) {
  return die(context, Ending::undefined, freed_from.hash);
}

}  // namespace luosim::kernel
