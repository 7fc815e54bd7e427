// SPDX-License-Identifier: Apache-2.0
#include "model/timing/timing.hpp"

namespace luosim::timing {

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

// A request over PCIe and back, or a posted write: usual ranges.
constexpr std::string_view kPcie = "usual range of PCIe round trips; assumption";
// NVMeVirt, ssd_config.h, Samsung 970 Pro: what a 4 KiB request costs without load. Its figures are
// for whole requests, so doorbell, fetch and completion, 1.7 us, are taken from the first of each.
constexpr std::string_view kFirmware =
    "NVMeVirt, 970 Pro: 21.5 us, of which doorbell to completion";
constexpr std::string_view kRead = "NVMeVirt, 970 Pro: mean of LSB 29.76 us and MSB 41.76 us";
constexpr std::string_view kChannel = "NVMeVirt, 970 Pro: 4 KiB over a channel at 800 MB/s";
constexpr std::string_view kWrite =
    "NVMeVirt, 970 Pro: write buffer 4 us and 0.46 us for 4 KiB, of which doorbell to completion";
constexpr std::string_view kProgram =
    "NVMeVirt, 970 Pro: programming 32 KiB in 185 us after 39 us of transfer, for each 4 KiB";
constexpr std::string_view kFlush = "NVMeVirt, 970 Pro: programming a page, which a flush awaits";
constexpr std::string_view kTransfer = "NVMeVirt, 970 Pro: 4 KiB over PCIe at 3,360 MB/s";

constexpr Row kTable[] = {
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
    {Cost::guest_boot, "guest.boot", seconds(2),
     "boot without firmware 2 to 10 s, kexec tutorials, low authority"},
    {Cost::memory_clear_thousand_pages, "memory.clear_thousand_pages", microseconds(400),
     "10 GB/s, one thread; assumption"},
    {Cost::device_reset, "device.reset", milliseconds(100),
     "function level reset: Linux waits 100 ms before it asks again (PCIe base specification)"},
    {Cost::pcie_configuration, "pcie.configuration", microseconds(1), kAssumed},
    {Cost::iommu_invalidate, "iommu.invalidate", microseconds(2), kAssumed},
    {Cost::nvme_enable, "nvme.enable", milliseconds(50), "tens to hundreds of ms; assumption"},
    {Cost::nvme_disable, "nvme.disable", milliseconds(5), kAssumed},
    {Cost::nvme_shutdown, "nvme.shutdown", milliseconds(100), kAssumed},
    {Cost::nvme_doorbell, "nvme.doorbell", nanoseconds(600), kPcie},
    {Cost::nvme_fetch, "nvme.fetch", nanoseconds(800), kPcie},
    {Cost::nvme_admin, "nvme.admin", microseconds(10), kAssumed},
    {Cost::nvme_firmware, "nvme.firmware", nanoseconds(19'800), kFirmware},
    {Cost::nvme_read, "nvme.read", nanoseconds(35'760), kRead},
    {Cost::nvme_channel, "nvme.channel", nanoseconds(4'860), kChannel},
    {Cost::nvme_write, "nvme.write", nanoseconds(2'760), kWrite},
    {Cost::nvme_program, "nvme.program", microseconds(28), kProgram},
    {Cost::nvme_flush, "nvme.flush", microseconds(185), kFlush},
    {Cost::nvme_page, "nvme.page", nanoseconds(1'150), kTransfer},
    {Cost::nvme_completion, "nvme.completion", nanoseconds(300), kPcie},
    {Cost::interrupt, "interrupt", microseconds(1), kAssumed},
    {Cost::nic_frame, "nic.frame", nanoseconds(500), kPcie},
    {Cost::vfio_call, "vfio.call", microseconds(5), kAssumed},
    {Cost::iommufd_map_thousand_pages, "iommufd.map_thousand_pages", microseconds(10), kAssumed},
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

std::span<const Row> table() {
  return kTable;
}

Durations::Durations() {
  for (const Row& row : kTable) set(row.cost, row.value);
}

sim::Duration Durations::of_thousands(Cost cost, std::uint64_t number) const {
  return {product(of(cost).ns, number / 1000) + product(of(cost).ns, number % 1000) / 1000};
}

sim::Duration Durations::of_each(Cost cost, std::uint64_t number) const {
  return {product(of(cost).ns, number)};
}

}  // namespace luosim::timing
