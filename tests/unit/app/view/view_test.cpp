// SPDX-License-Identifier: Apache-2.0
//
// A view says everything that a state holds: each member of each struct of the model's state is
// read by it, and what it says of a machine in the middle of an update is what the machine is like.
#include "app/view/view.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/cli/load.hpp"
#include "app/view/changes.hpp"
#include "app/view/view_parts.hpp"
#include "model/world/checks.hpp"
#include "sim/choice/choice.hpp"

namespace luosim::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// A machine that plays a scenario of the library.
class Machine {
 public:
  explicit Machine(const std::string& scenario) {
    std::ostringstream errors;
    loaded_ = load(std::string(LUOSIM_SOURCE_DIR) + "/scenarios/" + scenario, {}, errors);
    EXPECT_TRUE(loaded_) << errors.str();
    world = world::make_world(blueprint());
    world.faults = loaded_->built.faults;
    world::power_on(world, surroundings(), 0);
  }

  const world::Blueprint& blueprint() const { return loaded_->built.blueprint; }
  bool step() { return world::advance(world, surroundings()); }
  template <class Condition>
  bool run_until(Condition condition) {
    while (!condition())
      if (!step()) return false;
    return true;
  }
  Json view() const { return view_of(world, blueprint()); }

  world::World world;

 private:
  world::Surroundings surroundings() { return {blueprint(), choice_, trace_}; }

  std::optional<Loaded> loaded_;
  sim::SeededChoice choice_{0};
  sim::RecordedTrace trace_;
};

const Json& part(const Json& view, const std::string& path) {
  static const Json kNone;
  const Json* found = find_part(view, path);
  EXPECT_NE(found, nullptr) << path;
  return found == nullptr ? kNone : *found;
}

struct StateHeader {
  const char* file;
  std::vector<std::string> structs;
};

// Where the state of the machine is declared.
const std::vector<StateHeader>& state_headers() {
  static const std::vector<StateHeader> kHeaders = {
      {"model/world/world.hpp", {"Hardware", "Kernel", "World"}},
      {"model/kernel/context.hpp", {"Core"}},
      {"model/kernel/boot_options.hpp", {"BootOptions"}},
      {"model/kernel/death.hpp", {"Death"}},
      {"model/kernel/file.hpp", {"File", "Descriptor"}},
      {"model/memory/physical_memory.hpp", {"Extent"}},
      {"model/kho/state.hpp",
       {"Bitmap", "Tracker", "Client", "DebugfsBlob", "BootParameters", "State"}},
      {"model/luo/v2/state.hpp", {"SubsystemObject", "HandlerObject", "FileRecord", "State"}},
      {"model/fd/state.hpp",
       {"TestParticipant", "TestKhoClient", "SelfTestSlot", "Memfd", "MemfdPiece", "Iommufd",
        "IommufdMapping", "VfioDevice", "Kvm", "HugetlbPool", "State"}},
      {"model/driver/state.hpp", {"State"}},
      {"model/driver/pci/device.hpp", {"Device", "HandedOver", "State"}},
      {"model/driver/iommu/domain.hpp",
       {"Domain", "TablePage", "ContextTable", "Attachment", "State"}},
      {"model/driver/irq/vector.hpp", {"Vector", "Descriptor", "State"}},
      {"model/driver/nvme/disk.hpp", {"Disk"}},
      {"model/device/state.hpp", {"State"}},
      {"model/device/pcie/function.hpp", {"MsixEntry", "Function", "Fabric"}},
      {"model/device/iommu/unit.hpp", {"FaultLog", "CachedTranslation", "CachedContext", "Unit"}},
      {"model/device/irq/message.hpp", {"AssertedPin", "Processors"}},
      {"model/device/nvme/controller.hpp",
       {"SubmissionQueue", "CompletionQueue", "WaitingCompletion", "Block", "Command",
        "Controller"}},
      {"model/device/nic/port.hpp", {"Port"}},
      {"model/userspace/state.hpp",
       {"Holding", "Vm", "State", "Token", "SavedVm", "Disk", "Actor", "Progress", "Contents", "Io",
        "Ledger"}},
      {"model/userspace/guest_state.hpp",
       {"GuestCommand", "DriverArea", "Registers", "GuestDisk", "GuestPort"}},
      {"sim/core/schedule.hpp", {"Frame", "Task"}},
      {"sim/fault/fault.hpp", {"FaultRule"}},
  };
  return kHeaders;
}

// The lines of a struct, without those of structs and functions in it.
std::vector<std::string> lines_of_struct(const std::string& header, const std::string& name) {
  std::vector<std::string> lines;
  const std::size_t begin = header.find("struct " + name + " {");
  if (begin == std::string::npos) return lines;
  std::istringstream stream(header.substr(begin));
  std::string line;
  std::getline(stream, line);
  for (int depth = 1; depth > 0 && std::getline(stream, line);) {
    const int before = depth;
    for (const char each : line.substr(0, line.find("//"))) {
      if (each == '{') ++depth;
      if (each == '}') --depth;
    }
    if (before == 1) lines.push_back(line.substr(0, line.find("//")));
  }
  return lines;
}

std::vector<std::string> members_of_struct(const std::string& header, const std::string& name) {
  static const std::regex kMember(R"(^\s+[\w:<>, ]+[>\w] (\w+)( =.*|\{.*\})?;?\s*$)");
  std::vector<std::string> members;
  for (const std::string& line : lines_of_struct(header, name)) {
    std::smatch match;
    const bool is_other =
        line.find('(') != std::string::npos || line.find("static") != std::string::npos ||
        line.find("struct ") != std::string::npos || line.find("enum ") != std::string::npos;
    if (!is_other && std::regex_match(line, match, kMember)) members.push_back(match[1]);
  }
  return members;
}

std::string code_of_views() {
  std::string code;
  for (const auto& entry : fs::directory_iterator(std::string(LUOSIM_SOURCE_DIR) + "/app/view"))
    code += text_of(entry.path());
  return code;
}

TEST(View, reads_every_member_of_every_state_there_is) {
  // Padding; what the engine keeps of a task while it waits; and what is found by controller_of().
  const std::set<std::string> left_out = {"controllers", "reserved",       "reserved_too",
                                          "failure_row", "failure_status", "result_word"};
  const std::string code = code_of_views();
  std::size_t read = 0;
  for (const StateHeader& header : state_headers()) {
    const std::string text = text_of(fs::path(LUOSIM_SOURCE_DIR) / header.file);
    for (const std::string& name : header.structs) {
      const std::vector<std::string> members = members_of_struct(text, name);
      EXPECT_FALSE(members.empty()) << header.file << ": " << name;
      for (const std::string& member : members) {
        if (left_out.contains(member)) continue;
        const std::regex use("[.>]" + member + "\\b");
        EXPECT_TRUE(std::regex_search(code, use))
            << header.file << ": " << name << "::" << member << " is in no view";
        ++read;
      }
    }
  }
  EXPECT_GT(read, 330U);
}

TEST(View, has_the_sections_that_it_says_in_their_order) {
  const Machine machine("tutorial/plain-update.yaml");
  const Json view = machine.view();
  auto member = view.begin();
  for (const ViewSection& section : view_sections()) {
    ASSERT_NE(member, view.end());
    EXPECT_EQ(member.key(), section.name);
    ++member;
  }
  EXPECT_EQ(member, view.end());
}

TEST(View, is_the_same_for_a_copy_and_different_after_every_step) {
  Machine machine("tutorial/plain-update.yaml");
  Json before = machine.view();
  std::size_t steps = 0;
  std::size_t unseen = 0;
  while (steps < 400 && machine.step()) {
    const world::World copy = machine.world;
    const Json after = machine.view();
    ASSERT_EQ(after, view_of(copy, machine.blueprint())) << "step " << steps;
    if (after == before) ++unseen;
    before = after;
    ++steps;
  }
  EXPECT_EQ(unseen, 0U) << "a step that nobody sees";
}

// Where a member has no name, or a value no word.
void collect_nameless(const Json& value, const std::string& path, std::set<std::string>& nameless) {
  if (value.is_string() && value.get<std::string>().empty()) nameless.insert(path);
  if (!value.is_structured()) return;
  const std::vector<std::string> names =
      value.is_array() ? names_of_elements(value) : std::vector<std::string>();
  std::size_t index = 0;
  for (auto member = value.begin(); member != value.end(); ++member, ++index) {
    const std::string name = value.is_array() ? names[index] : member.key();
    if (name.empty() || name.front() == '#') nameless.insert(path + ".?");
    collect_nameless(*member, path + '.' + name, nameless);
  }
}

TEST(View, has_a_name_and_a_word_for_everything_in_the_library) {
  constexpr std::size_t kMostSteps = 2400;
  constexpr std::size_t kStepsToAView = 8;
  std::set<std::string> nameless;
  for (const char* folder : {"tutorial", "bugs"}) {
    for (const auto& entry :
         fs::directory_iterator(std::string(LUOSIM_SOURCE_DIR) + "/scenarios/" + folder)) {
      if (entry.path().extension() != ".yaml" ||
          text_of(entry.path()).find("\nmatrix:") != std::string::npos)
        continue;
      Machine machine(folder + ("/" + entry.path().filename().string()));
      std::size_t step = 0;
      do {
        if (step % kStepsToAView == 0) collect_nameless(machine.view(), "", nameless);
      } while (++step < kMostSteps && machine.step());
      collect_nameless(machine.view(), "", nameless);
    }
  }
  EXPECT_EQ(nameless, std::set<std::string>());
}

TEST(View, tells_a_prepared_update) {
  Machine machine("tutorial/plain-update.yaml");
  ASSERT_TRUE(machine.run_until(
      [&] { return machine.world.kernel.luo.phase == luo::v2::Phase::prepared; }));
  const Json view = machine.view();
  EXPECT_EQ(part(view, "machine.state"), "running");
  EXPECT_EQ(part(view, "machine.time_ns"), machine.world.schedule.now().ns);
  EXPECT_EQ(part(view, "machine.generation"), 1);
  EXPECT_EQ(part(view, "machine.boot_options.liveupdate"), true);
  EXPECT_EQ(part(view, "luo.phase"), "prepared");
  EXPECT_EQ(part(view, "luo.sysfs"), "prepared");
  EXPECT_EQ(part(view, "luo.tree_present"), true);
  const Json& outgoing = part(view, "luo.files.outgoing");
  ASSERT_EQ(outgoing.size(), machine.world.kernel.luo.outgoing.size());
  ASSERT_FALSE(outgoing.empty());
  EXPECT_EQ(outgoing[0]["token"], machine.world.kernel.luo.outgoing[0].token);
  EXPECT_EQ(outgoing[0]["state"], "prepared");
  EXPECT_NE(outgoing[0]["word"], "0x0");
  EXPECT_EQ(part(view, "kho.finalized"), machine.world.kernel.kho.finalized);
}

TEST(View, has_each_page_of_memory_once) {
  Machine machine("tutorial/plain-update.yaml");
  std::uint64_t most_preserved = 0;
  do {
    const Json view = machine.view();
    const Json& memory = view["memory"];
    std::uint64_t next = 0;
    std::uint64_t preserved = 0;
    for (const Json& range : memory["map"]) {
      ASSERT_EQ(range["first"], view::hex(next << memory::kPageShift));
      next += range["pages"].get<std::uint64_t>();
      if (range["preserved"].get<bool>()) preserved += range["pages"].get<std::uint64_t>();
    }
    ASSERT_EQ(next, machine.world.hardware.memory.pages());
    std::uint64_t total = 0;
    for (const auto& [kind, pages] : memory["totals"].items()) total += pages.get<std::uint64_t>();
    ASSERT_EQ(total, machine.world.hardware.memory.pages());
    ASSERT_EQ(preserved, memory["preserved_by_kho"].get<std::uint64_t>());
    most_preserved = std::max(most_preserved, preserved);
  } while (machine.step() && machine.world.kernel.core.generation < 2);
  EXPECT_GT(most_preserved, 0U);
}

TEST(View, names_devices_their_queues_and_who_drives_them) {
  Machine machine("tutorial/vm-nvme-update.yaml");
  ASSERT_TRUE(machine.run_until([&] {
    const auto& controllers = machine.world.hardware.devices.controllers;
    return !controllers.empty() && controllers[0].commands_fetched > 40;
  }));
  const device::nvme::Controller& controller = machine.world.hardware.devices.controllers[0];
  const std::string name =
      view::function_name({machine.world, machine.blueprint()}, controller.function);
  const Json view = machine.view();
  const std::string path = "devices.functions." + name;
  EXPECT_EQ(part(view, path + ".kind"), "endpoint");
  EXPECT_EQ(part(view, path + ".nvme.state"), "ready");
  EXPECT_EQ(part(view, path + ".nvme.fetched"), controller.commands_fetched);
  EXPECT_EQ(part(view, path + ".nvme.submission_queues.1.tail"),
            controller.submission_queues[1].tail);
  EXPECT_EQ(part(view, path + ".command.bus_master"), true);
  EXPECT_EQ(part(view, "pci.devices." + name + ".driver"), "vfio-pci");
  EXPECT_EQ(part(view, "vms.vm0.state"), "running");
  EXPECT_GT(part(view, "vms.vm0.load.submitted").get<std::uint64_t>(), 0U);
  EXPECT_EQ(part(view, "iommu.unit.translates"), true);
  EXPECT_FALSE(part(view, "interrupts.vectors").empty());
}

}  // namespace
}  // namespace luosim::app
