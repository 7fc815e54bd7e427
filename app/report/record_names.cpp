// SPDX-License-Identifier: Apache-2.0
//
// The table. Its numbers are those of the record headers, which stay the only place that has them.
#include "app/report/record_names.hpp"

#include <algorithm>

#include "model/fd/record.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"

namespace luosim::app {

namespace {

namespace EngineRecord = sim::EngineRecord;
namespace KernelRecord = kernel::KernelRecord;
namespace KhoRecord = kho::KhoRecord;
namespace LuoRecord = luo::v2::LuoRecord;
namespace ParticipantRecord = fd::ParticipantRecord;
namespace UserRecord = userspace::UserRecord;
using Form = ValueForm;

// clang-format off
constexpr RecordName kNames[] = {
    {EngineRecord::step, "engine.step",
     {{{"program", 0, Form::program}, {"row", 1, Form::number}, {"step", 1, Form::step}}}},
    {EngineRecord::task_ended, "engine.task_ended", {{{"result", 0, Form::status}}}},
    {EngineRecord::blocked, "engine.blocked",
     {{{"lock", 0, Form::lock}, {"mode", 1, Form::lock_mode}}}},
    {EngineRecord::deadlock, "engine.deadlock",
     {{{"lock", 0, Form::lock}, {"mode", 1, Form::lock_mode}}}},
    {EngineRecord::fault_fired, "engine.fault_fired",
     {{{"site", 0, Form::fault_site}, {"instance", 1, Form::instance},
       {"value", 2, Form::status}}}},

    {KernelRecord::boot_begins, "kernel.boot_begins",
     {{{"generation", 0, Form::number}, {"by_kexec", 1, Form::flag}}}},
    {KernelRecord::boot_done, "kernel.boot_done", {{{"generation", 0, Form::number}}}},
    {KernelRecord::died, "kernel.died", {{{"ending", 0, Form::ending}, {"cause", 1, Form::cause}}}},
    {KernelRecord::kexec, "kernel.kexec"},
    {KernelRecord::call_begins, "kernel.call_begins", {{{"call", 0, Form::number}}}},
    {KernelRecord::call_returns, "kernel.call_returns",
     {{{"call", 0, Form::number}, {"result", 1, Form::status}, {"word", 2, Form::word}}}},
    {KernelRecord::memory_freed_twice, "kernel.memory_freed_twice",
     {{{"page", 0, Form::page}, {"pages", 1, Form::number}}}},
    {KernelRecord::power_cycle, "kernel.power_cycle"},
    {KernelRecord::devices_shut_down, "kernel.devices_shut_down"},

    {KhoRecord::scratch_reserved, "kho.scratch_reserved",
     {{{"areas", 0, Form::number}, {"bytes", 1, Form::bytes}}}},
    {KhoRecord::client_called, "kho.client_called",
     {{{"event", 0, Form::client_event}, {"result", 1, Form::status}}}},
    {KhoRecord::map_serialized, "kho.map_serialized",
     {{{"pages", 0, Form::number}, {"bitmaps", 1, Form::number}, {"chunks", 2, Form::number}}}},
    {KhoRecord::finalized, "kho.finalized",
     {{{"pages", 0, Form::number}, {"root", 1, Form::address},
       {"root_bytes", 2, Form::bytes}}}},
    {KhoRecord::aborted, "kho.aborted"},
    {KhoRecord::revived, "kho.revived", {{{"root", 0, Form::address}}}},
    {KhoRecord::root_invalid, "kho.root_invalid"},
    {KhoRecord::freed_page_was_preserved, "kho.freed_page_was_preserved",
     {{{"page", 0, Form::page}, {"pages", 1, Form::number}}}},
    {KhoRecord::memory_reserved, "kho.memory_reserved", {{{"pages", 0, Form::number}}}},
    {KhoRecord::image_overwrote, "kho.image_overwrote",
     {{{"page", 0, Form::page}, {"pages", 1, Form::number}}}},

    {LuoRecord::callback, "luo.callback",
     {{{"callback", 0, Form::callback}, {"flags", 0, Form::callback_flags},
       {"word_before", 1, Form::word}, {"result", 2, Form::status},
       {"word_after", 3, Form::word}}}},
    {LuoRecord::phase_stored, "luo.phase_stored",
     {{{"before", 0, Form::phase}, {"after", 1, Form::phase}}}},
    {LuoRecord::sysfs_notified, "luo.sysfs_notified"},
    {LuoRecord::wait_killed, "luo.wait_killed"},
    {LuoRecord::tree_built, "luo.tree_built",
     {{{"tree", 0, Form::address}, {"files", 1, Form::number}, {"subsystems", 2, Form::number},
       {"bytes", 3, Form::bytes}}}},
    {LuoRecord::incoming_found, "luo.incoming_found", {{{"tree", 0, Form::address}}}},
    {LuoRecord::incoming_built, "luo.incoming_built", {{{"files", 0, Form::number}}}},
    {LuoRecord::file_preserved, "luo.file_preserved", {{{"token", 0, Form::number}}}},
    {LuoRecord::file_unpreserved, "luo.file_unpreserved", {{{"token", 0, Form::number}}}},
    {LuoRecord::file_restored, "luo.file_restored",
     {{{"token", 0, Form::number}, {"descriptor", 1, Form::status}, {"file", 2, Form::number}}}},
    {LuoRecord::garbage_installed, "luo.garbage_installed"},
    {LuoRecord::subsystem_registered, "luo.subsystem_registered"},
    {LuoRecord::subsystem_unregistered, "luo.subsystem_unregistered"},
    {LuoRecord::handler_registered, "luo.handler_registered"},
    {LuoRecord::handler_unregistered, "luo.handler_unregistered"},
    {LuoRecord::phase_read, "luo.phase_read", {{{"phase", 0, Form::phase}}}},
    {LuoRecord::flags_ignored, "luo.flags_ignored", {{{"flags", 0, Form::word}}}},

    {ParticipantRecord::note, "participant.note",
     {{{"what", 0, Form::note}, {"value", 1, Form::status}, {"detail", 2, Form::number}}}},
    {ParticipantRecord::page_allocated, "participant.page_allocated",
     {{{"address", 0, Form::address}}}},
    {ParticipantRecord::reentered, "participant.reentered", {{{"result", 0, Form::status}}}},
    {ParticipantRecord::memfd_saved, "participant.memfd_saved",
     {{{"pages", 0, Form::number}, {"folios", 1, Form::number}, {"bytes", 2, Form::bytes}}}},
    {ParticipantRecord::memfd_restored, "participant.memfd_restored",
     {{{"pages", 0, Form::number}, {"folios", 1, Form::number}}}},
    {ParticipantRecord::memfd_dropped, "participant.memfd_dropped", {{{"pages", 0, Form::number}}}},

    {UserRecord::call_begins, "user.call_begins", {{{"verb", 0, Form::verb}}}},
    {UserRecord::call_returns, "user.call_returns",
     {{{"verb", 0, Form::verb}, {"result", 1, Form::status}, {"word", 2, Form::word}}}},
    {UserRecord::unexpected_answer, "user.unexpected_answer",
     {{{"verb", 0, Form::verb}, {"result", 1, Form::status}, {"expected", 2, Form::status},
       {"line", 3, Form::number}}}},
    {UserRecord::entry_skipped, "user.entry_skipped", {{{"line", 0, Form::number}}}},
    {UserRecord::actor_started, "user.actor_started"},
    {UserRecord::actor_ended, "user.actor_ended"},
    {UserRecord::actor_died, "user.actor_died"},
    {UserRecord::vm_started, "user.vm_started"},
    {UserRecord::vm_paused, "user.vm_paused", {{{"writes", 0, Form::number}}}},
    {UserRecord::vm_resumed, "user.vm_resumed"},
    {UserRecord::vm_stopped_hard, "user.vm_stopped_hard"},
    {UserRecord::vmm_died, "user.vmm_died"},
    {UserRecord::contents_intact, "user.contents_intact"},
    {UserRecord::contents_lost, "user.contents_lost"},
};
// clang-format on

}  // namespace

std::span<const RecordField> RecordName::named_fields() const {
  std::size_t count = 0;
  while (count < fields.size() && !fields[count].name.empty()) ++count;
  return {fields.data(), count};
}

std::span<const RecordName> record_names() {
  return kNames;
}

const RecordName* find_record_name(sim::RecordKind kind) {
  const auto row = std::lower_bound(
      std::begin(kNames), std::end(kNames), kind,
      [](const RecordName& name, sim::RecordKind other) { return name.kind < other; });
  return row != std::end(kNames) && row->kind == kind ? row : nullptr;
}

}  // namespace luosim::app
