// SPDX-License-Identifier: Apache-2.0
//
// The operations of recorded vectors that make participants: what their flags mean, and how they
// are registered, taken back, and registered anew after a reboot.
#include <algorithm>

#include <fmt/format.h>

#include "app/conformance/driver.hpp"
#include "model/fd/test_participant.hpp"
#include "model/kho/client.hpp"
#include "model/luo/v2/programs.hpp"

namespace luosim::app {

namespace {

std::optional<luo::Callback> callback_of(std::string_view word) {
  for (const auto callback :
       {luo::Callback::can_preserve, luo::Callback::prepare, luo::Callback::freeze,
        luo::Callback::cancel, luo::Callback::finish, luo::Callback::retrieve}) {
    if (luo::word_of(callback) == word) return callback;
  }
  return std::nullopt;
}

}  // namespace

ConformanceDriver::Known& ConformanceDriver::known(Kind kind, const std::string& name,
                                                   bool is_other_object) {
  if (!is_other_object) {
    for (Known& participant : known_)
      if (participant.kind == kind && participant.name == name) return participant;
  }
  Known fresh;
  fresh.kind = kind;
  fresh.name = name;
  fresh.participant.name = blueprint_.names.intern(name);
  fresh.participant.accepts = fresh.participant.name;
  fresh.participant.is_handler = kind == Kind::handler ? 1 : 0;
  known_.push_back(fresh);
  return known_.back();
}

void ConformanceDriver::parse_flags(Known& participant, const Words& words) {
  if (participant.participant.number == 0)
    participant.participant.number = ++participants_numbered_;
  for (std::size_t index = 2; index < words.size(); ++index) {
    const std::string& word = words[index];
    if (word == "mem") {
      participant.participant.preserves_page = 1;
    } else if (word == "fmem") {
      participant.participant.preserves_in_freeze = 1;
    } else if (word == "dup") {
      continue;
    } else if (word.starts_with("type=")) {
      participant.participant.accepts = blueprint_.names.intern(word.substr(5));
    } else if (word.starts_with("prio=")) {
      participant.priority = value_of(word.substr(5)).value_or(0);
    } else if (word.starts_with("subtrees=")) {
      participant.subtrees = number_argument(word.substr(9));
    } else if (word.starts_with("reent=")) {
      const auto callback = callback_of(word.substr(6));
      if (!callback) {
        bad(fmt::format("no callback '{}'", word.substr(6)));
        return;
      }
      participant.participant.reenters = static_cast<std::uint8_t>(*callback);
    } else if (word.starts_with("no=")) {
      std::string_view list = std::string_view(word).substr(3);
      while (!list.empty()) {
        const std::size_t end = std::min(list.find(','), list.size());
        const auto callback = callback_of(list.substr(0, end));
        if (callback) participant.callbacks.remove(*callback);
        list.remove_prefix(std::min(end + 1, list.size()));
      }
    } else {
      bad(fmt::format("unknown flag '{}'", word));
    }
  }
}

std::uint32_t ConformanceDriver::object_of(Known& participant) {
  if (!participant.object) {
    world::Context context = this->context();
    participant.object =
        participant.kind == Kind::subsystem
            ? add_test_subsystem(context, participant.participant, participant.callbacks)
            : add_test_handler(context, participant.participant, participant.callbacks);
  } else {
    // The same object, registered once more with other flags: only what was counted stays.
    luo::v2::State& luo = world_.kernel.luo;
    const bool is_subsystem = participant.kind == Kind::subsystem;
    const std::uint32_t argument = is_subsystem
                                       ? luo.subsystem_objects[*participant.object].argument
                                       : luo.handler_objects[*participant.object].argument;
    fd::TestParticipant& existing = world_.kernel.fd.test_participants[argument];
    fd::TestParticipant changed = participant.participant;
    changed.prepares = existing.prepares;
    changed.dummy = existing.dummy;
    existing = changed;
    (is_subsystem ? luo.subsystem_objects[*participant.object].callbacks
                  : luo.handler_objects[*participant.object].callbacks) = participant.callbacks;
  }
  return *participant.object;
}

std::string ConformanceDriver::register_known(Known& participant) {
  if (participant.kind == Kind::client) {
    world::Context context = this->context();
    context.fd.test_clients.push_back(
        {.name = participant.participant.name, .subtrees = participant.subtrees});
    kho::register_client(
        context, {.name = participant.participant.name,
                  .priority = participant.priority,
                  .notify = fd::kTestClientNotify,
                  .argument = static_cast<std::uint32_t>(context.fd.test_clients.size() - 1)});
    participant.is_registered = true;
    return "0";
  }
  const Returned returned = call(
      participant.kind == Kind::subsystem ? luo::v2::kRegisterSubsystem : luo::v2::kRegisterHandler,
      {.values = {object_of(participant)}});
  if (returned.status == 0) participant.is_registered = true;
  return recorded_status(returned.status);
}

std::string ConformanceDriver::subsystem(const Words& words) {
  const bool is_other = std::find(words.begin(), words.end(), "dup") != words.end();
  Known& participant = known(Kind::subsystem, words[1], is_other);
  parse_flags(participant, words);
  return bad_ ? "" : register_known(participant);
}

std::string ConformanceDriver::handler(const Words& words) {
  const bool is_other = std::find(words.begin(), words.end(), "dup") != words.end();
  Known& participant = known(Kind::handler, words[1], is_other);
  parse_flags(participant, words);
  return bad_ ? "" : register_known(participant);
}

std::string ConformanceDriver::kho_client(const Words& words) {
  Known& participant = known(Kind::client, words[1], false);
  parse_flags(participant, words);
  return bad_ ? "" : register_known(participant);
}

std::string ConformanceDriver::unregister_subsystem(const Words& words) {
  Known& participant = known(Kind::subsystem, words[1], false);
  const Returned returned =
      call(luo::v2::kUnregisterSubsystem, {.values = {object_of(participant)}});
  if (returned.status == 0) participant.is_registered = false;
  return recorded_status(returned.status);
}

std::string ConformanceDriver::unregister_handler(const Words& words) {
  Known& participant = known(Kind::handler, words[1], false);
  const Returned returned = call(luo::v2::kUnregisterHandler, {.values = {object_of(participant)}});
  if (returned.status == 0) participant.is_registered = false;
  return recorded_status(returned.status);
}

std::string ConformanceDriver::register_again(const Words& /*words*/) {
  std::string failures;
  for (const std::size_t index : registered_at_reboot_) {
    Known& participant = known_[index];
    const std::string status = register_known(participant);
    if (status == "0") continue;
    failures +=
        fmt::format("{}rereg:{}->{}", failures.empty() ? "" : "; ", participant.name, status);
  }
  extra_events_ = failures;
  return "0";
}

}  // namespace luosim::app
