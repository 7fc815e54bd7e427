// SPDX-License-Identifier: Apache-2.0
//
// How long things take. One table: key, default and where the figure comes from, so that
// `luosim explain timing` and docs/timing.md cannot part from what runs. A scenario overrides any
// of them. Upstream has published no measured blackout of LUO (numbers.md, section 0), so these are
// a calibration from related measurements, and where there is none they say so.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "sim/core/time.hpp"

namespace luosim::timing {

/// What is timed; the order is that of `table()`.
enum class Cost : std::uint8_t {
  system_call,
  callback,
  participant_page,
  memfd_prepare_folio,
  memfd_prepare_thousand_pages,
  memfd_restore_folio,
  memfd_restore_thousand_pages,
  kho_serialize_bitmap,
  kho_restore_bitmap,
  kexec_shutdown,
  kexec_jump,
  boot_base,
  boot_per_cpu,
  boot_cold,
  user_start,
  vmm_start,
  vm_pause,
  vm_resume,
  guest_boot,
  memory_clear_thousand_pages,
  device_reset,
  pcie_configuration,
  iommu_invalidate,
  nvme_enable,
  nvme_disable,
  nvme_shutdown,
  nvme_doorbell,
  nvme_fetch,
  nvme_admin,
  nvme_firmware,
  nvme_read,
  nvme_channel,
  nvme_write,
  nvme_program,
  nvme_flush,
  nvme_page,
  nvme_completion,
  interrupt,
  nic_frame,
  vfio_call,
  iommufd_map_thousand_pages,
  count_of_costs,
};

struct Row {
  Cost cost;
  std::string_view key;
  sim::Duration value;      ///< the default
  std::string_view source;  ///< where it comes from
};

/// All costs, in the order of the enumeration.
std::span<const Row> table();

/// The durations of one run.
class Durations {
 public:
  Durations();
  sim::Duration of(Cost cost) const { return values_[static_cast<std::size_t>(cost)]; }
  /// `cost` for each of `number` things, with a rate given per thousand.
  sim::Duration of_thousands(Cost cost, std::uint64_t number) const;
  sim::Duration of_each(Cost cost, std::uint64_t number) const;
  void set(Cost cost, sim::Duration value) { values_[static_cast<std::size_t>(cost)] = value; }

 private:
  std::array<sim::Duration, static_cast<std::size_t>(Cost::count_of_costs)> values_{};
};

}  // namespace luosim::timing
