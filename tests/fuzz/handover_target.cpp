// SPDX-License-Identifier: Apache-2.0
//
// A kernel boots on memory that somebody damaged. An update has just jumped; the input is a list of
// patches to what the old kernel left: its boot parameters, root page, map, bitmaps, LUO tree and
// the record of a file. The next kernel comes up or ends in a way that has a name, and memory stays
// whole. An input that patches nothing brings everything back.
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "app/report/log_line.hpp"
#include "model/kho/record.hpp"
#include "model/kho/tree.hpp"
#include "model/luo/v2/tree.hpp"
#include "model/world/expectation.hpp"
#include "model/world/vocabulary.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/unit/model/machine.hpp"

namespace luosim::fuzz {

namespace {

using memory::PhysicalAddress;
using world::Machine;
using world::World;

// An undamaged update and the one after it take less than a tenth of it.
constexpr int kMostEvents = 20'000;

world::Scenario two_updates() {
  using world::Verb;
  world::Scenario scenario = world::bare_scenario();
  world::add_subsystem(scenario, "net", /*preserves_page=*/true);
  world::add_handler(scenario, "memfd-v1", "memfd");
  world::add_handler(scenario, "blob-v1", "blob");
  world::add_memfd(scenario, "file", 16 * world::kMiB, 4 * world::kMiB);
  world::add_test_file(scenario, "disk", "blob");
  world::VmSpec& vm = scenario.vms.emplace_back();
  vm.name = "vm0";
  vm.memory_bytes = 8 * world::kMiB;
  vm.write_every = sim::seconds(1);
  std::vector<world::ScriptEntry> script;
  const std::vector<std::string> files{"file", "vm0.memory", "disk"};
  for (int update = 0; update < 2; ++update) {
    script.push_back(world::entry(Verb::write, {"file"}));
    script.push_back(world::entry(Verb::preserve, files));
    script.push_back(world::entry(Verb::prepare));
    script.push_back(world::entry(Verb::pause, {"vm0"}));
    script.push_back(world::entry(Verb::reboot, {"kexec"}));
    script.push_back(world::entry(Verb::restore, files));
    script.push_back(world::entry(Verb::resume, {"vm0"}));
    script.push_back(world::entry(Verb::write, {"file"}));
    script.push_back(world::entry(Verb::finish));
  }
  for (world::ScriptEntry& entry : script) entry.expect.kind = world::ExpectedResult::Kind::any;
  world::add_actor(scenario, "agent", std::move(script));
  return scenario;
}

// The machine at the jump, and the places where the next kernel looks.
class Jump {
 public:
  Jump() : machine_(two_updates()) {
    machine_.start();
    expect(machine_.run_until([&] { return machine_.phase() == luo::v2::Phase::frozen; }));
    const world::Kernel& old = machine_.world.kernel;
    places_ = {old.kho.root, old.kho.chunks.front(), old.kho.chunks.back(), old.luo.tree,
               old.kho.scratch_list};
    for (const kho::Bitmap& bitmap : old.kho.tracker.bitmaps) places_.push_back(bitmap.address);
    for (const luo::v2::FileRecord& record : old.luo.outgoing) places_.push_back({record.word});
    expect(
        machine_.run_until([&] { return !machine_.records(kernel::KernelRecord::kexec).empty(); }));
    jumped_ = machine_.world;
  }

  void boot_with(std::span<const std::uint8_t> patches) {
    machine_.world = jumped_;
    machine_.trace.forget_records();
    const bool is_damaged = patch(patches);
    run_to_the_end();
    check_memory();
    app::LogWriter log(machine_.blueprint, app::LogDetail::verbose);
    for (const sim::Record& record : machine_.trace.records()) log.text_of(record);
    if (!is_damaged) {
      expect(machine_.records(userspace::UserRecord::contents_intact).size() == 4);
      expect(machine_.records(userspace::UserRecord::vm_resumed).size() == 2);
    }
  }

 private:
  // A patch: which place, 16 bits of offset, 8 of length, and that many bytes. The last place is
  // the boot parameters, which are no bytes in memory.
  bool patch(std::span<const std::uint8_t> input) {
    constexpr std::size_t kHead = 4;
    bool is_damaged = false;
    while (input.size() > kHead) {
      const std::size_t place = input[0] % (places_.size() + 1);
      const std::size_t offset = input[1] + 256U * input[2];
      const std::size_t length = std::min<std::size_t>(input[3], input.size() - kHead);
      const auto bytes = std::as_bytes(input.subspan(kHead, length));
      input = input.subspan(kHead + length);
      is_damaged = is_damaged || length > 0;
      if (place < places_.size()) {
        machine_.memory().bytes().write(places_[place] + offset, bytes);
        continue;
      }
      kho::BootParameters& parameters = machine_.world.hardware.boot_parameters;
      static_assert(std::is_trivially_copyable_v<kho::BootParameters>);
      const std::size_t begin = offset % sizeof(parameters);
      std::memcpy(reinterpret_cast<std::byte*>(&parameters) + begin, bytes.data(),
                  std::min(bytes.size(), sizeof(parameters) - begin));
    }
    return is_damaged;
  }

  void run_to_the_end() {
    int events = 0;
    while (!machine_.is_dead() &&
           !userspace::all_scripts_have_ended(machine_.world.progress, machine_.blueprint.cast)) {
      expect(++events < kMostEvents);
      if (!machine_.step()) break;
    }
    const std::string ending = world::state_of_machine(machine_.world);
    expect(ending != "panic unknown");
    expect(ending != "deadlock");
  }

  void check_memory() {
    std::uint64_t reached = 0;
    for (const memory::Extent& extent : machine_.memory().extents()) {
      expect(extent.first.value == reached && extent.count > 0);
      expect(extent.owner == memory::kFree || world::owner_named(extent.owner.hash) != "unknown");
      reached += extent.count;
    }
    expect(reached == machine_.memory().pages());
  }

  Machine machine_;
  World jumped_;
  std::vector<PhysicalAddress> places_;
};

}  // namespace

}  // namespace luosim::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static luosim::fuzz::Jump jump;
  jump.boot_with(std::span(data, size));
  return 0;
}
