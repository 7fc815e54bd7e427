// SPDX-License-Identifier: Apache-2.0
#include "model/driver/irq/arrival.hpp"

#include "model/device/irq/message.hpp"
#include "model/driver/irq/record.hpp"
#include "model/driver/irq/table.hpp"

namespace luosim::driver::irq {

namespace {

namespace hardware = device::irq;

void note_stray(Context& context, std::uint64_t number, bool was_handed_over) {
  ++context.drivers.irq.stray;
  context.record(
      {.kind = IrqRecord::stray, .values = {number, was_handed_over ? 1ULL : 0ULL, 0, 0}});
}

bool is_on_its_way(const sim::Schedule& schedule, std::uint32_t task, std::uint32_t number) {
  if (schedule.task({task}).state != sim::Task::State::ready) return false;
  const sim::Frame& frame = schedule.frame_of({task});
  return frame.program == hardware::kInterruptEntry && frame.step == 0 && frame.values[0] == number;
}

// True if a message was on its way; none is any more.
bool take_what_is_on_its_way(sim::Schedule& schedule, std::uint32_t number) {
  bool has_taken = false;
  for (std::uint32_t task = 0; task < schedule.tasks().size(); ++task) {
    if (!is_on_its_way(schedule, task, number)) continue;
    schedule.drop({task});
    has_taken = true;
  }
  return has_taken;
}

}  // namespace

// One that was handed over waits for who asks for it.
const Vector* who_is_told(Context& context, std::uint64_t number) {
  std::vector<Vector>& vectors = context.drivers.irq.vectors;
  const bool is_used = number < vectors.size() && vectors[number].is_used != 0;
  if (!is_used || (vectors[number].flags & kPosted) != 0) {
    note_stray(context, number, false);
    return nullptr;
  }
  Vector& vector = vectors[number];
  if ((vector.flags & kHandedOver) == 0) return &vector;
  vector.flags |= kRaised;
  note_stray(context, number, true);
  return nullptr;
}

void call_handler(Context& context, const Vector& vector) {
  context.schedule.spawn(context.name_of(vector.function), context.devices.processors.kernel_group,
                         vector.handler, {.values = {vector.argument, vector.argument_too, 0, 0}},
                         context.timing.of(timing::Cost::interrupt), /*keep_result=*/false);
}

// The mask is read back, and messages are posted writes like any other: what the function has sent
// is at a processor before the answer is here. free_irq() then waits for the handlers. Several
// messages are one, as a processor keeps one bit for each vector.
void release(Context& context, std::uint32_t number) {
  Vector& vector = context.drivers.irq.vectors[number];
  hardware::mask_vector(context, vector.function, vector.entry, true);
  if (take_what_is_on_its_way(context.schedule, number))
    if (const Vector* told = who_is_told(context, number)) call_handler(context, *told);
  write_table_entry(context, number, {});
  vector = {};
}

}  // namespace luosim::driver::irq
