// SPDX-License-Identifier: Apache-2.0
//
// Trace records of the kernel itself: boots, deaths, memory.
#pragma once

#include "sim/trace/trace.hpp"

namespace luosim::kernel::KernelRecord {

using sim::RecordKind;

inline constexpr RecordKind boot_begins{0x100};  ///< subject: image; values: generation, 1 if kexec
inline constexpr RecordKind boot_done{0x101};    ///< subject: image; values: generation
inline constexpr RecordKind died{0x102};         ///< values: cause of death, detail
inline constexpr RecordKind kexec{0x103};        ///< subject: next image
inline constexpr RecordKind memory_freed_twice{0x106};  ///< values: first page, pages
inline constexpr RecordKind power_cycle{0x107};
inline constexpr RecordKind devices_shut_down{0x108};

}  // namespace luosim::kernel::KernelRecord
