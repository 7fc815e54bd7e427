// SPDX-License-Identifier: Apache-2.0
#include "model/device/irq/message.hpp"

#include <algorithm>
#include <array>

namespace luosim::device::irq {

namespace {

constexpr std::array<std::string_view, kInterruptFates> kFateWords = {
    "handled", "posted",         "pending", "dropped", "blocked",
    "refused", "nobody listens", "pin",     "astray"};

struct FaultWord {
  RemappingFault reason;
  std::string_view word;
};
constexpr FaultWord kFaultWords[] = {
    {RemappingFault::none, "none"},
    {RemappingFault::malformed, "malformed message"},
    {RemappingFault::index_too_large, "index beyond the table"},
    {RemappingFault::not_present, "entry not present"},
    {RemappingFault::table_unreadable, "table unreadable"},
    {RemappingFault::reserved_bits, "reserved bits in the entry"},
    {RemappingFault::compatibility_blocked, "compatibility format blocked"},
    {RemappingFault::wrong_source, "wrong source"},
    {RemappingFault::descriptor_unreachable, "descriptor unreachable"},
};

// Bits of an entry's low half.
constexpr std::uint64_t kPresent = 1;
constexpr std::uint64_t kLogDisabled = 1U << 1;
constexpr std::uint64_t kPosted = 1U << 15;
constexpr std::uint32_t kVectorShift = 16;
constexpr std::uint64_t kDescriptorLow = 0xFFFF'FFC0;  // of the descriptor's address
// And of its high half.
constexpr std::uint64_t kSource = 0xFFFF;
constexpr std::uint32_t kIgnoredShift = 16;
constexpr std::uint32_t kCheckShift = 18;
constexpr std::uint64_t kNoSuchCheck = 3;
constexpr std::uint64_t kHighAddress = 0xFFFF'FFFF'0000'0000;

// Reserved bits of both formats. Delivery and destination, which the model has no use for, are not.
constexpr RawEntry kReservedOfRemapped{0x7000, 0xFFFF'FFFF'FFF0'0000};
constexpr RawEntry kReservedOfPosted{0x3F'FF00'30FC, 0xFFF0'0000};

}  // namespace

std::string_view word_of(InterruptFate fate) {
  const auto index = static_cast<std::size_t>(fate);
  return index < kFateWords.size() ? kFateWords[index] : "unknown";
}

std::string_view word_of(RemappingFault reason) {
  for (const FaultWord& row : kFaultWords)
    if (row.reason == reason) return row.word;
  return "unknown";
}

void Processors::add_to(sim::Hasher& hasher) const {
  hasher.add(listens);
  hasher.add(kernel_group);
  hasher.add_sequence(pins);
}

std::uint32_t pin_count(const Processors& processors, FunctionId function) {
  const auto pin = std::lower_bound(
      processors.pins.begin(), processors.pins.end(), function,
      [](const AssertedPin& left, FunctionId value) { return left.function < value; });
  return pin != processors.pins.end() && pin->function == function ? pin->times : 0;
}

RawEntry encode(const RemappingEntry& entry) {
  RawEntry raw;
  raw.low = (entry.is_present ? kPresent : 0) | (entry.is_log_disabled ? kLogDisabled : 0) |
            std::uint64_t{entry.vector} << kVectorShift;
  raw.high = entry.source.value | (entry.ignored_bits & 3ULL) << kIgnoredShift |
             std::uint64_t{static_cast<std::uint8_t>(entry.source_check)} << kCheckShift;
  if (entry.is_posted) {
    raw.low |= kPosted | (entry.descriptor.value & kDescriptorLow) << 32;
    raw.high |= entry.descriptor.value & kHighAddress;
  }
  return raw;
}

RemappingEntry decode(RawEntry raw) {
  const std::uint64_t check = raw.high >> kCheckShift & 3;
  RemappingEntry entry;
  entry.is_present = (raw.low & kPresent) != 0;
  entry.is_posted = (raw.low & kPosted) != 0;
  entry.is_log_disabled = (raw.low & kLogDisabled) != 0;
  entry.vector = static_cast<std::uint16_t>(raw.low >> kVectorShift & 0xFFFF);
  entry.source.value = static_cast<std::uint16_t>(raw.high & kSource);
  entry.ignored_bits = static_cast<std::uint8_t>(raw.high >> kIgnoredShift & 3);
  entry.source_check = check == kNoSuchCheck ? SourceCheck::none : static_cast<SourceCheck>(check);
  if (entry.is_posted)
    entry.descriptor.value = (raw.low >> 32 & kDescriptorLow) | (raw.high & kHighAddress);
  return entry;
}

bool has_reserved_bits(RawEntry raw) {
  const RawEntry reserved = (raw.low & kPosted) != 0 ? kReservedOfPosted : kReservedOfRemapped;
  return (raw.low & reserved.low) != 0 || (raw.high & reserved.high) != 0 ||
         (raw.high >> kCheckShift & 3) == kNoSuchCheck;
}

}  // namespace luosim::device::irq
