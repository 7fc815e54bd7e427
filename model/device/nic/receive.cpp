// SPDX-License-Identifier: Apache-2.0
//
// The task that brings frames to a port, one program of two steps: a frame comes and takes a
// descriptor; a little later it lands. In between, the buffer may change hands, the function may be
// reset, and the page tables may go: the port knows nothing of it.
#include <algorithm>
#include <optional>

#include "model/device/context.hpp"
#include "model/device/nic/port.hpp"

namespace luosim::device::nic {

namespace {

using sim::Outcome;

constexpr std::uint16_t kReceiveVector = 0;

FunctionId function_of(const Context& context) {
  return {static_cast<std::uint32_t>(context.frame().values[0])};
}

// frame.local: where the descriptor is, which buffer it names, and how long the frame has been on
// its way when it lands.
Iova descriptor_taken(const Context& context) {
  return {context.frame().local[0]};
}
Iova buffer_taken(const Context& context) {
  return {context.frame().local[1]};
}

Iova next_descriptor(const Port& port) {
  return Iova{port.ring_base} + sizeof(Descriptor) * std::uint64_t{port.head};
}

void record_frame(Context& context, sim::RecordKind kind, const Port& port, std::uint64_t more) {
  context.record({.kind = kind,
                  .subject = context.name_of(port.function),
                  .values = {port.function.index, port.head, kFrameBytes, more}});
}

void drop(Context& context, Port& port, DropReason reason) {
  ++port.dropped;
  record_frame(context, DeviceRecord::frame_dropped, port, static_cast<std::uint64_t>(reason));
}

// The next frame is on its way already: its distance is counted from the one that is here.
sim::Duration until_next_frame(const Port& port) {
  return distance_of_frame(port.function, port.frames + 1, port.frame_every);
}

// Takes the next descriptor; a reason if the frame cannot have it.
std::optional<DropReason> take_descriptor(Context& context, const Port& port) {
  if (port.receives == 0) return DropReason::not_receiving;
  if (port.head == port.tail) return DropReason::no_descriptor;
  const Iova at = next_descriptor(port);
  Descriptor descriptor;
  const DmaResult result =
      read_by_dma(context, port.function, at, std::as_writable_bytes(std::span(&descriptor, 1)),
                  DmaPurpose::descriptor);
  if (result != DmaResult::landed) return DropReason::lost_request;
  if (descriptor.is_done != 0) return DropReason::no_descriptor;
  context.frame().local[0] = at.value;
  context.frame().local[1] = descriptor.buffer & ~(memory::kPageBytes - 1);
  return std::nullopt;
}

Outcome take_frame(Context& context) {
  Port* port = port_of(context.devices, function_of(context));
  if (port == nullptr) return sim::finish(0);
  if (context.devices.traffic_ends != 0) {
    port->has_traffic = 0;
    return sim::finish(0);
  }
  const std::optional<DropReason> reason = take_descriptor(context, *port);
  if (!reason) {
    const sim::Duration on_its_way = context.timing.of(timing::Cost::nic_frame);
    context.frame().local[2] = static_cast<std::uint64_t>(on_its_way.ns);
    return sim::done(on_its_way);
  }
  drop(context, *port, *reason);
  const sim::Duration distance = until_next_frame(*port);
  ++port->frames;
  return sim::again(distance);
}

// Writes the frame and gives the descriptor back; a reason if it did not get so far. The head moves
// on only then: a descriptor whose buffer cannot be reached is tried by the next frame again.
std::optional<DropReason> land(Context& context, Port& port) {
  if (port.receives == 0) return DropReason::not_receiving;
  if (port.head == port.tail || next_descriptor(port) != descriptor_taken(context))
    return DropReason::ring_changed;
  const Iova buffer = buffer_taken(context);
  const Dma dma =
      start_dma(context, port.function, buffer, kFrameBytes, DmaDirection::write, DmaPurpose::data);
  if (!dma.landed()) return DropReason::lost_request;
  context.memory.fill({memory::page_of(dma.address), 1},
                      contents_of_frame(port.function, port.frames));
  const Descriptor done{.buffer = buffer.value, .bytes = kFrameBytes, .is_done = 1};
  const DmaResult result = write_by_dma(context, port.function, descriptor_taken(context),
                                        std::as_bytes(std::span(&done, 1)), DmaPurpose::descriptor);
  if (result != DmaResult::landed) return DropReason::lost_request;
  return std::nullopt;
}

Outcome land_frame(Context& context) {
  Port* port = port_of(context.devices, function_of(context));
  if (port == nullptr) return sim::finish(0);
  const sim::Duration on_its_way{static_cast<std::int64_t>(context.frame().local[2])};
  const sim::Duration left = until_next_frame(*port) - on_its_way;
  const std::optional<DropReason> reason = land(context, *port);
  ++port->frames;
  if (reason) {
    drop(context, *port, *reason);
  } else {
    ++port->received;
    record_frame(context, DeviceRecord::frame_received, *port, port->frames - 1);
    port->head = port->head + 1 == port->ring_size ? 0 : port->head + 1;
    irq::raise(context, port->function, kReceiveVector);
  }
  // A port takes one frame at a time: what comes faster waits in front of it.
  return sim::done(std::max(left, sim::nanoseconds(1)));
}

constexpr sim::Step kReceiveSteps[] = {
    {.name = "take_frame", .run = sim::step<take_frame>},
    {.name = "land_frame", .run = sim::step<land_frame>, .flow = {.then = "take_frame"}},
};
constexpr sim::Program kReceive{
    .name = "nic.receive",
    .about = "Frames come from outside and go to the buffers of a ring in memory.",
    .steps = kReceiveSteps,
};
constexpr const sim::Program* kPrograms[] = {&kReceive};

// A task may be gone without the port's knowledge: a power cycle drops all of them.
bool has_task(const sim::Schedule& schedule, FunctionId function) {
  for (const sim::Task& task : schedule.tasks()) {
    const bool is_alive =
        task.state == sim::Task::State::ready || task.state == sim::Task::State::blocked;
    if (is_alive && task.group == group_of(function) &&
        schedule.frame(task.frame).program == kReceive.id())
      return true;
  }
  return false;
}

}  // namespace

void start_traffic(Context& context) {
  for (Port& port : context.devices.ports) {
    if (port.frame_every.ns <= 0 || has_task(context.schedule, port.function)) continue;
    port.has_traffic = 1;
    context.schedule.spawn(context.name_of(port.function), group_of(port.function), kReceive.id(),
                           {.values = {port.function.index}},
                           distance_of_frame(port.function, port.frames, port.frame_every),
                           /*keep_result=*/false);
  }
}

std::span<const sim::Program* const> programs() {
  return kPrograms;
}

}  // namespace luosim::device::nic
