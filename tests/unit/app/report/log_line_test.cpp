// SPDX-License-Identifier: Apache-2.0
//
// The log is what people read first, so whole lines are stated. Every kind must have one: a thing
// that happens without a word in the log is taken for a thing that did not happen.
#include "app/report/log_line.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "model/device/dma.hpp"
#include "model/device/irq/message.hpp"
#include "model/device/pcie/fabric.hpp"
#include "model/device/record.hpp"
#include "model/driver/iommu/record.hpp"
#include "model/driver/record.hpp"
#include "model/fd/memfd.hpp"
#include "tests/unit/app/report/hand_made_records.hpp"

namespace luosim::app {
namespace {

using namespace hand_made;
using userspace::Verb;

class LogWriterTest : public testing::Test {
 protected:
  std::string line(sim::RecordKind kind, std::string_view subject = {},
                   std::string_view object = {}, std::array<std::uint64_t, 4> values = {}) {
    return writer_.text_of(make_(1'000, kind, subject, object, values));
  }

  world::Blueprint blueprint_ = hand_made::blueprint();
  Maker make_{blueprint_};
  LogWriter writer_{blueprint_};
};

std::string callback_line(luo::Callback callback, std::uint64_t flags, std::int64_t result,
                          std::string_view file = "vm0.memory") {
  const world::Blueprint blueprint = hand_made::blueprint();
  LogWriter writer(blueprint);
  return writer.text_of(Maker(blueprint)(
      0, LuoRecord::callback, "memfd-v1", file,
      {static_cast<std::uint64_t>(callback) | flags << 8, 0x10, status(result), 0x3a41000}));
}

TEST_F(LogWriterTest, a_run_reads_like_a_kernel_log) {
  std::string text;
  for (const sim::Record& record : story(blueprint_)) text += writer_.text_of(record);
  EXPECT_EQ(
      text,
      "[    0.000000] old     Linux version 6.15-a kho=on liveupdate=on, power on\n"
      "[    0.000000] old     kho: scratch 1GiB in 3 areas\n"
      "[    0.000000] old     Run /sbin/init as init process\n"
      "[    0.000000] vm0     started: 8 vcpus\n"
      "[    0.000001] agent   ioctl LIVEUPDATE_IOCTL_FD_PRESERVE vm0.memory\n"
      "[    0.000001] luo     vm0.memory: preserve, token 3\n"
      "[    0.000001] agent   ioctl LIVEUPDATE_IOCTL_FD_PRESERVE vm0.memory = 0, token 3\n"
      "[    2.104511] agent   ioctl LIVEUPDATE_IOCTL_EVENT_PREPARE\n"
      "[    2.104512] second  ioctl LIVEUPDATE_IOCTL_GET_STATE\n"
      "[    2.104513] second  ioctl LIVEUPDATE_IOCTL_GET_STATE = 0, state [normal]\n"
      "[    2.131000] luo     memfd-v1 vm0.memory: prepare ... 0 -> 0x3a41000\n"
      "[    2.131870] luo     switched from [normal] to [prepared]\n"
      "[    2.132000] kho     finalized: 4194560 pages preserved, root tree of 4KiB at 0x100000\n"
      "[    2.132000] agent   ioctl LIVEUPDATE_IOCTL_EVENT_PREPARE = 0\n"
      "[    2.150000] fault   luo.file.freeze:disk0 fires: -EIO\n"
      "[    2.181903] vm0     paused: 8 vcpus, 19 guest writes so far\n"
      "[    2.190000] agent   reboot LINUX_REBOOT_CMD_KEXEC\n"
      "[    2.190500] luo     switched from [prepared] to [frozen]\n"
      "[    2.191000] old     kexec_core: Starting new kernel new\n"
      "[    2.191000] new     Linux version 6.15-b kho=on liveupdate=on, by kexec\n"
      "[    2.500000] new     kho: 4194560 preserved pages reserved\n"
      "[    2.500000] new     luo: subtree LUO found at 0x200000, state is [updated]\n"
      "[    2.600000] new     Run /sbin/init as init process\n"
      "[    2.700000] vm0     resumed: 8 vcpus, blackout 518.09675ms\n"
      "[    2.700000] mm      vm0.memory: contents intact\n"
      "[    2.800000] agent   ioctl LIVEUPDATE_IOCTL_EVENT_FINISH\n"
      "[    2.800000] luo     switched from [updated] to [normal]\n");
}

// What comes by the million, and what another line says: the phase that was read is in the line of
// the call that read it.
bool is_detail(sim::RecordKind kind) {
  namespace Device = device::DeviceRecord;
  namespace Iommu = driver::iommu::IommuRecord;
  static constexpr sim::RecordKind kDetails[] = {
      EngineRecord::step,
      EngineRecord::task_ended,
      luo::v2::LuoRecord::phase_read,
      ParticipantRecord::interrupt_delivered,
      ParticipantRecord::interrupt_pending,
      UserRecord::io_completed,
      UserRecord::io_found,
      Device::dma,
      Device::acs_written,
      Device::bar_written,
      Device::ari_forwarding_written,
      Device::window_written,
      Device::interrupt_raised,  // of one that arrives
      Device::command_fetched,
      Device::completion_posted,
      Device::block_written,
      Device::cache_flushed,
      Device::frame_received,
      Device::frame_dropped,
      Iommu::mapped,
      Iommu::unmapped,
  };
  return std::find(std::begin(kDetails), std::end(kDetails), kind) != std::end(kDetails);
}

TEST_F(LogWriterTest, every_kind_but_details_has_a_line) {
  for (const sim::Record& record : one_of_each(blueprint_)) {
    const RecordName& name = *find_record_name(record.kind);
    const std::string text = writer_.text_of(record);
    EXPECT_EQ(text.empty(), is_detail(record.kind)) << name.name;
    LogWriter verbose(blueprint_, LogDetail::verbose);
    EXPECT_FALSE(verbose.text_of(record).empty()) << name.name;
  }
}

TEST_F(LogWriterTest, the_table_of_messages_has_the_kinds_of_the_table_of_names) {
  ASSERT_EQ(log_messages().size(), record_names().size());
  for (std::size_t row = 0; row < record_names().size(); ++row)
    EXPECT_EQ(log_messages()[row].kind, record_names()[row].kind) << record_names()[row].name;
}

TEST_F(LogWriterTest, no_line_is_left_with_a_brace_or_with_more_than_one_line_end) {
  LogWriter verbose(blueprint_, LogDetail::verbose);
  for (const std::uint64_t value : {0ULL, 1ULL, 2ULL, 3ULL, 200ULL, ~0ULL}) {
    for (sim::Record record : one_of_each(blueprint_)) {
      record.values = {value, value, value, value};
      const std::string text = verbose.text_of(record);
      EXPECT_EQ(text.find_first_of("{}"), std::string::npos) << text;
      EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
    }
  }
}

TEST_F(LogWriterTest, a_name_that_the_blueprint_does_not_have_is_empty_and_not_an_error) {
  sim::Record record = make_(0, UserRecord::actor_started);
  record.subject = {4'000'000};
  EXPECT_EQ(writer_.text_of(record), "[    0.000000]         process started\n");
}

TEST_F(LogWriterTest, times_are_cut_to_microseconds_and_widen_when_seconds_do) {
  const auto at = [&](std::int64_t nanoseconds) {
    return writer_.text_of(make_(nanoseconds, UserRecord::actor_ended, "agent"));
  };
  EXPECT_EQ(at(1'999), "[    0.000001] agent   script ended\n");
  EXPECT_EQ(at(12'345'999'999'999), "[12345.999999] agent   script ended\n");
  EXPECT_EQ(at(std::numeric_limits<std::int64_t>::max()),
            "[9223372036.854775] agent   script ended\n");
}

TEST_F(LogWriterTest, a_panic_uses_the_kernels_words_and_says_the_reason) {
  EXPECT_EQ(line(KernelRecord::died, "", "", {1, sim::name_hash("no-handler")}),
            "[    0.000001] kernel  Kernel panic - not syncing: no registered handler has the "
            "compatible string of a preserved file (no-handler)\n");
  EXPECT_EQ(line(KernelRecord::died, "", "", {3, sim::name_hash("luo_fdt_setup")}),
            "[    0.000001] kernel  BUG: use-after-free: memory was read that luo_fdt_setup had "
            "freed\n");
}

TEST_F(LogWriterTest, an_answer_names_the_error) {
  EXPECT_EQ(line(UserRecord::call_returns, "agent", "", {number(Verb::cancel), status(-22)}),
            "[    0.000001] agent   ioctl LIVEUPDATE_IOCTL_EVENT_CANCEL = -EINVAL\n");
  EXPECT_EQ(line(UserRecord::call_returns, "agent", "vm0.memory", {number(Verb::restore), 0, 5}),
            "[    0.000001] agent   ioctl LIVEUPDATE_IOCTL_FD_RESTORE vm0.memory = 0, "
            "descriptor 5\n");
}

TEST_F(LogWriterTest, an_unexpected_answer_says_what_was_expected) {
  EXPECT_EQ(
      line(UserRecord::unexpected_answer, "agent", "", {number(Verb::freeze), status(-5), 0, 12}),
      "[    0.000001] agent   line 12 of the scenario: ioctl LIVEUPDATE_IOCTL_EVENT_FREEZE "
      "= -EIO, expected 0\n");
  EXPECT_EQ(line(UserRecord::unexpected_answer, "agent", "", {number(Verb::freeze), 0, 0, 12}),
            "[    0.000001] agent   line 12 of the scenario: ioctl LIVEUPDATE_IOCTL_EVENT_FREEZE "
            "= 0, expected a failure\n");
}

TEST_F(LogWriterTest, the_engines_steps_are_shown_by_name_when_asked_for) {
  LogWriter verbose(blueprint_, LogDetail::verbose);
  const std::uint64_t program = sim::name_hash("luo.freeze");
  EXPECT_EQ(verbose.text_of(make_(0, EngineRecord::step, "", "", {program, 0})),
            "[    0.000000] step    task 7: luo.freeze: take the phase lock\n");
  EXPECT_EQ(verbose.text_of(make_(0, EngineRecord::step, "", "", {1, 99})),
            "[    0.000000] step    task 7: unknown: 99\n");
}

TEST_F(LogWriterTest, a_blackout_is_told_only_for_a_vm_that_was_stopped) {
  EXPECT_EQ(line(UserRecord::vm_resumed, "vm0"), "[    0.000001] vm0     resumed: 8 vcpus\n");
  writer_.text_of(make_(1'000, UserRecord::vm_stopped_hard, "vm0"));
  EXPECT_EQ(writer_.text_of(make_(3'000, UserRecord::vm_resumed, "vm0")),
            "[    0.000003] vm0     resumed: 8 vcpus, blackout 2us\n");
}

TEST(LogOfCallback, tells_what_counts_for_each_kind_of_callback) {
  using luo::Callback;
  constexpr std::uint64_t kFile = LuoRecord::kIsHandler | LuoRecord::kFileGiven;
  const std::string start = "[    0.000000] luo     memfd-v1 vm0.memory: ";
  EXPECT_EQ(callback_line(Callback::can_preserve, kFile, 1), start + "can_preserve ... yes\n");
  EXPECT_EQ(callback_line(Callback::can_preserve, kFile, 0), start + "can_preserve ... no\n");
  EXPECT_EQ(callback_line(Callback::freeze, kFile, -5), start + "freeze ... -EIO\n");
  EXPECT_EQ(callback_line(Callback::prepare, kFile, 7),
            start + "prepare ... 7, taken for success -> 0x3a41000\n");
  EXPECT_EQ(callback_line(Callback::cancel, kFile, 0), start + "cancel\n");
  EXPECT_EQ(callback_line(Callback::cancel, kFile | LuoRecord::kFileReleased, 0),
            start + "cancel, its last reference is gone\n");
  EXPECT_EQ(callback_line(Callback::finish, kFile | LuoRecord::kReclaimed, 0),
            start + "finish, file was reclaimed\n");
  EXPECT_EQ(callback_line(Callback::retrieve, LuoRecord::kIsHandler, -22, ""),
            "[    0.000000] luo     memfd-v1: retrieve ... -EINVAL\n");
  EXPECT_EQ(callback_line(Callback::finish, 0, 0, ""),
            "[    0.000000] luo     subsystem memfd-v1: finish\n");
}

TEST_F(LogWriterTest, an_interrupt_has_a_line_if_nobody_is_told) {
  using device::irq::InterruptFate;
  const auto raised = [&](InterruptFate fate) {
    return line(device::DeviceRecord::interrupt_raised, "disk0", "",
                {4, 1, static_cast<std::uint64_t>(fate), 0});
  };
  for (const InterruptFate fate :
       {InterruptFate::handled, InterruptFate::posted, InterruptFate::pending})
    EXPECT_EQ(raised(fate), "");
  EXPECT_EQ(raised(InterruptFate::dropped),
            "[    0.000001] disk0   interrupt, vector 1: dropped\n");
  EXPECT_EQ(raised(InterruptFate::nobody_listens),
            "[    0.000001] disk0   interrupt, vector 1: nobody listens\n");
}

TEST_F(LogWriterTest, an_access_of_a_device_says_where_it_landed_and_whose_page_that_is) {
  LogWriter verbose(blueprint_, LogDetail::verbose);
  const std::uint64_t packed = 4 | static_cast<std::uint64_t>(device::DmaPurpose::data) << 32 |
                               static_cast<std::uint64_t>(device::DmaDirection::write) << 40;
  const std::uint64_t owner = std::uint64_t{fd::kMemfdOwner.tag().hash} << 32 | 7;
  EXPECT_EQ(verbose.text_of(make_(1'000, device::DeviceRecord::dma, "disk0", "",
                                  {packed, 0x2000, 0x3a41000, owner})),
            "[    0.000001] disk0   DMA write (data) at IOVA 0x2000, physical 0x3a41000 memfd: "
            "landed\n");
}

TEST_F(LogWriterTest, registers_and_addresses_read_as_lspci_writes_them) {
  const auto command = [&](std::uint64_t before, std::uint64_t after) {
    return line(device::DeviceRecord::command_written, "disk0", "", {4, before, after});
  };
  EXPECT_EQ(command(2, 6),
            "[    0.000001] disk0   command register 0x2 -> 0x6, bus mastering on\n");
  EXPECT_EQ(command(6, 2),
            "[    0.000001] disk0   command register 0x6 -> 0x2, bus mastering off\n");
  EXPECT_EQ(command(6, 0x406), "[    0.000001] disk0   command register 0x6 -> 0x406\n");
  EXPECT_EQ(line(device::DeviceRecord::bus_numbers_written, "disk0", "", {1, 0x414100}),
            "[    0.000001] disk0   bridge to 00 [bus 41-41]\n");
  EXPECT_EQ(line(driver::DriverRecord::pci_device_found, "disk0", "", {4, 0x4100, 2, 1}),
            "[    0.000001] pci     41:00.0 disk0: found, virtual function, preserved 2 times\n");
  EXPECT_EQ(line(driver::iommu::IommuRecord::attached, "disk0", "", {0x4100, 3, 0xFFFF'FFFF}),
            "[    0.000001] iommu   41:00.0 disk0: domain none -> 3\n");
}

TEST_F(LogWriterTest, drivers_speak_for_the_kernel_while_it_boots) {
  line(KernelRecord::boot_begins, "new", "", {2, 1});
  EXPECT_EQ(line(driver::DriverRecord::driver_bound, "disk0", "", {4, 0, 2}),
            "[    0.000001] new     pci: disk0: driver none -> vfio-pci\n");
}

}  // namespace
}  // namespace luosim::app
