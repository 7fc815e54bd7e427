// SPDX-License-Identifier: Apache-2.0
#include "model/guarantees/participants.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "model/luo/v2/record.hpp"

namespace luosim::guarantees {

namespace {

std::uint64_t participant_of(const sim::Record& record) {
  const std::uint64_t flags = record.values[0] >> 8;
  if ((flags & luo::v2::LuoRecord::kIsHandler) == 0) return record.subject.index;
  return kHandlerBit | std::uint64_t{record.subject.index} << 32 | record.object.index;
}

}  // namespace

CallbackSeen callback_of(const Look& look) {
  const sim::Record& record = look.record;
  return {.callback = static_cast<luo::Callback>(record.values[0] & 0xFF),
          .participant = participant_of(record),
          .result = static_cast<std::int64_t>(record.values[2]),
          .word_before = record.values[1],
          .word_after = record.values[3]};
}

std::string name_of(const Machine& machine, const CallbackSeen& seen) {
  return participant_named(machine, seen.participant);
}

bool has_callback(const Machine& machine, const sim::Record& record, luo::Callback callback) {
  return has_callback(machine, participant_of(record), callback);
}

bool has_callback(const Machine& machine, std::uint64_t participant, luo::Callback callback) {
  if ((participant & kHandlerBit) == 0) {
    for (const luo::v2::SubsystemObject& object : machine.luo.subsystem_objects)
      if (object.name.index == participant && object.callbacks.bits != 0xFFFF)
        return object.callbacks.has(callback);
    for (const luo::v2::SubsystemObject& object : machine.luo.subsystem_objects)
      if (object.name.index == participant) return true;
    return false;
  }
  const auto compatible = static_cast<std::uint32_t>((participant & ~kHandlerBit) >> 32);
  for (const luo::v2::HandlerObject& object : machine.luo.handler_objects)
    if (object.compatible.index == compatible) return object.callbacks.has(callback);
  return false;
}

bool everybody_has(const Machine& machine, luo::Callback callback) {
  const auto has_it = [&](const auto& object) { return object.callbacks.has(callback); };
  const auto& subsystems = machine.luo.subsystem_objects;
  const auto& handlers = machine.luo.handler_objects;
  return std::all_of(subsystems.begin(), subsystems.end(), has_it) &&
         std::all_of(handlers.begin(), handlers.end(), has_it);
}

std::string participant_named(const Machine& machine, std::uint64_t participant) {
  const auto text = [&](std::uint64_t symbol) {
    return machine.names.text({static_cast<std::uint32_t>(symbol)});
  };
  if ((participant & kHandlerBit) == 0) return text(participant);
  const std::string handler = text((participant & ~kHandlerBit) >> 32);
  const std::string file = text(participant & 0xFFFF'FFFF);
  return file.empty() ? handler : fmt::format("{} for {}", handler, file);
}

}  // namespace luosim::guarantees
