// SPDX-License-Identifier: Apache-2.0
//
// One row for each verb of a script. The verb's number is its place in the table, which a test
// compares with the enumeration.
#include "app/report/log_calls.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "model/luo/v2/phase.hpp"
#include "model/userspace/cast.hpp"

namespace luosim::app {

namespace {

using userspace::Verb;

/// What comes back besides the status.
enum class AnswerWord : std::uint8_t { none, token, descriptor, phase };

struct CallRow {
  Verb verb;
  std::string_view text;
  AnswerWord answer = AnswerWord::none;
};

constexpr std::array kCalls{
    CallRow{Verb::preserve, "ioctl LIVEUPDATE_IOCTL_FD_PRESERVE", AnswerWord::token},
    CallRow{Verb::unpreserve, "ioctl LIVEUPDATE_IOCTL_FD_UNPRESERVE"},
    CallRow{Verb::restore, "ioctl LIVEUPDATE_IOCTL_FD_RESTORE", AnswerWord::descriptor},
    CallRow{Verb::prepare, "ioctl LIVEUPDATE_IOCTL_EVENT_PREPARE"},
    CallRow{Verb::freeze, "ioctl LIVEUPDATE_IOCTL_EVENT_FREEZE"},
    CallRow{Verb::cancel, "ioctl LIVEUPDATE_IOCTL_EVENT_CANCEL"},
    CallRow{Verb::finish, "ioctl LIVEUPDATE_IOCTL_EVENT_FINISH"},
    CallRow{Verb::get_state, "ioctl LIVEUPDATE_IOCTL_GET_STATE", AnswerWord::phase},
    CallRow{Verb::read_sysfs, "read /sys/kernel/liveupdate/state", AnswerWord::phase},
    CallRow{Verb::reboot_kexec, "reboot LINUX_REBOOT_CMD_KEXEC"},
    CallRow{Verb::reboot_without_image, "reboot LINUX_REBOOT_CMD_KEXEC without an image"},
    CallRow{Verb::reboot_cold, "power cycle"},
    CallRow{Verb::pause, "pause"},
    CallRow{Verb::resume, "resume"},
    CallRow{Verb::write, "write"},
    CallRow{Verb::close, "close"},
    CallRow{Verb::kho_finalize, "kho_finalize()"},
    CallRow{Verb::kho_abort, "kho_abort()"},
    CallRow{Verb::debugfs_finalize, "write kho/out/finalize"},
    CallRow{Verb::register_subsystem, "liveupdate_register_subsystem"},
    CallRow{Verb::unregister_subsystem, "liveupdate_unregister_subsystem"},
    CallRow{Verb::register_handler, "liveupdate_register_filesystem"},
    CallRow{Verb::unregister_handler, "liveupdate_unregister_filesystem"},
    CallRow{Verb::preserve_page, "kho_preserve_phys() by other kernel code"},
    CallRow{Verb::kill, "SIGKILL"},
    CallRow{Verb::bind, "write /sys/bus/pci/drivers/bind"},
    CallRow{Verb::unbind, "write /sys/bus/pci/drivers/unbind"},
    CallRow{Verb::map, "ioctl IOMMU_IOAS_MAP"},
    CallRow{Verb::unmap, "ioctl IOMMU_IOAS_UNMAP"},
    CallRow{Verb::resize, "ftruncate"},
    CallRow{Verb::interrupts_off, "ioctl VFIO_DEVICE_SET_IRQS to none"},
    CallRow{Verb::reset_device, "ioctl VFIO_DEVICE_RESET"},
    CallRow{Verb::suspend_device, "pwrite of the power state to vfio"},
    CallRow{Verb::remove_device, "surprise removal"},
    CallRow{Verb::insert_device, "hot plug"},
    CallRow{Verb::sleep, "sleep"},
    CallRow{Verb::start, "start"},
};

constexpr bool rows_are_in_order() {
  for (std::size_t row = 0; row < kCalls.size(); ++row)
    if (static_cast<std::size_t>(kCalls[row].verb) != row) return false;
  return true;
}
static_assert(rows_are_in_order());

const CallRow* row_of(const LogMoment& moment) {
  const std::uint64_t verb = moment.record.values[0];
  return verb < kCalls.size() ? &kCalls[verb] : nullptr;
}

std::int64_t status_of(const LogMoment& moment) {
  return static_cast<std::int64_t>(moment.record.values[1]);
}

std::string answer_text(AnswerWord answer, std::uint64_t word) {
  switch (answer) {
    case AnswerWord::none:
      return {};
    case AnswerWord::token:
      return fmt::format(", token {}", word);
    case AnswerWord::descriptor:
      return fmt::format(", descriptor {}", word);
    case AnswerWord::phase:
      break;
  }
  if (word >= luo::v2::kPhases) return fmt::format(", state {}", word);
  return fmt::format(", state [{}]", luo::v2::word_of(static_cast<luo::v2::Phase>(word)));
}

}  // namespace

std::string begun_call(const LogMoment& moment) {
  const CallRow* row = row_of(moment);
  std::string text =
      row == nullptr ? fmt::format("call {}", moment.record.values[0]) : std::string(row->text);
  const std::string_view operand = moment.words.name(moment.record.object);
  if (!operand.empty()) text.append(" ").append(operand);
  return text;
}

std::string returned_call(const LogMoment& moment) {
  const CallRow* row = row_of(moment);
  const std::int64_t status = status_of(moment);
  std::string text = fmt::format("{} = {}", begun_call(moment), status_text(status));
  if (status >= 0 && row != nullptr) text += answer_text(row->answer, moment.record.values[2]);
  return text;
}

std::string unexpected_answer(const LogMoment& moment) {
  const std::int64_t status = status_of(moment);
  const auto expected = static_cast<std::int64_t>(moment.record.values[2]);
  // Success as expected would be no news: the entry must have asked for just any failure.
  const bool any_failure = expected == 0 && status >= 0;
  return fmt::format("line {} of the scenario: {} = {}, expected {}", moment.record.values[3],
                     begun_call(moment), status_text(status),
                     any_failure ? "a failure" : status_text(expected));
}

}  // namespace luosim::app
