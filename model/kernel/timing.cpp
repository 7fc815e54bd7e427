// SPDX-License-Identifier: Apache-2.0
#include "model/kernel/timing.hpp"

namespace luosim::kernel {

namespace {

using sim::microseconds;
using sim::milliseconds;
using sim::nanoseconds;
using sim::seconds;

constexpr std::string_view kAssumed = "assumption, no published figure";
// PKRAM, RFC of 6 May 2020, Message-Id 1588812129-8596-1-git-send-email-anthony.yznaga@oracle.com:
// 100 GiB saved in 2529 ms (4 KiB pages) and 44 ms (2 MiB pages), loaded in 9242 ms and 811 ms on
// one thread; solved for a cost per folio and a cost per 4 KiB page.
constexpr std::string_view kSave =
    "PKRAM cover letter 2020, save, one thread: 95 ns a folio and 1.5 ns a page";
constexpr std::string_view kLoad =
    "PKRAM cover letter 2020, load, one thread: 322 ns a folio and 30 ns a page";

constexpr TimingRow kTable[] = {
    {Cost::system_call, "system_call", nanoseconds(200), kAssumed},
    {Cost::callback, "luo.callback", microseconds(2), kAssumed},
    {Cost::participant_page, "participant.page", microseconds(1), kAssumed},
    {Cost::memfd_prepare_folio, "memfd.prepare_folio", nanoseconds(95), kSave},
    {Cost::memfd_prepare_thousand_pages, "memfd.prepare_thousand_pages", nanoseconds(1500), kSave},
    {Cost::memfd_restore_folio, "memfd.restore_folio", nanoseconds(322), kLoad},
    {Cost::memfd_restore_thousand_pages, "memfd.restore_thousand_pages", microseconds(30), kLoad},
    {Cost::kho_serialize_bitmap, "kho.serialize_bitmap", nanoseconds(100), kAssumed},
    {Cost::kho_restore_bitmap, "kho.restore_bitmap", microseconds(1), kAssumed},
    {Cost::kexec_shutdown, "kexec.shutdown", milliseconds(250), kAssumed},
    {Cost::kexec_jump, "kexec.jump", milliseconds(20), kAssumed},
    {Cost::boot_base, "boot.base", seconds(1),
     "kexec boot after parallel CPU start, U. Arif 2023: just under 1 s"},
    {Cost::boot_per_cpu, "boot.per_cpu", microseconds(354),
     "parallel bring-up of 96 CPUs in 34 ms, D. Woodhouse 2021"},
    {Cost::boot_cold, "boot.cold", seconds(90),
     "full reboot 30 to 120 s, kexec tutorials, low authority"},
    {Cost::user_start, "user.start", milliseconds(500), kAssumed},
    {Cost::vmm_start, "vmm.start", milliseconds(150), kAssumed},
    {Cost::vm_pause, "vm.pause", microseconds(500), kAssumed},
    {Cost::vm_resume, "vm.resume", microseconds(500), kAssumed},
};
static_assert(std::size(kTable) == static_cast<std::size_t>(Cost::count_of_costs));

// 36 years. A scenario may say that each page takes a day, and then all pages of a host take longer
// than the clock can tell; what takes this long ends the run just as well.
constexpr std::int64_t kLongest = std::int64_t{1} << 60;

std::int64_t product(std::int64_t ns, std::uint64_t number) {
  const auto factor = static_cast<std::int64_t>(number);
  return factor > 0 && ns > kLongest / factor ? kLongest : ns * factor;
}

}  // namespace

std::span<const TimingRow> timing_table() {
  return kTable;
}

Timing::Timing() {
  for (const TimingRow& row : kTable) set(row.cost, row.value);
}

sim::Duration Timing::of_thousands(Cost cost, std::uint64_t number) const {
  return {product(of(cost).ns, number / 1000) + product(of(cost).ns, number % 1000) / 1000};
}

sim::Duration Timing::of_each(Cost cost, std::uint64_t number) const {
  return {product(of(cost).ns, number)};
}

}  // namespace luosim::kernel
