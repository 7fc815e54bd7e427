// SPDX-License-Identifier: Apache-2.0
#include "app/view/view.hpp"

#include <iterator>
#include <vector>

#include "app/view/view_parts.hpp"

namespace luosim::app {

namespace {

struct Row {
  ViewSection section;
  nlohmann::ordered_json (*make)(const view::Viewed& viewed);
};

constexpr Row kRows[] = {
    {{"machine", "time, which kernel runs, its boot options, what outlives it"},
     view::machine_view},
    {{"luo", "phase, trees, subsystems, handlers and files of the orchestrator"}, view::luo_view},
    {{"kho", "Kexec HandOver: clients, scratch, what is preserved"}, view::kho_view},
    {{"memory", "who has which pages"}, view::memory_view},
    {{"files", "open files, their descriptors, and what is behind each type"}, view::files_view},
    {{"actors", "how far each script is, and where its process stands"}, view::actors_view},
    {{"tasks", "what runs, waits or is due next"}, view::tasks_view},
    {{"locks", "who holds which lock and who waits for it"}, view::locks_view},
    {{"vms", "guests, their VMMs and drivers, and what became of their load"}, view::vms_view},
    {{"devices", "functions with their registers, controllers and ports"}, view::devices_view},
    {{"pci", "what the kernel's PCI core and its own drivers know"}, view::pci_view},
    {{"iommu", "the unit and the kernel's domains"}, view::iommu_view},
    {{"interrupts", "vectors, what is pending, and who listens"}, view::interrupts_view},
    {{"faults", "rules that may still let a call fail"}, view::faults_view},
    {{"ledger", "what an observer knows of contents"}, view::ledger_view},
};
constexpr ViewSection kGuarantees{"guarantees", "which were broken on the way here"};

}  // namespace

nlohmann::ordered_json view_of(const world::World& world, const world::Blueprint& blueprint,
                               std::span<const std::string> broken) {
  const view::Viewed viewed{world, blueprint};
  nlohmann::ordered_json all = nlohmann::ordered_json::object();
  for (const Row& row : kRows) all[std::string(row.section.name)] = row.make(viewed);
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  for (const std::string& name : broken) names.push_back(name);
  all[std::string(kGuarantees.name)] = {{"broken", names}};
  return all;
}

std::span<const ViewSection> view_sections() {
  static const std::vector<ViewSection> kSections = [] {
    std::vector<ViewSection> sections;
    for (const Row& row : kRows) sections.push_back(row.section);
    sections.push_back(kGuarantees);
    return sections;
  }();
  return kSections;
}

}  // namespace luosim::app
