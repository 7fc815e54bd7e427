// SPDX-License-Identifier: Apache-2.0
//
// The sections of a view and the words that they share, for the other files of this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "app/report/record_names.hpp"
#include "model/world/world.hpp"

namespace luosim::app::view {

using Json = nlohmann::ordered_json;

/// What a section reads.
struct Viewed {
  const world::World& world;
  const world::Blueprint& blueprint;
};

// One section each, in the order of view.cpp.
Json machine_view(const Viewed& viewed);
Json luo_view(const Viewed& viewed);
Json kho_view(const Viewed& viewed);
Json memory_view(const Viewed& viewed);
Json files_view(const Viewed& viewed);
Json actors_view(const Viewed& viewed);
Json tasks_view(const Viewed& viewed);
Json locks_view(const Viewed& viewed);
Json vms_view(const Viewed& viewed);
Json devices_view(const Viewed& viewed);
Json pci_view(const Viewed& viewed);
Json iommu_view(const Viewed& viewed);
Json interrupts_view(const Viewed& viewed);
Json faults_view(const Viewed& viewed);
Json ledger_view(const Viewed& viewed);

/// What stands behind the registers of a function, if it is one of these.
Json nvme_view(const device::nvme::Controller& controller);
Json port_view(const device::nic::Port& port);
/// A guest's drivers of the disks and ports of a VM.
Json guest_disks_view(const Viewed& viewed, std::uint32_t vm);
Json guest_ports_view(const Viewed& viewed, std::uint32_t vm);

/// `0x3a41000`; of a range, {first, pages}.
std::string hex(std::uint64_t value);
Json range(memory::PageRange pages);
/// `none` for an address that is 0.
std::string address(memory::PhysicalAddress where);
/// A word of the log.
std::string word(ValueForm form, std::uint64_t value);
const std::string& text(const Viewed& viewed, sim::Symbol name);
/// The function of the scenario, or `none`.
std::string function_name(const Viewed& viewed, device::FunctionId function);
/// A file, or `none`; `file 3` as long as nobody knows what was retrieved.
std::string file_name(const Viewed& viewed, kernel::FileId file);
/// The file that has an object of a type, `none` if no open one has.
std::string file_with(const Viewed& viewed, fd::FileType type, std::uint32_t object);
/// `agent`, `vmm of vm0`: who has a descriptor.
std::string process_name(const Viewed& viewed, std::uint32_t process);
std::string vm_name(const Viewed& viewed, std::uint64_t vm);
/// A task, by its name and number: names are not unique.
std::string task_name(const Viewed& viewed, sim::TaskId task);
std::string program_name(const Viewed& viewed, sim::ProgramId program);
/// A number, or `none` if it is the one that says so.
Json number_or_none(std::uint64_t value, std::uint64_t none);

}  // namespace luosim::app::view
