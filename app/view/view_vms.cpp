// SPDX-License-Identifier: Apache-2.0
//
// Guests: their VMMs, their drivers as long as they are there, and what became of their load; and
// what an observer knows that nobody in the machine can ask.
#include <fmt/format.h>

#include "app/view/view_parts.hpp"

namespace luosim::app::view {

namespace {

constexpr const char* kStates[] = {"absent", "running", "paused", "resuming"};
constexpr const char* kCommandStates[] = {"free",     "reading", "writing",
                                          "flushing", "lost",    "finding"};
constexpr const char* kVerdicts[] = {"not looked at", "intact", "lost"};

Json load_view(const userspace::Ledger::Io& io) {
  return {{"submitted", io.submitted},
          {"completed", io.completed},
          {"in_flight", io.in_flight},
          {"failed", io.failed},
          {"corrupted", io.corrupted},
          {"duplicated", io.duplicated},
          {"lost", io.lost},
          {"late", io.late},
          {"torn", io.torn},
          {"stall_max_ns", io.stall_max.ns},
          {"waits_since_ns", io.waits_since.ns},
          {"cut_off", io.is_cut_off != 0}};
}

std::string device_name(const Viewed& viewed, std::uint32_t vm, std::uint32_t device) {
  const auto& devices = viewed.blueprint.cast.vms[vm].devices;
  return device < devices.size() ? function_name(viewed, devices[device].function) : "none";
}

Json area_view(const userspace::DriverArea& area) {
  return {{"saved", area.saved},
          {"saved_pages", area.saved_pages},
          {"admin_submission", area.admin_submission},
          {"admin_completion", area.admin_completion},
          {"submission", area.submission},
          {"completion", area.completion},
          {"shadow", area.shadow},
          {"lists", area.lists},
          {"buffers", area.buffers},
          {"end", area.end}};
}

// Those that are in flight.
Json commands_view(const userspace::GuestDisk& disk) {
  Json list = Json::array();
  for (std::size_t id = 0; id < disk.commands.size(); ++id) {
    const userspace::GuestCommand& command = disk.commands[id];
    if (command.state == userspace::GuestCommand::State::free) continue;
    list.push_back({{"id", id},
                    {"state", kCommandStates[static_cast<std::size_t>(command.state)]},
                    {"block", command.block},
                    {"sequence", command.sequence},
                    {"submitted_ns", command.submitted.ns}});
  }
  return list;
}

// How many blocks hold something that the guest was told is there, and how many are in use.
Json blocks_view(const userspace::GuestDisk& disk) {
  std::uint64_t written = 0;
  std::uint64_t torn = 0;
  std::uint64_t in_use = 0;
  for (const std::uint64_t sequence : disk.expected) {
    written += sequence != 0 ? 1 : 0;
    torn += sequence == userspace::kTornBlock ? 1 : 0;
  }
  for (const std::uint32_t is_used : disk.is_in_use) in_use += is_used != 0 ? 1 : 0;
  return {{"number", disk.expected.size()},
          {"acknowledged", written},
          {"torn", torn},
          {"in_use", in_use}};
}

Json guest_disk_view(const Viewed& viewed, const userspace::GuestDisk& disk) {
  const userspace::GuestDisk::Registers& own = disk.registers;
  return {{"name", device_name(viewed, own.vm, own.device)},
          {"set_up", own.is_set_up != 0},
          {"failed", own.has_failed != 0},
          {"outstanding", own.outstanding},
          {"admin_tail", own.admin_tail},
          {"admin_head", own.admin_head},
          {"tail", own.tail},
          {"head", own.head},
          {"phase_tag", own.phase},
          {"random", hex(own.random)},
          {"last_write", own.sequence},
          {"unread", own.unread},
          {"unflushed", own.unflushed},
          {"vfio", number_or_none(disk.vfio, fd::kNoVfio)},
          {"free_commands", disk.free_commands.size()},
          {"blocks", blocks_view(disk)},
          {"commands", commands_view(disk)},
          {"guest_pages", area_view(disk.area)}};
}

Json vm_view(const Viewed& viewed, std::uint32_t number) {
  const userspace::Vm& vm = viewed.world.user.vms[number];
  const userspace::VmPlan& plan = viewed.blueprint.cast.vms[number];
  const userspace::Progress& progress = viewed.world.progress;
  const userspace::Ledger& ledger = viewed.world.ledger;
  return {{"name", vm_name(viewed, number)},
          {"state", kStates[static_cast<std::size_t>(vm.state)]},
          {"vcpus", plan.vcpus},
          {"memory_file", text(viewed, plan.memory_file)},
          {"memfd", vm.memfd},
          {"kvm", vm.kvm},
          {"booting", vm.is_booting != 0},
          {"since_ns", vm.since.ns},
          {"writes", vm.writes},
          {"shown", vm.shown},
          {"paused", progress.pauses[number]},
          {"resumed", progress.resumes[number]},
          {"started", progress.starts[number]},
          {"load", number < ledger.io.size() ? load_view(ledger.io[number]) : Json::object()},
          {"disks", guest_disks_view(viewed, number)},
          {"ports", guest_ports_view(viewed, number)}};
}

}  // namespace

Json guest_disks_view(const Viewed& viewed, std::uint32_t vm) {
  Json list = Json::array();
  for (const userspace::GuestDisk& disk : viewed.world.user.disks)
    if (disk.registers.vm == vm) list.push_back(guest_disk_view(viewed, disk));
  return list;
}

Json guest_ports_view(const Viewed& viewed, std::uint32_t vm) {
  Json list = Json::array();
  for (const userspace::GuestPort& port : viewed.world.user.ports)
    if (port.vm == vm)
      list.push_back({{"name", device_name(viewed, vm, port.device)},
                      {"set_up", port.is_set_up != 0},
                      {"next", port.next},
                      {"frames", port.frames},
                      {"vfio", number_or_none(port.vfio, fd::kNoVfio)}});
  return list;
}

Json vms_view(const Viewed& viewed) {
  Json list = Json::array();
  for (std::uint32_t vm = 0; vm < viewed.world.user.vms.size(); ++vm)
    list.push_back(vm_view(viewed, vm));
  return list;
}

Json ledger_view(const Viewed& viewed) {
  Json files = Json::array();
  for (const userspace::Ledger::Contents& each : viewed.world.ledger.files)
    files.push_back({{"file", text(viewed, each.file)},
                     {"known", each.is_known != 0},
                     {"before", fmt::format("{:016x}{:016x}", each.before.high, each.before.low)},
                     {"verdict", kVerdicts[each.verdict]}});
  return {{"files", files}};
}

}  // namespace luosim::app::view
