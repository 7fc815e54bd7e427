// SPDX-License-Identifier: Apache-2.0
//
// One function for each form of value, chosen by a table. Numbers are checked before they are taken
// for an enumerator: records may come from a file.
#include "app/report/record_words.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "app/scenario/bus_address.hpp"
#include "app/scenario/errno_names.hpp"
#include "app/scenario/units.hpp"
#include "model/device/irq/message.hpp"
#include "model/device/nvme/controller.hpp"
#include "model/driver/iommu/domain.hpp"
#include "model/driver/pci/device.hpp"
#include "model/luo/participant.hpp"
#include "model/luo/v2/phase.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/cast.hpp"
#include "model/world/vocabulary.hpp"

namespace luosim::app {

namespace {

constexpr std::string_view kUnknown = "unknown";

template <std::size_t Size>
std::string word_at(const std::array<std::string_view, Size>& words, std::uint64_t number) {
  return number < Size ? std::string(words[number]) : std::to_string(number);
}

// In the order of the enumerators.
constexpr std::array<std::string_view, 2> kFlags{"no", "yes"};
constexpr std::array<std::string_view, 4> kLocks{"the KHO lock", "the phase lock",
                                                 "the list of subsystems", "the list of handlers"};
constexpr std::array<std::string_view, 2> kLockModes{"read", "write"};
constexpr std::array<std::string_view, 4> kEndings{"running", "panic", "oops", "undefined"};
constexpr std::array<std::string_view, 2> kClientEvents{"finalize", "abort"};
constexpr std::array<std::string_view, 4> kNotes{"unpreserved", "page_checked", "preserve_failed",
                                                 "self_test_page"};
constexpr std::array<std::string_view, 6> kDmaPurposes{"command",    "list",    "data",
                                                       "completion", "message", "descriptor"};
constexpr std::array<std::string_view, 2> kDmaDirections{"read", "write"};
constexpr std::array<std::string_view, 7> kDmaResults{
    "landed",      "the function is off", "bus mastering is off", "no bridge forwards it",
    "IOMMU fault", "no memory there",     "a peer took it"};
constexpr std::array<std::string_view, 15> kFaultReasons{"none",
                                                         "root entry not present",
                                                         "context entry not present",
                                                         "context entry invalid",
                                                         "address too wide",
                                                         "not writable",
                                                         "not readable",
                                                         "table unreadable",
                                                         "root table unreadable",
                                                         "context table unreadable",
                                                         "reserved bits in the root entry",
                                                         "reserved bits in the context entry",
                                                         "reserved bits in a table entry",
                                                         "unknown translation type",
                                                         "into the range of messages"};
constexpr std::array<std::string_view, 3> kResets{"function level reset", "secondary bus reset",
                                                  "power off"};
constexpr std::array<std::string_view, 3> kInjectors{"device", "vmm", "resuming"};
constexpr std::array<std::string_view, 3> kIoKinds{"read", "write", "flush"};
constexpr std::uint64_t kCallbacks = 6;
constexpr auto kVerbs = static_cast<std::uint64_t>(userspace::Verb::start) + 1;

struct FlagWord {
  std::uint64_t flag;
  std::string_view word;
};
constexpr FlagWord kCallbackFlags[] = {
    {luo::v2::LuoRecord::kFileGiven, "file_given"},
    {luo::v2::LuoRecord::kFileReleased, "file_released"},
    {luo::v2::LuoRecord::kReclaimed, "reclaimed"},
    {luo::v2::LuoRecord::kIsHandler, "handler"},
};

std::string number_text(std::uint64_t value) {
  return std::to_string(value);
}

std::string signed_text(std::uint64_t value) {
  return status_text(static_cast<std::int64_t>(value));
}

std::string flag_text(std::uint64_t value) {
  return word_at(kFlags, value);
}
std::string lock_text(std::uint64_t value) {
  return word_at(kLocks, value);
}
std::string lock_mode_text(std::uint64_t value) {
  return word_at(kLockModes, value);
}
std::string ending_text(std::uint64_t value) {
  return word_at(kEndings, value);
}
std::string client_event_text(std::uint64_t value) {
  return word_at(kClientEvents, value);
}
std::string note_text(std::uint64_t value) {
  return word_at(kNotes, value);
}

std::string fault_site_text(std::uint64_t value) {
  for (const sim::FaultSite& site : world::fault_sites())
    if (site.id().hash == value) return std::string(site.name);
  return std::string(kUnknown);
}

std::string cause_text(std::uint64_t value) {
  if (value == 0) return {};
  const auto hash = static_cast<std::uint32_t>(value);
  const std::string_view reason = world::panic_reason_named(hash);
  return std::string(reason == kUnknown ? world::owner_named(hash) : reason);
}

std::string phase_text(std::uint64_t value) {
  if (value >= luo::v2::kPhases) return std::to_string(value);
  return std::string(luo::v2::word_of(static_cast<luo::v2::Phase>(value)));
}

std::string callback_text(std::uint64_t value) {
  const std::uint64_t number = value & 0xFF;
  if (number >= kCallbacks) return std::to_string(number);
  return std::string(luo::word_of(static_cast<luo::Callback>(number)));
}

std::string callback_flags_text(std::uint64_t value) {
  return fmt::format("{}", fmt::join(callback_flag_words(value), ","));
}

std::string verb_text(std::uint64_t value) {
  if (value >= kVerbs) return std::to_string(value);
  return std::string(userspace::word_of(static_cast<userspace::Verb>(value)));
}

std::string duration_text(std::uint64_t value) {
  return format_duration({static_cast<std::int64_t>(value)});
}
std::string owner_text(std::uint64_t value) {
  return value == 0 ? std::string()
                    : std::string(world::owner_named(static_cast<std::uint32_t>(value)));
}
std::string bus_numbers_text(std::uint64_t value) {
  return fmt::format("{:02x} [bus {:02x}-{:02x}]", value & 0xFF, value >> 8 & 0xFF,
                     value >> 16 & 0xFF);
}
std::string dma_purpose_text(std::uint64_t value) {
  return word_at(kDmaPurposes, value);
}
std::string dma_direction_text(std::uint64_t value) {
  return word_at(kDmaDirections, value);
}
std::string dma_result_text(std::uint64_t value) {
  return word_at(kDmaResults, value);
}
std::string fault_reason_text(std::uint64_t value) {
  return word_at(kFaultReasons, value);
}
std::string reset_text(std::uint64_t value) {
  return word_at(kResets, value);
}
std::string fate_text(std::uint64_t value) {
  if (value >= device::irq::kInterruptFates) return std::to_string(value);
  return std::string(word_of(static_cast<device::irq::InterruptFate>(value)));
}
std::string refusal_text(std::uint64_t value) {
  if (value > 0xFF) return std::to_string(value);
  return std::string(word_of(static_cast<device::irq::RemappingFault>(value)));
}
std::string controller_text(std::uint64_t value) {
  if (value >= device::nvme::kControllerStates) return std::to_string(value);
  return std::string(word_of(static_cast<device::nvme::ControllerState>(value)));
}
std::string driver_text(std::uint64_t value) {
  if (value >= driver::pci::kDrivers) return std::to_string(value);
  return std::string(word_of(static_cast<driver::pci::Driver>(value)));
}
std::string domain_text(std::uint64_t value) {
  return value == driver::iommu::kNoDomain ? "none" : std::to_string(value);
}
std::string injector_text(std::uint64_t value) {
  return word_at(kInjectors, value);
}
std::string io_kind_text(std::uint64_t value) {
  return word_at(kIoKinds, value);
}

struct FormRow {
  ValueForm form;
  std::string (*text)(std::uint64_t value);
};

// All forms but `program`, `step` and `instance`, which need more than the value.
constexpr FormRow kForms[] = {
    {ValueForm::number, number_text},
    {ValueForm::flag, flag_text},
    {ValueForm::bytes, format_size},
    {ValueForm::page, address_text},
    {ValueForm::address, address_text},
    {ValueForm::word, address_text},
    {ValueForm::status, signed_text},
    {ValueForm::lock, lock_text},
    {ValueForm::lock_mode, lock_mode_text},
    {ValueForm::fault_site, fault_site_text},
    {ValueForm::ending, ending_text},
    {ValueForm::cause, cause_text},
    {ValueForm::client_event, client_event_text},
    {ValueForm::phase, phase_text},
    {ValueForm::callback, callback_text},
    {ValueForm::callback_flags, callback_flags_text},
    {ValueForm::note, note_text},
    {ValueForm::verb, verb_text},
    {ValueForm::duration, duration_text},
    {ValueForm::bits, address_text},
    {ValueForm::iova, address_text},
    {ValueForm::owner, owner_text},
    {ValueForm::bus_address, format_bus_address},
    {ValueForm::bus_numbers, bus_numbers_text},
    {ValueForm::dma_purpose, dma_purpose_text},
    {ValueForm::dma_direction, dma_direction_text},
    {ValueForm::dma_result, dma_result_text},
    {ValueForm::fault_reason, fault_reason_text},
    {ValueForm::reset_kind, reset_text},
    {ValueForm::interrupt_fate, fate_text},
    {ValueForm::refusal, refusal_text},
    {ValueForm::controller, controller_text},
    {ValueForm::driver, driver_text},
    {ValueForm::domain, domain_text},
    {ValueForm::injected_by, injector_text},
    {ValueForm::io_kind, io_kind_text},
};

}  // namespace

std::string status_text(std::int64_t status) {
  if (status < 0 && status >= -std::int64_t{std::numeric_limits<std::int32_t>::max()}) {
    const std::string_view name = errno_name(static_cast<std::int32_t>(-status));
    if (!name.empty()) return fmt::format("-{}", name);
  }
  return std::to_string(status);
}

std::string address_text(std::uint64_t address) {
  return fmt::format("{:#x}", address);
}

std::vector<std::string_view> callback_flag_words(std::uint64_t value) {
  std::vector<std::string_view> words;
  for (const FlagWord& row : kCallbackFlags)
    if ((value >> 8 & row.flag) != 0) words.push_back(row.word);
  return words;
}

std::string value_text(ValueForm form, std::uint64_t value) {
  for (const FormRow& row : kForms)
    if (row.form == form) return row.text(value);
  return number_text(value);
}

RecordWords::RecordWords(const sim::Names& names, const sim::Programs& programs)
    : names_(names), programs_(programs) {
  // A word of the model comes before a text of the scenario that happens to be equal.
  for (const std::string_view word : world::fault_instances())
    by_hash_.emplace_back(sim::name_hash(word), word);
  for (std::uint32_t index = 1; index < names.size(); ++index) {
    const std::string& text = names.text({index});
    by_hash_.emplace_back(sim::name_hash(text), text);
  }
  std::stable_sort(by_hash_.begin(), by_hash_.end(),
                   [](const auto& left, const auto& right) { return left.first < right.first; });
}

std::string_view RecordWords::name(sim::Symbol symbol) const {
  return symbol.index < names_.size() ? std::string_view(names_.text(symbol)) : std::string_view();
}

std::string RecordWords::instance_text(std::uint64_t hash) const {
  if (hash == 0) return {};
  const auto entry =
      std::lower_bound(by_hash_.begin(), by_hash_.end(), hash,
                       [](const auto& row, std::uint64_t wanted) { return row.first < wanted; });
  const bool found = entry != by_hash_.end() && entry->first == hash;
  return found ? std::string(entry->second) : address_text(hash);
}

const sim::Programs::Entry* RecordWords::program(std::uint64_t hash) const {
  const sim::ProgramId id{static_cast<std::uint32_t>(hash)};
  return programs_.contains(id) ? &programs_.find(id) : nullptr;
}

std::string RecordWords::step_text(std::uint64_t program_hash, std::uint64_t row) const {
  const sim::Programs::Entry* entry = program(program_hash);
  if (entry == nullptr || row >= entry->steps.size()) return number_text(row);
  return std::string(entry->steps[row]->name);
}

std::string RecordWords::text(const RecordField& field, const sim::Record& record) const {
  const std::uint64_t value = field.of(record);
  if (field.form == ValueForm::program) {
    const sim::Programs::Entry* entry = program(value);
    return std::string(entry == nullptr ? kUnknown : entry->program->name);
  }
  if (field.form == ValueForm::step) return step_text(record.values[0], value);
  if (field.form == ValueForm::instance) return instance_text(value);
  return value_text(field.form, value);
}

}  // namespace luosim::app
