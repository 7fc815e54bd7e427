// SPDX-License-Identifier: Apache-2.0
//
// What a kernel image was built with and what its command line says. Follows the early parameters
// `kho=` and `liveupdate=` of RFC v2: both default to off, and `liveupdate` is forced to off when
// KHO is off (luo-v2.md, section 8).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace luosim::kernel {

struct BootOptions {
  bool kho = false;
  bool liveupdate = false;             ///< only reported, never enforced (bug B22)
  bool sysfs = true;                   ///< CONFIG_LIVEUPDATE_SYSFS_API
  bool debugfs = false;                ///< CONFIG_KEXEC_HANDOVER_DEBUG
  bool selftests = false;              ///< CONFIG_LIVEUPDATE_SELFTESTS
  bool kho_only_if_finalized = false;  ///< hands the root page over only while finalized
  std::uint16_t reserved = 0;          ///< keeps the layout free of padding
  std::uint32_t image = 0;             ///< which kernel of the scenario

  friend bool operator==(const BootOptions&, const BootOptions&) = default;
};

/// Reads `kho=` and `liveupdate=` the way kstrtobool does; unknown words of a command line are not
/// the kernel's. Nothing if a value is not a boolean: the text says what was wrong.
std::optional<BootOptions> parse_command_line(std::string_view command_line, std::string& wrong);

}  // namespace luosim::kernel
