// SPDX-License-Identifier: Apache-2.0
//
// Opening and closing, sysfs, debugfs, and reboot(2).
#include "model/kernel/errno.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/programs.hpp"
#include "model/luo/v2/knobs.hpp"
#include "model/luo/v2/programs.hpp"
#include "model/luo/v2/record.hpp"
#include "model/uapi/parts.hpp"

namespace luosim::uapi {

namespace {

using fd::Context;
using sim::Outcome;

// The capability is checked before the flags.
Outcome open_device(Context& context) {
  if (context.frame().values[1] != 0) return sim::fail(-kernel::kEACCES);
  if (context.frame().values[0] != 0) return sim::fail(-kernel::kEINVAL);
  return sim::done(context.timing.of(timing::Cost::system_call));
}

constexpr sim::Step kOpenSteps[] = {{"check capability and flags", sim::step<open_device>}};

Outcome close_descriptor(Context& context) {
  const auto process = static_cast<std::uint32_t>(context.frame().values[0]);
  const auto number = static_cast<std::int32_t>(context.frame().values[1]);
  const auto file = context.kernel.files.remove(process, number);
  if (!file) return sim::fail(-kernel::kEBADF);
  context.kernel.files.put(*file);
  return sim::done(context.timing.of(timing::Cost::system_call));
}

constexpr sim::Step kCloseSteps[] = {{"drop the descriptor", sim::step<close_descriptor>}};

// Read without the phase lock (race I4).
Outcome read_state_file(Context& context) {
  if (!context.luo.sysfs) return sim::fail(-kernel::kENOENT);
  context.frame().word = static_cast<std::uint64_t>(context.luo.phase);
  context.record(
      {.kind = luo::v2::LuoRecord::phase_read, .values = {context.frame().word, 0, 0, 0}});
  return sim::done(context.timing.of(timing::Cost::system_call));
}

constexpr sim::Step kReadStateSteps[] = {
    {"read-lock the phase",
     sim::step<luo::v2::read_phase_lock>,
     {},
     sim::only_if(luo::v2::kReadPhaseUnderLock)},
    {"read the state file", sim::step<read_state_file>, {.on_failure = "release the phase lock"}},
    {"release the phase lock",
     sim::step<luo::v2::release_phase_lock>,
     {},
     sim::only_if(luo::v2::kReadPhaseUnderLock)},
};

Outcome write_finalize(Context& context) {
  if (!context.kho.debugfs) return sim::fail(-kernel::kENOENT);
  return sim::call(context.frame().values[0] != 0 ? kho::kFinalize : kho::kAbort);
}

constexpr sim::Step kDebugfsFinalizeSteps[] = {
    {"write kho/out/finalize", sim::step<write_finalize>}};

Outcome call_the_hook(Context& context) {
  return sim::call(luo::v2::kReboot, {.values = {context.frame().values[0], 0, 0, 0}});
}

Outcome check_the_hook(Context& context) {
  const std::int64_t result = context.frame().result;
  return result == 0 ? sim::done() : sim::fail(result);
}

// The hook comes first, so that a kernel without an image stays frozen.
Outcome check_the_image(Context& context) {
  return context.frame().values[1] == 0 ? sim::done() : sim::fail(-kernel::kEINVAL);
}

Outcome tell_luo_that_it_failed(Context& context) {
  luo::v2::note_failed_reboot(context);
  return sim::done();
}

Outcome release_kho_lock(Context& context) {
  context.release(kho::kKhoLock);
  return sim::done();
}

Outcome shut_devices_down(Context& context) {
  context.record({.kind = kernel::KernelRecord::devices_shut_down});
  const sim::Duration took = context.timing.of(timing::Cost::kexec_shutdown);
  const bool has_devices = !context.devices.pcie.functions.empty();
  return has_devices ? sim::call(driver::kShutDown, {}, took) : sim::done(took);
}

Outcome jump(Context& context) {
  return sim::call(kJump, {.values = {context.frame().values[0], 0, 0, 0}},
                   context.timing.of(timing::Cost::kexec_jump));
}

constexpr sim::Step kRebootSteps[] = {
    {"call LUO's reboot hook", sim::step<call_the_hook>},
    {"check its answer", sim::step<check_the_hook>},
    {"check that an image is loaded",
     sim::step<check_the_image>,
     {.on_failure = "tell LUO that it failed"}},
    {"shut devices down", sim::step<shut_devices_down>},
    {"jump", sim::step<jump>, {.then = sim::kReturn}},
    {"tell LUO that it failed",
     sim::step<tell_luo_that_it_failed>,
     {},
     sim::only_if(luo::v2::kRebootStopsPrepare)},
    {"release the KHO lock",
     sim::step<release_kho_lock>,
     {},
     sim::only_if(luo::v2::kRebootWaitsForKho).and_if(luo::v2::kRebootStopsPrepare)},
};

}  // namespace

const sim::Program kOpenProgram{"uapi.open", "open(2) of /dev/liveupdate", kOpenSteps};
const sim::Program kCloseProgram{"uapi.close", "close(2)", kCloseSteps};
const sim::Program kReadStateProgram{"uapi.read_sysfs", "reads /sys/kernel/liveupdate/state",
                                     kReadStateSteps};
const sim::Program kDebugfsFinalizeProgram{"uapi.debugfs_finalize", "writes to KHO's finalize file",
                                           kDebugfsFinalizeSteps};
const sim::Program kRebootProgram{"uapi.reboot", "reboot(LINUX_REBOOT_CMD_KEXEC)", kRebootSteps};

std::span<const sim::Program* const> programs() {
  static constexpr const sim::Program* kPrograms[] = {&kIoctlProgram,
                                                      &kPreserveDescriptorProgram,
                                                      &kUnpreserveTokenProgram,
                                                      &kRestoreDescriptorProgram,
                                                      &kGetStateProgram,
                                                      &kSelfTestProgram,
                                                      &kOpenProgram,
                                                      &kCloseProgram,
                                                      &kReadStateProgram,
                                                      &kDebugfsFinalizeProgram,
                                                      &kRebootProgram};
  return kPrograms;
}

}  // namespace luosim::uapi
