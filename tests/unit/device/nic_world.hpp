// SPDX-License-Identifier: Apache-2.0
//
// A port that receives, its ring and its buffers, and a driver that does nothing by itself: what
// tests of the port play with.
#pragma once

#include <gtest/gtest.h>

#include "model/device/nic/port.hpp"
#include "tests/unit/device/interrupt_world.hpp"

namespace luosim::device {

inline constexpr memory::PhysicalAddress kRing{0x80'0000};
inline constexpr memory::PhysicalAddress kBuffers{0x90'0000};
inline constexpr std::uint32_t kDescriptors = 4;
inline constexpr sim::Duration kEvery = sim::microseconds(100);

// The device of an InterruptWorld is a port, with a driver that gives it buffers.
struct NicWorld : InterruptWorld {
  explicit NicWorld(sim::Duration every = kEvery) {
    devices.ports.push_back({.function = device, .frame_every = every});
    use(0, irq::compatibility_message(0x30));
  }

  nic::Port& nic_port() { return devices.ports.front(); }
  void write(std::uint64_t offset, std::uint64_t value) {
    Context step = context();
    nic::write_register(step, device, offset, value);
  }
  std::uint64_t read(std::uint64_t offset) {
    Context step = context();
    return nic::read_register(step, device, offset);
  }

  memory::PhysicalAddress place_of(std::uint32_t descriptor) const {
    return kRing + sizeof(nic::Descriptor) * std::uint64_t{descriptor};
  }
  memory::PhysicalAddress buffer_of(std::uint32_t descriptor) const {
    return kBuffers + memory::kPageBytes * descriptor;
  }
  memory::Content contents_of(std::uint32_t descriptor) const {
    return memory.at(page_of(buffer_of(descriptor))).content;
  }
  void put(std::uint32_t index, const nic::Descriptor& descriptor) {
    memory::write_raw(memory, place_of(index), std::as_bytes(std::span(&descriptor, 1)));
  }
  nic::Descriptor get(std::uint32_t index) const {
    nic::Descriptor descriptor;
    memory::read_raw(memory, place_of(index), std::as_writable_bytes(std::span(&descriptor, 1)));
    return descriptor;
  }

  /// A ring of empty buffers, all but one of them the port's.
  void set_up() {
    for (std::uint32_t index = 0; index < kDescriptors; ++index)
      put(index, {.buffer = buffer_of(index).value});
    write(nic::kRingBase, kRing.value);
    write(nic::kRingSize, kDescriptors);
    write(nic::kRingTail, kDescriptors - 1);
    write(nic::kControl, nic::kReceiveBit);
  }
  void start() {
    Context step = context();
    nic::start_traffic(step);
  }
  void reset(pcie::ResetKind kind = pcie::ResetKind::function_level) {
    Context step = context();
    pcie::reset(step, device, kind);
  }

  /// Lets time pass until frame number `frames` is over, received or not.
  void run_frames(std::uint64_t frames) {
    while (nic_port().frames < frames) {
      ASSERT_FALSE(schedule.is_idle());
      step_once();
    }
  }
  /// Lets time pass until a frame has its descriptor and is on its way.
  void run_until_on_its_way() {
    const std::size_t before = records(DeviceRecord::dma).size();
    while (records(DeviceRecord::dma).size() == before) {
      ASSERT_FALSE(schedule.is_idle());
      step_once();
    }
  }
  void end_traffic() {
    devices.traffic_ends = 1;
    run();
  }
  void step_once() {
    Context step = context(schedule.take_next());
    sim::Engine::run_step(step);
  }

  std::uint64_t drops_because(nic::DropReason reason) const {
    std::uint64_t found = 0;
    for (const sim::Record& record : records(DeviceRecord::frame_dropped))
      if (record.values[3] == static_cast<std::uint64_t>(reason)) ++found;
    return found;
  }
};

}  // namespace luosim::device
