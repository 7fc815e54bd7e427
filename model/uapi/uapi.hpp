// SPDX-License-Identifier: Apache-2.0
//
// What user space can ask of the kernel: the ioctls of /dev/liveupdate with their exact numbers,
// the sysfs file, KHO's debugfs switch, and reboot(2) (luo-v2.md, section 9). Everything above the
// kernel, a conformance script included, comes through here.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "model/fd/state.hpp"
#include "sim/core/program.hpp"

namespace luosim::uapi {

inline constexpr std::uint32_t kFdPreserve = 0xC010BA00;
inline constexpr std::uint32_t kFdUnpreserve = 0x4008BA01;
inline constexpr std::uint32_t kFdRestore = 0xC010BA02;
inline constexpr std::uint32_t kGetState = 0x8004BA03;
inline constexpr std::uint32_t kEventPrepare = 0x0000BA04;
inline constexpr std::uint32_t kEventFreeze = 0x0000BA05;
inline constexpr std::uint32_t kEventCancel = 0x0000BA06;
inline constexpr std::uint32_t kEventFinish = 0x0000BA07;
inline constexpr std::uint32_t kSelfTests = 0xC010BA08;

/// One ioctl command, for the dispatcher and for `explain`.
struct Command {
  std::uint32_t number = 0;
  std::string_view name;
  sim::ProgramId program{};
  bool copies_in = false;
  bool copies_out = false;
};
std::span<const Command> commands();

/// Fault sites of user copies.
inline constexpr sim::FaultSite kCopyFromUserSite{"uaccess.copy_from_user",
                                                  "reading the caller's argument faults", -14};
inline constexpr sim::FaultSite kCopyToUserSite{
    "uaccess.copy_to_user", "writing the result to the caller faults, after the effect", -14};

/// The argument of FD_PRESERVE and FD_RESTORE: {s32 fd, u32 flags, u64 token}, as two words.
constexpr std::uint64_t pack_descriptor(std::int32_t descriptor, std::uint32_t flags) {
  return std::uint64_t{static_cast<std::uint32_t>(descriptor)} | std::uint64_t{flags} << 32;
}

/// ioctl(2) on /dev/liveupdate. values {process, number, first and second word of the argument};
/// word: what the command writes back (token, descriptor or state). -ENOTTY for any other number.
inline constexpr sim::ProgramId kIoctl{sim::name_hash("uapi.ioctl")};
/// open(2) of the device. values {1 if O_EXCL, 1 if without CAP_SYS_ADMIN}: 0, -EACCES, -EINVAL.
inline constexpr sim::ProgramId kOpen{sim::name_hash("uapi.open")};
/// close(2). values {process, descriptor}: 0 or -EBADF.
inline constexpr sim::ProgramId kClose{sim::name_hash("uapi.close")};
/// Reading /sys/kernel/liveupdate/state. word: the phase. -ENOENT if it is not configured.
inline constexpr sim::ProgramId kReadState{sim::name_hash("uapi.read_sysfs")};
/// Writing values[0] to debugfs kho/out/finalize: as PREPARE and CANCEL. -ENOENT without debugfs.
inline constexpr sim::ProgramId kDebugfsFinalize{sim::name_hash("uapi.debugfs_finalize")};
/// reboot(LINUX_REBOOT_CMD_KEXEC). values {image, 1 if none is loaded}. Returns only on failure.
inline constexpr sim::ProgramId kReboot{sim::name_hash("uapi.reboot")};
/// The jump itself, which the world defines: values {image, how}.
inline constexpr sim::ProgramId kJump{sim::name_hash("kernel.jump")};
/// Off and on again, which the world defines too: values {image}.
inline constexpr sim::ProgramId kPowerCycle{sim::name_hash("machine.power_cycle")};

std::span<const sim::Program* const> programs();

}  // namespace luosim::uapi
