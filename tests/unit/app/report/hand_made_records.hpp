// SPDX-License-Identifier: Apache-2.0
//
// Records written by hand and the blueprint that gives them names, so that reports are tested
// without a model that runs.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "app/report/record_names.hpp"
#include "model/fd/record.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/record.hpp"
#include "model/luo/v2/record.hpp"
#include "model/userspace/record.hpp"
#include "model/world/blueprint.hpp"
#include "sim/trace/trace.hpp"

namespace luosim::app::hand_made {

namespace EngineRecord = sim::EngineRecord;
namespace KernelRecord = kernel::KernelRecord;
namespace KhoRecord = kho::KhoRecord;
namespace LuoRecord = luo::v2::LuoRecord;
namespace ParticipantRecord = fd::ParticipantRecord;
namespace UserRecord = userspace::UserRecord;

/// Two kernels, an agent with a helper, and a VM.
inline world::Blueprint blueprint() {
  world::Blueprint made;
  sim::Names& names = made.names;
  for (const char* image : {"old", "new"}) {
    world::ImagePlan plan;
    plan.name = names.intern(image);
    plan.version = names.intern(image == std::string_view("old") ? "6.15-a" : "6.15-b");
    plan.options.kho = true;
    plan.options.liveupdate = true;
    made.images.push_back(plan);
  }
  for (const char* actor : {"agent", "second"})
    made.cast.actors.push_back({.name = names.intern(actor), .script = {}});
  userspace::VmPlan vm;
  vm.name = names.intern("vm0");
  vm.memory_file = names.intern("vm0.memory");
  vm.vcpus = 8;
  made.cast.vms.push_back(vm);
  names.intern("memfd-v1");
  names.intern("disk0");
  return made;
}

/// Makes records of things that blueprint() names.
class Maker {
 public:
  explicit Maker(const world::Blueprint& blueprint) : names_(blueprint.names) {}

  sim::Record operator()(std::int64_t nanoseconds, sim::RecordKind kind,
                         std::string_view subject = {}, std::string_view object = {},
                         std::array<std::uint64_t, 4> values = {}) const {
    return {.time = {nanoseconds},
            .kind = kind,
            .task = {7},
            .subject = names_.find(subject),
            .object = names_.find(object),
            .values = values};
  }

 private:
  const sim::Names& names_;
};

constexpr std::uint64_t status(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}
constexpr std::uint64_t number(userspace::Verb verb) {
  return static_cast<std::uint64_t>(verb);
}

/// An update that works, with a fault on the way: boot, preserve, prepare, pause, kexec, restore.
inline std::vector<sim::Record> story(const world::Blueprint& blueprint) {
  using userspace::Verb;
  const Maker make(blueprint);
  const std::uint64_t preserve = number(Verb::preserve);
  const std::uint64_t prepare = number(Verb::prepare);
  return {
      make(0, KernelRecord::boot_begins, "old", "", {1, 0}),
      make(0, KhoRecord::scratch_reserved, "", "", {3, 1ULL << 30}),
      make(0, KernelRecord::boot_done, "old", "", {1}),
      make(0, UserRecord::vm_started, "vm0"),
      make(1'000, UserRecord::call_begins, "agent", "vm0.memory", {preserve}),
      make(1'500, LuoRecord::file_preserved, "", "vm0.memory", {3}),
      make(1'999, UserRecord::call_returns, "agent", "vm0.memory", {preserve, 0, 3}),
      make(2'104'511'000, UserRecord::call_begins, "agent", "", {prepare}),
      make(2'104'512'000, UserRecord::call_begins, "second", "", {number(Verb::get_state)}),
      make(2'104'513'000, UserRecord::call_returns, "second", "", {number(Verb::get_state), 0, 0}),
      make(2'131'000'000, LuoRecord::callback, "memfd-v1", "vm0.memory",
           {1 | (LuoRecord::kFileGiven | LuoRecord::kIsHandler) << 8, 0, 0, 0x3a41000}),
      make(2'131'870'000, LuoRecord::phase_stored, "", "", {0, 1}),
      make(2'132'000'000, KhoRecord::finalized, "", "", {4'194'560, 0x100000, 4096}),
      make(2'132'000'000, UserRecord::call_returns, "agent", "", {prepare, 0, 0}),
      make(2'150'000'000, EngineRecord::fault_fired, "", "",
           {sim::name_hash("luo.file.freeze"), sim::name_hash("disk0"), status(-5)}),
      make(2'181'903'250, UserRecord::vm_paused, "vm0", "", {19}),
      make(2'190'000'000, UserRecord::call_begins, "agent", "", {number(Verb::reboot_kexec)}),
      make(2'190'500'000, LuoRecord::phase_stored, "", "", {1, 2}),
      make(2'191'000'000, KernelRecord::kexec, "new"),
      make(2'191'000'000, KernelRecord::boot_begins, "new", "", {2, 1}),
      make(2'500'000'000, KhoRecord::memory_reserved, "", "", {4'194'560}),
      make(2'500'000'000, LuoRecord::incoming_found, "", "", {0x200000}),
      make(2'600'000'000, KernelRecord::boot_done, "new", "", {2}),
      make(2'700'000'000, UserRecord::vm_resumed, "vm0"),
      make(2'700'000'000, UserRecord::contents_intact, "", "vm0.memory"),
      make(2'800'000'000, UserRecord::call_begins, "agent", "", {number(Verb::finish)}),
      make(2'800'000'001, LuoRecord::phase_stored, "", "", {3, 0}),
  };
}

/// One record of every kind, with names in both places and small numbers.
inline std::vector<sim::Record> one_of_each(const world::Blueprint& blueprint) {
  const Maker make(blueprint);
  std::vector<sim::Record> all;
  for (const RecordName& name : record_names())
    all.push_back(make(1'000, name.kind, "agent", "vm0.memory", {1, 1, 1, 1}));
  return all;
}

/// The text of a file of the source tree, which lies at or above the working directory.
inline std::string source_text(const std::filesystem::path& path) {
  std::filesystem::path root = std::filesystem::current_path();
  while (!std::filesystem::exists(root / path) && root != root.parent_path())
    root = root.parent_path();
  std::ifstream file(root / path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace luosim::app::hand_made
