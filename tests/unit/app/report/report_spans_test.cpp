// SPDX-License-Identifier: Apache-2.0
//
// The vCPUs of a guest run while it runs and stand still while it does, in each of their lanes.
#include "app/report/report_spans.hpp"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

#include "tests/unit/app/report/hand_made_records.hpp"

namespace luosim::app {
namespace {

using namespace hand_made;

using FromTo = std::pair<std::uint32_t, std::optional<std::uint32_t>>;

/// What lasts in one lane while records happen, each of them a step.
std::vector<FromTo> spans_in(std::uint32_t lane, SpanKind kind, const ReportSpans& spans) {
  std::vector<FromTo> found;
  for (const ReportSpan& span : spans.spans())
    if (span.lane == lane && span.kind == kind) found.emplace_back(span.from, span.to);
  return found;
}

/// A guest of eight vCPUs, to which these things happen one after the other.
class GuestLife {
 public:
  /// `boots` were over before the first of them.
  explicit GuestLife(const std::vector<sim::RecordKind>& kinds, std::size_t boots = 0)
      : spans_(lanes_, words_, boots) {
    const Maker make(blueprint_);
    std::uint32_t step = 0;
    for (const sim::RecordKind kind : kinds)
      spans_.take(step++, lanes_.vm(vm_), make(0, kind, "vm0"), "");
  }

  std::vector<FromTo> vm(SpanKind kind) const { return spans_in(lanes_.vm(vm_), kind, spans_); }
  /// That of all vCPUs, which must be the same for each.
  std::vector<FromTo> vcpus() const {
    const auto own = lanes_.vcpus(vm_);
    EXPECT_EQ(own.size(), 8U);
    const std::vector<FromTo> first = spans_in(own.front(), SpanKind::running, spans_);
    for (const std::uint32_t lane : own)
      EXPECT_EQ(spans_in(lane, SpanKind::running, spans_), first) << lane;
    return first;
  }

 private:
  world::Blueprint blueprint_ = hand_made::blueprint();
  RecordWords words_{blueprint_.names, blueprint_.programs};
  ReportLanes lanes_{{}, {}, blueprint_, words_};
  ReportSpans spans_;
  sim::Symbol vm_ = blueprint_.names.find("vm0");
};

TEST(ReportSpans, the_blackout_is_a_gap_in_the_lane_of_each_vcpu) {
  const GuestLife life(
      {UserRecord::vm_started, UserRecord::vm_paused, KernelRecord::kexec, UserRecord::vm_resumed});
  EXPECT_EQ(life.vcpus(), (std::vector<FromTo>{{0, 1}, {3, std::nullopt}}));
  EXPECT_EQ(life.vm(SpanKind::running), life.vcpus());
  EXPECT_EQ(life.vm(SpanKind::blackout), (std::vector<FromTo>{{1, 3}}));
}

TEST(ReportSpans, a_guest_runs_when_its_story_begins_with_a_kernel_that_is_up) {
  const GuestLife life({UserRecord::call_begins, UserRecord::vm_paused}, 1);
  EXPECT_EQ(life.vcpus(), (std::vector<FromTo>{{0, 1}}));
}

TEST(ReportSpans, vcpus_stop_with_their_machine_and_with_their_vmm) {
  for (const sim::RecordKind kind : {UserRecord::vm_stopped_hard, UserRecord::vmm_died}) {
    const GuestLife life({UserRecord::vm_started, kind});
    EXPECT_EQ(life.vcpus(), (std::vector<FromTo>{{0, 1}})) << kind.number;
  }
}

TEST(ReportSpans, a_guest_that_is_started_anew_runs_when_it_boots) {
  for (const sim::RecordKind kind : {UserRecord::vm_stopped_hard, UserRecord::vmm_died}) {
    const GuestLife life(
        {UserRecord::vm_started, kind, UserRecord::vm_started, UserRecord::vm_boots});
    EXPECT_EQ(life.vcpus(), (std::vector<FromTo>{{0, 1}, {3, std::nullopt}})) << kind.number;
    EXPECT_EQ(life.vm(SpanKind::blackout), (std::vector<FromTo>{{1, 3}})) << kind.number;
  }
}

TEST(ReportSpans, a_vmm_that_dies_over_a_paused_guest_prolongs_its_blackout) {
  const GuestLife life({UserRecord::vm_started, UserRecord::vm_paused, UserRecord::vmm_died});
  EXPECT_EQ(life.vm(SpanKind::blackout), (std::vector<FromTo>{{1, std::nullopt}}));
}

}  // namespace
}  // namespace luosim::app
