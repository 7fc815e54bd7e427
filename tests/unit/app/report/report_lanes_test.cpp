// SPDX-License-Identifier: Apache-2.0
//
// Each vCPU of a guest has a lane below the one of its VM, as long as somebody can still see them
// all; what the guest does itself lies there, and what is done to it does not.
#include "app/report/report_lanes.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/unit/app/report/hand_made_records.hpp"

namespace luosim::app {
namespace {

using namespace hand_made;

/// A host with guests `vm0`, `vm1` and so on, of so many vCPUs each.
world::Blueprint host_with(const std::vector<std::uint32_t>& vcpus) {
  world::Blueprint made = hand_made::blueprint();
  made.cast.vms.clear();
  for (std::size_t vm = 0; vm < vcpus.size(); ++vm) {
    userspace::VmPlan plan;
    plan.name = made.names.intern("vm" + std::to_string(vm));
    plan.vcpus = vcpus[vm];
    made.cast.vms.push_back(plan);
  }
  return made;
}

/// The lanes of a host; both must stay where they are.
class Drawn {
 public:
  explicit Drawn(world::Blueprint blueprint)
      : blueprint_(std::move(blueprint)),
        words_(blueprint_.names, blueprint_.programs),
        lanes_({}, {}, blueprint_, words_) {}
  Drawn(const Drawn&) = delete;
  Drawn& operator=(const Drawn&) = delete;

  const ReportLanes& lanes() const { return lanes_; }
  sim::Symbol name(std::string_view text) const { return blueprint_.names.find(text); }
  std::vector<std::string> names_in(std::string_view group) const {
    std::vector<std::string> names;
    for (const ReportLane& lane : lanes_.lanes())
      if (lane.group == group) names.push_back(lane.name);
    return names;
  }
  /// The name of the lane of a record that a task of that name wrote.
  std::string lane_of(const sim::Record& record, std::string_view task = {}) const {
    const std::uint32_t lane = lanes_.of(record, *find_record_name(record.kind), name(task), 1);
    return lanes_.lanes()[lane].name;
  }
  Maker maker() const { return Maker(blueprint_); }

 private:
  world::Blueprint blueprint_;
  RecordWords words_;
  ReportLanes lanes_;
};

std::size_t lanes_of_vcpus(const Drawn& drawn) {
  const auto& lanes = drawn.lanes().lanes();
  return static_cast<std::size_t>(std::count_if(
      lanes.begin(), lanes.end(), [](const ReportLane& lane) { return lane.vm.has_value(); }));
}

TEST(ReportLanes, each_vcpu_has_a_lane_below_the_one_of_its_vm) {
  const Drawn drawn(host_with({2, 1}));
  EXPECT_EQ(drawn.names_in("VMs"), (std::vector<std::string>{"vm0", "vm0 vCPU 0", "vm0 vCPU 1",
                                                             "vm1", "vm1 vCPU 0", "others"}));
  const std::uint32_t vm = drawn.lanes().vm(drawn.name("vm0"));
  EXPECT_FALSE(drawn.lanes().lanes()[vm].vm);
  ASSERT_EQ(drawn.lanes().vcpus(drawn.name("vm0")).size(), 2U);
  for (const std::uint32_t lane : drawn.lanes().vcpus(drawn.name("vm0"))) {
    EXPECT_EQ(drawn.lanes().lanes()[lane].vm, vm);
    EXPECT_EQ(drawn.lanes().lanes()[lane].vcpus, 1U);
  }
}

TEST(ReportLanes, of_many_vcpus_the_last_lane_is_for_the_rest) {
  const Drawn eight(host_with({8}));
  EXPECT_EQ(eight.names_in("VMs")[8], "vm0 vCPU 7");
  EXPECT_EQ(lanes_of_vcpus(eight), 8U);
  for (const std::uint32_t vcpus : {9U, 64U, 1024U}) {
    const Drawn more(host_with({vcpus}));
    EXPECT_EQ(lanes_of_vcpus(more), 8U);
    EXPECT_EQ(more.names_in("VMs")[7], "vm0 vCPU 6");
    EXPECT_EQ(more.names_in("VMs")[8], "vm0 vCPUs 7-" + std::to_string(vcpus - 1));
    const std::uint32_t last = more.lanes().vcpus(more.name("vm0")).back();
    EXPECT_EQ(more.lanes().lanes()[last].vcpus, vcpus - 7);
  }
}

TEST(ReportLanes, of_very_many_vcpus_each_guest_has_one_lane) {
  std::vector<std::uint32_t> vcpus(8, 64);
  EXPECT_EQ(lanes_of_vcpus(Drawn(host_with(vcpus))), 64U);
  vcpus.push_back(1);
  const Drawn more(host_with(vcpus));
  EXPECT_EQ(lanes_of_vcpus(more), 9U);
  EXPECT_EQ(more.names_in("VMs")[1], "vm0 vCPUs");
  EXPECT_EQ(more.lanes().lanes()[more.lanes().vcpus(more.name("vm0")).front()].vcpus, 64U);
  EXPECT_EQ(lanes_of_vcpus(Drawn(host_with(std::vector<std::uint32_t>(512, 1024)))), 512U);
}

TEST(ReportLanes, rows_of_a_guest_are_of_its_first_vcpu) {
  const Drawn drawn(host_with({2, 2}));
  const Maker make = drawn.maker();
  for (const std::string_view program : {"guest.vcpu", "guest.disk", "guest.watchdog"})
    EXPECT_EQ(drawn.lane_of(make(0, EngineRecord::step, "", "", {sim::name_hash(program)}), "vm1"),
              "vm1 vCPU 0")
        << program;
  const sim::Record pause = make(0, EngineRecord::step, "", "", {sim::name_hash("user.pause_vm")});
  EXPECT_EQ(drawn.lane_of(pause, "vm1"), "vm1");
  EXPECT_EQ(drawn.lane_of(pause, "agent"), "agent");
}

TEST(ReportLanes, what_a_guest_sees_is_of_its_first_vcpu) {
  const Drawn drawn(host_with({2, 2}));
  const Maker make = drawn.maker();
  for (const sim::RecordKind kind :
       {UserRecord::io_completed, UserRecord::io_mismatch, UserRecord::io_phantom,
        UserRecord::io_failed, UserRecord::io_late, UserRecord::io_lost, UserRecord::io_found,
        UserRecord::driver_ready, UserRecord::driver_failed})
    EXPECT_EQ(drawn.lane_of(make(0, kind, "vm1", "disk0")), "vm1 vCPU 0") << kind.number;
  EXPECT_EQ(drawn.lane_of(make(0, ParticipantRecord::interrupt_delivered, "", "", {0, 1, 0, 1})),
            "vm1 vCPU 0");
}

TEST(ReportLanes, what_the_vmm_and_kvm_do_is_of_the_vm) {
  const Drawn drawn(host_with({2, 2}));
  const Maker make = drawn.maker();
  for (const sim::RecordKind kind :
       {UserRecord::vm_started, UserRecord::vm_paused, UserRecord::vm_resumed,
        UserRecord::vm_stopped_hard, UserRecord::vmm_died, UserRecord::vm_boots,
        UserRecord::guest_crashed})
    EXPECT_EQ(drawn.lane_of(make(0, kind, "vm1")), "vm1") << kind.number;
  for (const sim::RecordKind kind :
       {ParticipantRecord::interrupt_pending, ParticipantRecord::interrupt_lost})
    EXPECT_EQ(drawn.lane_of(make(0, kind, "", "", {0, 1, 0, 1})), "vm1") << kind.number;
  // The VMM could not connect the devices, so that no driver of the guest ever saw one.
  EXPECT_EQ(drawn.lane_of(make(0, UserRecord::driver_failed, "vm1")), "vm1");
}

TEST(ReportLanes, an_interrupt_for_nobody_stays_with_the_kernel) {
  const Drawn drawn(host_with({2}));
  EXPECT_EQ(drawn.lane_of(drawn.maker()(0, ParticipantRecord::interrupt_lost, "", "",
                                        {0, 1, 0, ~std::uint64_t{0}})),
            "luo");
}

}  // namespace
}  // namespace luosim::app
