// SPDX-License-Identifier: Apache-2.0
//
// BAR 0 as software sees it (devices.md, F.1). Each register is read and written as a whole, at its
// own offset; what is not here reads as zero and takes no writes.
#include "model/device/nvme/lifecycle.hpp"
#include "model/device/nvme/queue.hpp"

namespace luosim::device::nvme {

namespace {

constexpr std::uint64_t kAllOnes = ~0ULL;
// NVMe 1.4.
constexpr std::uint64_t kVersionNumber = 0x0001'0400;
// Queues must be contiguous, doorbells are 4 bytes apart, NVM commands, pages of 4 KiB.
constexpr std::uint64_t kCapabilities =
    kMaxQueueEntries | 1ULL << 16 | std::uint64_t{kTimeoutHalfSeconds} << 24 | 1ULL << 37;

// The function answers on its BARs.
bool answers(const pcie::Function& function) {
  return function.is_present != 0 && function.is_in_reset == 0 && function.power_state == 0 &&
         (function.command & pcie::kMemoryEnable) != 0;
}

// A controller whose registers can be reached. Nobody tells it that its function's reset is over:
// it has come up by the time that somebody looks.
Controller* reachable_controller(Context& context, FunctionId function) {
  Controller* controller = controller_of(context.devices, function);
  if (controller == nullptr || !answers(context.devices.pcie[function])) return nullptr;
  if (controller->state == ControllerState::in_reset)
    apply(context, *controller, ControllerEvent::reset_complete);
  return controller;
}

std::uint64_t status_of(ControllerState state) {
  switch (state) {
    case ControllerState::ready:
    case ControllerState::disabling:
      return kReadyBit;
    case ControllerState::shutting_down:
      return kReadyBit | 1U << kShutdownStatusShift;
    case ControllerState::shut_down:
      return kReadyBit | 2U << kShutdownStatusShift;
    case ControllerState::fatal:
      return kFatalBit;
    case ControllerState::disabled:
    case ControllerState::enabling:
    case ControllerState::in_reset:
      return 0;
  }
  return 0;
}

}  // namespace

std::uint64_t read_register(Context& context, FunctionId function, std::uint64_t offset) {
  const Controller* controller = reachable_controller(context, function);
  if (controller == nullptr) return kAllOnes;
  switch (offset) {
    case kCap:
      return kCapabilities;
    case kVersion:
      return kVersionNumber;
    case kConfiguration:
      return controller->configuration;
    case kStatus:
      return status_of(controller->state);
    case kAdminQueueAttributes:
      return controller->admin_attributes;
    case kAdminSubmissionBase:
      return controller->admin_submission_base;
    case kAdminCompletionBase:
      return controller->admin_completion_base;
    default:
      return 0;
  }
}

void write_register(Context& context, FunctionId function, std::uint64_t offset,
                    std::uint64_t value) {
  Controller* controller = reachable_controller(context, function);
  if (controller == nullptr) return;
  const auto low = static_cast<std::uint32_t>(value & 0xFFFF'FFFF);
  switch (offset) {
    case kConfiguration:
      return write_configuration(context, *controller, low);
    case kAdminQueueAttributes:
      controller->admin_attributes = low;
      return;
    case kAdminSubmissionBase:
      controller->admin_submission_base = value;
      return;
    case kAdminCompletionBase:
      controller->admin_completion_base = value;
      return;
    default:
      if (offset < kDoorbells) return;
      if (context.fault(kDoorbellFault, context.names.text(context.name_of(function)))) return;
      ring(context, *controller, offset, low);
  }
}

}  // namespace luosim::device::nvme
