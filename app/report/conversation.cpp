// SPDX-License-Identifier: Apache-2.0
//
// Kinds of records that no row names are left out: a diagram has no room for every register.
#include "app/report/conversation.hpp"

#include <fmt/format.h>

#include "app/report/log_line.hpp"
#include "app/report/receiver.hpp"
#include "app/report/record_names.hpp"
#include "app/report/record_words.hpp"
#include "model/device/record.hpp"
#include "model/driver/record.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/record.hpp"
#include "model/luo/participant.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/cast.hpp"
#include "model/userspace/record.hpp"

namespace luosim::app {

namespace {

namespace EngineRecord = sim::EngineRecord;
namespace KernelRecord = kernel::KernelRecord;
namespace KhoRecord = kho::KhoRecord;
namespace LuoRecord = luo::v2::LuoRecord;
namespace UserRecord = userspace::UserRecord;
namespace DeviceRecord = device::DeviceRecord;
namespace DriverRecord = driver::DriverRecord;

using userspace::Verb;

const Party kKernel{PartyLayer::kernel, "kernel"};
const Party kLuo{PartyLayer::luo, "LUO"};
const Party kKho{PartyLayer::kho, "KHO"};

/// Walks through the records and writes down what is said.
class Listener {
 public:
  explicit Listener(const world::Blueprint& blueprint)
      : words_(blueprint.names, blueprint.programs), log_(blueprint) {}

  void take(const sim::Record& record) {
    const std::optional<LogLine> line = log_.take(record);
    text_ = line ? line->message : std::string();
    for (const Row& row : rows())
      if (row.kind == record.kind) return (this->*row.hear)(record);
  }

  std::vector<Message> messages() && { return std::move(messages_); }

 private:
  struct Row {
    sim::RecordKind kind;
    void (Listener::*hear)(const sim::Record& record);
  };
  static std::span<const Row> rows();

  std::string name(sim::Symbol symbol) const { return std::string(words_.name(symbol)); }

  std::string word(const sim::Record& record, std::string_view field_name) const {
    for (const RecordField& field : find_record_name(record.kind)->named_fields())
      if (field.name == field_name) return words_.text(field, record);
    return {};
  }

  void add(const sim::Record& record, Message::Kind kind, const Party& from, const Party& to,
           const std::string& what, const std::string& text,
           std::optional<std::int64_t> status = std::nullopt) {
    Message& message = messages_.emplace_back();
    message.time = record.time;
    message.kind = kind;
    message.from = from;
    message.to = to;
    message.what = what;
    message.text = text;
    message.status = status;
  }

  void note(const sim::Record& record, const Party& party) {
    add(record, Message::Kind::note, party, party, std::string(), text_);
  }

  void hear_call(const sim::Record& record) {
    const std::optional<Party> to = receiver(record);
    if (!to) return;
    add(record, Message::Kind::call, actor(record), *to, word(record, "verb"), text_);
  }

  void hear_answer(const sim::Record& record) {
    const std::optional<Party> from = receiver(record);
    if (!from) return;
    const std::size_t result = text_.rfind(" = ");
    add(record, Message::Kind::answer, *from, actor(record), word(record, "verb"),
        result == std::string::npos ? text_ : text_.substr(result + 3),
        static_cast<std::int64_t>(record.values[1]));
  }

  void hear_callback(const sim::Record& record) {
    const std::string callback = word(record, "callback");
    const std::string file = name(record.object);
    const auto result = static_cast<std::int64_t>(record.values[2]);
    std::string text = file.empty() ? callback : fmt::format("{} {}", callback, file);
    add(record, Message::Kind::call, kLuo, {PartyLayer::participant, name(record.subject)},
        callback, fmt::format("{} = {}", text, status_text(result)), result);
  }

  void hear_notifier(const sim::Record& record) {
    const std::string client = name(record.subject);
    const std::string event = word(record, "event");
    const auto result = static_cast<std::int64_t>(record.values[1]);
    add(record, Message::Kind::call, kKho,
        client.empty() ? kLuo : Party{PartyLayer::participant, client}, event,
        fmt::format("{} = {}", event, status_text(result)), result);
  }

  void hear_of_luo(const sim::Record& record) { note(record, kLuo); }
  void hear_of_kho(const sim::Record& record) { note(record, kKho); }
  void hear_of_kernel(const sim::Record& record) { note(record, kKernel); }
  void hear_of_vm(const sim::Record& record) {
    note(record, {PartyLayer::vm, name(record.subject)});
  }
  void hear_of_device(const sim::Record& record) {
    note(record, {PartyLayer::device, name(record.subject)});
  }

  void hear_jump(const sim::Record& record) {
    add(record, Message::Kind::jump, kKernel, kKernel, std::string(), text_);
  }

  void hear_binding(const sim::Record& record) {
    add(record, Message::Kind::call, kKernel, {PartyLayer::device, name(record.subject)},
        "bind " + word(record, "after"), "bind " + word(record, "after"));
  }

  void hear_access(const sim::Record& record) {
    const std::string owner = word(record, "owner");
    const std::string result = word(record, "result");
    const std::string what = fmt::format("DMA {}", word(record, "direction"));
    const bool landed = record.values[0] >> 48 == 0;
    add(record, Message::Kind::access, {PartyLayer::device, name(record.subject)},
        {PartyLayer::memory, landed ? "memory of " + owner : "no memory"},
        landed ? what : what + ", " + result, std::string());
  }

  Party actor(const sim::Record& record) const { return {PartyLayer::actor, name(record.subject)}; }

  std::optional<Party> receiver(const sim::Record& record) const {
    switch (receiver_of(static_cast<Verb>(record.values[0]))) {
      case Receiver::luo:
        return kLuo;
      case Receiver::kho:
        return kKho;
      case Receiver::vm:
        return Party{PartyLayer::vm, name(record.object)};
      case Receiver::device:
        return Party{PartyLayer::device, name(record.object)};
      case Receiver::kernel:
        return kKernel;
      case Receiver::nobody:
        break;
    }
    return std::nullopt;
  }

  RecordWords words_;
  LogWriter log_;
  std::string text_;  // what the log says of the record that is being heard
  std::vector<Message> messages_;
};

std::span<const Listener::Row> Listener::rows() {
  static constexpr Row kRows[] = {
      {UserRecord::call_begins, &Listener::hear_call},
      {UserRecord::call_returns, &Listener::hear_answer},
      {LuoRecord::callback, &Listener::hear_callback},
      {KhoRecord::client_called, &Listener::hear_notifier},
      {DriverRecord::driver_bound, &Listener::hear_binding},
      {DeviceRecord::dma, &Listener::hear_access},
      {EngineRecord::fault_fired, &Listener::hear_of_kernel},
      {EngineRecord::deadlock, &Listener::hear_of_kernel},
      {KernelRecord::boot_begins, &Listener::hear_jump},
      {KernelRecord::kexec, &Listener::hear_jump},
      {KernelRecord::died, &Listener::hear_jump},
      {KernelRecord::power_cycle, &Listener::hear_jump},
      {KhoRecord::finalized, &Listener::hear_of_kho},
      {KhoRecord::aborted, &Listener::hear_of_kho},
      {KhoRecord::memory_reserved, &Listener::hear_of_kho},
      {KhoRecord::root_invalid, &Listener::hear_of_kho},
      {LuoRecord::phase_stored, &Listener::hear_of_luo},
      {LuoRecord::incoming_found, &Listener::hear_of_luo},
      {LuoRecord::wait_killed, &Listener::hear_of_luo},
      {LuoRecord::garbage_installed, &Listener::hear_of_luo},
      {UserRecord::vm_paused, &Listener::hear_of_vm},
      {UserRecord::vm_resumed, &Listener::hear_of_vm},
      {UserRecord::vm_stopped_hard, &Listener::hear_of_vm},
      {UserRecord::vmm_died, &Listener::hear_of_vm},
      {UserRecord::vm_boots, &Listener::hear_of_vm},
      {UserRecord::guest_crashed, &Listener::hear_of_vm},
      {DeviceRecord::reset_begins, &Listener::hear_of_device},
      {DeviceRecord::presence_changed, &Listener::hear_of_device},
      {DeviceRecord::translation_fault, &Listener::hear_of_device},
  };
  return kRows;
}

}  // namespace

std::vector<Message> conversation(std::span<const sim::Record> records,
                                  const world::Blueprint& blueprint) {
  Listener listener(blueprint);
  for (const sim::Record& record : records) listener.take(record);
  return std::move(listener).messages();
}

}  // namespace luosim::app
