// SPDX-License-Identifier: Apache-2.0
#include "app/report/report_talk.hpp"

#include "app/report/receiver.hpp"
#include "model/device/record.hpp"
#include "model/fd/record.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/cast.hpp"
#include "model/userspace/record.hpp"

namespace luosim::app {

namespace {

namespace DeviceRecord = device::DeviceRecord;
namespace KernelRecord = kernel::KernelRecord;
namespace KhoRecord = kho::KhoRecord;
namespace LuoRecord = luo::v2::LuoRecord;
namespace ParticipantRecord = fd::ParticipantRecord;
namespace UserRecord = userspace::UserRecord;

constexpr std::string_view kSubject = "{subject}";
constexpr std::string_view kObject = "{object}";
constexpr std::string_view kCallee = "{callee}";
constexpr std::string_view kGuest = "{guest}";

struct TalkRow {
  sim::RecordKind kind;
  std::string_view from;  ///< a part, or the subject or object of the record
  std::string_view to;
  bool is_answer = false;
};
constexpr TalkRow kTalks[] = {
    {UserRecord::call_begins, kSubject, kCallee},
    {UserRecord::call_returns, kCallee, kSubject, true},
    {LuoRecord::callback, "LUO", kSubject},
    {KhoRecord::client_called, "KHO", kSubject},
    {KhoRecord::map_serialized, "KHO", "memory"},
    {KhoRecord::memory_reserved, "KHO", "memory"},
    {KernelRecord::kexec, "kernel", "kernel"},
    {LuoRecord::tree_built, "LUO", "KHO"},
    {LuoRecord::incoming_found, "KHO", "LUO"},
    {ParticipantRecord::page_allocated, kSubject, "KHO"},
    {ParticipantRecord::memfd_saved, "memfd-v1", "KHO"},
    {ParticipantRecord::memfd_restored, "KHO", "memfd-v1"},
    {ParticipantRecord::interrupt_delivered, "kvm", kGuest},
    {ParticipantRecord::interrupt_pending, "kvm", kGuest},
    {UserRecord::vm_paused, kSubject, kSubject},
    {UserRecord::io_completed, kSubject, kSubject},
    {DeviceRecord::command_fetched, kGuest, kSubject},
    {DeviceRecord::dma, kSubject, "memory"},
    {DeviceRecord::completion_posted, kSubject, kGuest, true},
    {DeviceRecord::interrupt_raised, kSubject, "kvm"},
    {DeviceRecord::translation_fault, kSubject, "IOMMU"},
};

struct LayerTalk {
  std::string_view layer;
  std::string_view who;
};
// Of kinds that are not in the table: who does it by itself.
constexpr LayerTalk kLayers[] = {
    {"kernel", "kernel"},   {"kho", "KHO"},       {"luo", "LUO"},
    {"participant", "LUO"}, {"driver", "kernel"}, {"iommu", "IOMMU"},
    {"irq", "kernel"},      {"user", kSubject},   {"device", kSubject},
};

// Who sleeps is by himself.
std::string_view callee_of(const sim::Record& record) {
  switch (receiver_of(static_cast<userspace::Verb>(record.values[0]))) {
    case Receiver::luo:
      return "LUO";
    case Receiver::kho:
      return "KHO";
    case Receiver::vm:
    case Receiver::device:
      return kObject;
    case Receiver::nobody:
      return kSubject;
    case Receiver::kernel:
      break;
  }
  return "kernel";
}

// Of an interrupt: the guest with that number. Of a device: the guest that drives it, if one does.
std::string_view guest_of(const sim::Record& record, const RecordWords& words,
                          const world::Blueprint& blueprint) {
  const auto& vms = blueprint.cast.vms;
  const bool says_which = record.kind == ParticipantRecord::interrupt_delivered ||
                          record.kind == ParticipantRecord::interrupt_pending;
  if (says_which && record.values[3] < vms.size()) return words.name(vms[record.values[3]].name);
  for (const userspace::VmPlan& vm : vms)
    for (const userspace::VmDevice& device : vm.devices)
      if (device.function.index == record.values[0]) return words.name(vm.name);
  return "host";
}

std::string name_of(std::string_view who, const sim::Record& record, const RecordWords& words,
                    const world::Blueprint& blueprint) {
  if (who == kCallee) who = callee_of(record);
  if (who == kGuest) who = guest_of(record, words, blueprint);
  if (who == kSubject) who = words.name(record.subject);
  if (who == kObject) who = words.name(record.object);
  // LUO's own notifier block has no name, and a call without an operand is the kernel's.
  if (who.empty()) who = record.kind == KhoRecord::client_called ? "LUO" : "kernel";
  return std::string(who);
}

}  // namespace

std::optional<Talk> talk_of(const sim::Record& record, const RecordName& name,
                            const RecordWords& words, const world::Blueprint& blueprint) {
  for (const TalkRow& row : kTalks)
    if (row.kind == record.kind)
      return Talk{name_of(row.from, record, words, blueprint),
                  name_of(row.to, record, words, blueprint), row.is_answer};
  for (const LayerTalk& row : kLayers) {
    if (row.layer != name.layer()) continue;
    const std::string who = name_of(row.who, record, words, blueprint);
    return Talk{who, who, false};
  }
  return std::nullopt;
}

}  // namespace luosim::app
