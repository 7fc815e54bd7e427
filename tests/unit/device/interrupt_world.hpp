// SPDX-License-Identifier: Apache-2.0
//
// A device with four vectors below a root port, and a kernel that does nothing but note which
// vectors it was called with: what tests of interrupts play with.
#pragma once

#include <utility>
#include <vector>

#include "model/device/irq/message.hpp"
#include "model/memory/raw_word.hpp"
#include "tests/unit/device/device_world.hpp"

namespace luosim::device {

/// Records of the test's kernel. values: those that its entry was called with, its group.
inline constexpr sim::RecordKind kEntered{0x9F0};
inline constexpr sim::RecordKind kNotified{0x9F1};

template <const sim::RecordKind& kind>
sim::Outcome note_call(Context& context) {
  const sim::Frame& frame = context.frame();
  const std::uint32_t group = context.schedule.task(context.task).group;
  context.record({.kind = kind, .values = {frame.values[0], frame.values[1], group, 0}});
  return sim::finish(0);
}

inline constexpr sim::Step kEntrySteps[] = {
    {.name = "note", .run = sim::step<note_call<kEntered>>}};
inline constexpr sim::Step kNotifiedSteps[] = {
    {.name = "note", .run = sim::step<note_call<kNotified>>}};
inline constexpr sim::Program kTestEntry{"kernel.interrupt", "Notes its vector.", kEntrySteps};
inline constexpr sim::Program kTestPosted{"kernel.posted_interrupt", "Notes its vector.",
                                          kNotifiedSteps};

class InterruptWorld : public DeviceWorld {
 public:
  static constexpr std::uint16_t kVectors = 4;
  static constexpr std::uint32_t kKernelGroup = 7;
  static constexpr memory::PhysicalAddress kTable{0x40'0000};
  static constexpr memory::PhysicalAddress kDescriptor{0x50'0040};
  static constexpr std::uint32_t kTableEntries = 256;
  static constexpr memory::OwnerName kKernel{"kernel"};
  static constexpr memory::OwnerName kSomebody{"somebody"};

  FunctionId port = kNoFunction;
  FunctionId device = kNoFunction;

  explicit InterruptWorld(std::vector<const sim::Program*> kernel = {&kTestEntry, &kTestPosted})
      : DeviceWorld(std::move(kernel)) {
    port = add("port", pcie::FunctionKind::root_port);
    device = add("device", pcie::FunctionKind::endpoint, port, 0, kVectors);
    devices.pcie[device].command |= pcie::kIntxDisable;
    devices.processors.listens = 1;
    devices.processors.kernel_group = kKernelGroup;
    memory.give({page_of(kTable), 1}, kKernel.tag());
    memory.give({page_of(kDescriptor), 1}, kKernel.tag(), 3);
  }

  /// Sets a vector up and unmasks it, with MSI-X on.
  void use(std::uint16_t vector, const irq::Message& message) {
    Context step = context();
    irq::enable_msix(step, device, true);
    irq::write_entry(step, device, vector, message.address, message.data);
    irq::mask_vector(step, device, vector, false);
  }

  /// Turns remapping on, with an empty table.
  void remap() {
    devices.iommu.remapping_table = kTable;
    devices.iommu.remapping_entries = kTableEntries;
    devices.iommu.remaps_interrupts = 1;
  }

  void write_remapping_entry(std::uint16_t index, const irq::RemappingEntry& entry) {
    write_raw_entry(index, irq::encode(entry));
  }
  void write_raw_entry(std::uint16_t index, const irq::RawEntry& raw) {
    memory::write_raw(memory, kTable + 16ULL * index, std::as_bytes(std::span(&raw, 1)));
  }

  irq::InterruptFate raise(std::uint16_t vector) {
    Context step = context();
    return irq::raise(step, device, vector);
  }

  Bdf requester() const { return pcie::requester_id(devices.pcie, device); }
  std::uint8_t pending(std::uint16_t vector) const {
    return devices.pcie.pending[devices.pcie[device].first_msix_entry + vector];
  }

  /// First values of the records of the test's kernel, once what is pending has run.
  std::vector<std::uint64_t> calls(sim::RecordKind kind = kEntered) {
    run();
    std::vector<std::uint64_t> vectors;
    for (const sim::Record& record : records(kind))
      vectors.push_back(record.values[kind == kNotified ? 1 : 0]);
    return vectors;
  }

  sim::Record last(sim::RecordKind kind) const {
    const std::vector<sim::Record> found = records(kind);
    return found.empty() ? sim::Record{} : found.back();
  }
};

using Vectors = std::vector<std::uint64_t>;

}  // namespace luosim::device
