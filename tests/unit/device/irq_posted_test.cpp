// SPDX-License-Identifier: Apache-2.0
//
// Posted interrupts: bits in a descriptor that the IOMMU writes to memory, whoever has the page.
#include <gtest/gtest.h>

#include "tests/unit/device/interrupt_world.hpp"

namespace luosim::device {
namespace {

using irq::InterruptFate;

constexpr std::uint16_t kHandle = 8;
constexpr std::uint64_t kVm = 6;

struct PostedWorld : InterruptWorld {
  explicit PostedWorld(std::vector<const sim::Program*> kernel = {&kTestEntry, &kTestPosted})
      : InterruptWorld(std::move(kernel)) {
    remap();
    post_to(kDescriptor, 0x85);
    use(0, irq::encode_message(kHandle));
    write_word(irq::kDescriptorControl, kVm << irq::kVmShift);
  }

  void post_to(memory::PhysicalAddress descriptor, std::uint16_t vector) {
    write_remapping_entry(kHandle, {.is_present = true,
                                    .is_posted = true,
                                    .vector = vector,
                                    .source = requester(),
                                    .descriptor = descriptor});
  }
  void write_word(std::uint64_t offset, std::uint64_t value) {
    memory::write_raw(memory, kDescriptor + offset, std::as_bytes(std::span(&value, 1)));
  }
  std::uint64_t word(std::uint64_t offset) const {
    return memory::read_word(memory, kDescriptor + offset);
  }
  std::uint64_t control() const { return word(irq::kDescriptorControl); }
};

TEST(PostedInterrupt, sets_its_bit_and_notifies_the_vm) {
  PostedWorld world;
  EXPECT_EQ(world.raise(0), InterruptFate::posted);
  EXPECT_EQ(world.word(16), 1ULL << 0x85 % 64);
  EXPECT_EQ(world.word(0), 0U);
  EXPECT_EQ(world.control(), kVm << irq::kVmShift | irq::kOutstanding);
  EXPECT_EQ(world.last(DeviceRecord::interrupt_raised).values[3], 0x85ULL | 1ULL << 32);
  EXPECT_EQ(world.calls(kNotified), Vectors{0x85});
  EXPECT_EQ(world.last(kNotified).values[0], kVm);
  EXPECT_EQ(world.last(kNotified).values[2], InterruptWorld::kKernelGroup);
  EXPECT_EQ(world.calls(), Vectors{});
}

TEST(PostedInterrupt, notifies_once_until_outstanding_is_cleared) {
  PostedWorld world;
  world.raise(0);
  world.post_to(InterruptWorld::kDescriptor, 0x20);
  EXPECT_EQ(world.raise(0), InterruptFate::posted);
  EXPECT_EQ(world.last(DeviceRecord::interrupt_raised).values[3], 0x20U);
  EXPECT_EQ(world.word(0), 1ULL << 0x20);
  EXPECT_EQ(world.word(16), 1ULL << 0x85 % 64);
  EXPECT_EQ(world.calls(kNotified), Vectors{0x85});
  world.write_word(irq::kDescriptorControl, kVm << irq::kVmShift);
  world.raise(0);
  EXPECT_EQ(world.calls(kNotified), (Vectors{0x85, 0x20}));
}

TEST(PostedInterrupt, only_sets_its_bit_while_suppressed) {
  PostedWorld world;
  world.write_word(irq::kDescriptorControl, kVm << irq::kVmShift | irq::kSuppress);
  EXPECT_EQ(world.raise(0), InterruptFate::posted);
  EXPECT_EQ(world.word(16), 1ULL << 0x85 % 64);
  EXPECT_EQ(world.control(), kVm << irq::kVmShift | irq::kSuppress);
  EXPECT_EQ(world.calls(kNotified), Vectors{});
}

TEST(PostedInterrupt, loses_its_notification_where_no_kernel_listens_and_keeps_the_bit) {
  PostedWorld world;
  world.devices.processors.listens = 0;
  EXPECT_EQ(world.raise(0), InterruptFate::posted);
  world.devices.processors.listens = 1;
  EXPECT_EQ(world.raise(0), InterruptFate::posted);
  EXPECT_EQ(world.calls(kNotified), Vectors{});
  EXPECT_EQ(world.word(16), 1ULL << 0x85 % 64);
  EXPECT_NE(world.control() & irq::kOutstanding, 0U);
}

TEST(PostedInterrupt, tells_nobody_in_a_kernel_that_never_posts) {
  PostedWorld world({&kTestEntry});
  EXPECT_EQ(world.raise(0), InterruptFate::posted);
  EXPECT_TRUE(world.schedule.is_idle());
  EXPECT_EQ(world.word(16), 1ULL << 0x85 % 64);
}

TEST(PostedInterrupt, leaves_the_record_of_a_write_to_memory) {
  PostedWorld world;
  world.raise(0);
  const sim::Record dma = world.last(DeviceRecord::dma);
  EXPECT_EQ(dma.values[0], std::uint64_t{world.device.index} |
                               static_cast<std::uint64_t>(DmaPurpose::message) << 32 |
                               static_cast<std::uint64_t>(DmaDirection::write) << 40 |
                               static_cast<std::uint64_t>(DmaResult::landed) << 48);
  EXPECT_EQ(dma.values[1], irq::encode_message(kHandle).address);
  EXPECT_EQ(dma.values[2], InterruptWorld::kDescriptor.value);
  EXPECT_EQ(dma.values[3], std::uint64_t{InterruptWorld::kKernel.tag().hash} << 32 | 3);
}

TEST(PostedInterrupt, writes_a_page_that_was_freed_and_says_that_it_was_nobodys) {
  PostedWorld world;
  const memory::PageRange page{page_of(InterruptWorld::kDescriptor), 1};
  world.memory.release(page);
  EXPECT_EQ(world.raise(0), InterruptFate::posted);
  EXPECT_EQ(world.word(16), 1ULL << 0x85 % 64);
  EXPECT_EQ(world.last(DeviceRecord::dma).values[3], 0U);
  EXPECT_EQ(world.memory.at(page.first).freed_from, InterruptWorld::kKernel.tag());
}

TEST(PostedInterrupt, corrupts_the_page_of_who_has_it_by_now) {
  PostedWorld world;
  const memory::PageRange page{page_of(InterruptWorld::kDescriptor), 1};
  constexpr memory::Content kTheirs{4711};
  world.memory.release(page);
  world.memory.give(page, InterruptWorld::kSomebody.tag(), 12);
  world.memory.fill(page, kTheirs);
  EXPECT_EQ(world.raise(0), InterruptFate::posted);
  EXPECT_EQ(world.last(DeviceRecord::dma).values[3],
            std::uint64_t{InterruptWorld::kSomebody.tag().hash} << 32 | 12);
  EXPECT_NE(memory::content_of(world.memory, page.first), kTheirs);
}

TEST(PostedInterrupt, takes_garbage_for_its_control_word) {
  std::uint32_t notified = 0;
  std::uint32_t silent = 0;
  for (std::uint64_t version = 1; version <= 64; ++version) {
    PostedWorld world;
    world.memory.fill({page_of(InterruptWorld::kDescriptor), 1}, {version});
    const std::uint64_t before = world.control();
    EXPECT_EQ(world.raise(0), InterruptFate::posted);
    const bool should_notify = (before & (irq::kOutstanding | irq::kSuppress)) == 0;
    EXPECT_EQ(world.calls(kNotified).size(), should_notify ? 1U : 0U);
    EXPECT_EQ(world.control(), should_notify ? before | irq::kOutstanding : before);
    ++(should_notify ? notified : silent);
  }
  EXPECT_GT(notified, 0U);
  EXPECT_GT(silent, 0U);
}

TEST(PostedInterrupt, is_refused_where_no_memory_is) {
  PostedWorld world;
  world.post_to({DeviceWorld::kPages * memory::kPageBytes}, 0x85);
  EXPECT_EQ(world.raise(0), InterruptFate::refused);
  EXPECT_EQ(world.last(DeviceRecord::remapping_fault).values[2],
            static_cast<std::uint64_t>(irq::RemappingFault::descriptor_unreachable));
  EXPECT_EQ(world.last(DeviceRecord::dma).values[0] >> 48,
            static_cast<std::uint64_t>(DmaResult::no_memory));
  world.post_to({~0ULL & ~63ULL}, 0x85);
  EXPECT_EQ(world.raise(0), InterruptFate::refused);
}

TEST(PostedInterrupt, reaches_the_last_descriptor_of_memory) {
  PostedWorld world;
  const memory::PhysicalAddress last{DeviceWorld::kPages * memory::kPageBytes - 64};
  world.post_to(last, 0xFF);
  EXPECT_EQ(world.raise(0), InterruptFate::posted);
  EXPECT_EQ(memory::read_word(world.memory, last + 24), 1ULL << 63);
}

}  // namespace
}  // namespace luosim::device
