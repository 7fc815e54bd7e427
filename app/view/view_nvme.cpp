// SPDX-License-Identifier: Apache-2.0
//
// What a disk or a network card has behind its registers.
#include <algorithm>

#include "app/view/view_parts.hpp"
#include "model/device/nvme/queue.hpp"

namespace luosim::app::view {

namespace {

using device::nvme::Command;
using device::nvme::CommandStage;
using device::nvme::Controller;

constexpr const char* kStages[] = {"none",      "mapping",   "moving",
                                   "executing", "finishing", "outstanding"};
constexpr const char* kOnLostRequest[] = {"fatal", "stall"};

Json submission_queues(const Controller& controller) {
  Json list = Json::array();
  for (std::size_t number = 0; number < controller.submission_queues.size(); ++number) {
    const device::nvme::SubmissionQueue& queue = controller.submission_queues[number];
    if (queue.size == 0) continue;
    list.push_back({{"queue", number},
                    {"base", hex(queue.base)},
                    {"size", queue.size},
                    {"head", queue.head},
                    {"tail", queue.tail},
                    {"completion_queue", queue.completion_queue},
                    {"outstanding", queue.outstanding},
                    {"fetching", queue.is_fetching != 0}});
  }
  return list;
}

Json completion_queues(const Controller& controller) {
  Json list = Json::array();
  for (std::size_t number = 0; number < controller.completion_queues.size(); ++number) {
    const device::nvme::CompletionQueue& queue = controller.completion_queues[number];
    if (queue.size == 0) continue;
    list.push_back({{"queue", number},
                    {"base", hex(queue.base)},
                    {"size", queue.size},
                    {"head", queue.head},
                    {"tail", queue.tail},
                    {"phase_tag", queue.phase},
                    {"vector", queue.vector},
                    {"interrupts", queue.interrupts != 0},
                    {"posting", queue.is_posting != 0},
                    {"waiting", queue.waiting}});
  }
  return list;
}

// The commands in flight, by slot.
Json commands(const Controller& controller) {
  Json list = Json::array();
  for (std::size_t slot = 0; slot < controller.commands.size(); ++slot) {
    const Command& command = controller.commands[slot];
    if (command.stage == CommandStage::none) continue;
    list.push_back({{"slot", slot},
                    {"stage", kStages[static_cast<std::size_t>(command.stage)]},
                    {"opcode", hex(command.entry.opcode)},
                    {"command_id", command.entry.command_id},
                    {"submission_queue", command.submission_queue},
                    {"task", command.task.index},
                    {"prp1", hex(command.entry.prp1)},
                    {"prp2", hex(command.entry.prp2)},
                    {"list_entries", command.list.size()},
                    {"next_list", hex(command.next_list)},
                    {"pages_moved", command.moved},
                    {"carried", hex(command.carried)},
                    {"flushes", command.flushes},
                    {"ready_ns", command.ready.ns},
                    {"status", hex(command.status)},
                    {"result", command.result}});
  }
  return list;
}

Json waiting(const Controller& controller) {
  Json list = Json::array();
  for (const device::nvme::WaitingCompletion& each : controller.waiting)
    list.push_back({{"command_id", each.command_id},
                    {"submission_queue", each.submission_queue},
                    {"completion_queue", each.completion_queue},
                    {"status", hex(each.status)},
                    {"result", each.result}});
  return list;
}

// Blocks are many; what a loss of power would take is what matters.
Json media(const Controller& controller) {
  std::uint64_t volatile_blocks = 0;
  std::int64_t busy_until = 0;
  for (const device::nvme::Block& block : controller.media)
    volatile_blocks += block.current != block.durable ? 1 : 0;
  for (const sim::SimTime unit : controller.unit_free) busy_until = std::max(busy_until, unit.ns);
  return {{"blocks", controller.blocks},        {"written", controller.media.size()},
          {"not_durable", volatile_blocks},     {"write_cache", controller.has_write_cache != 0},
          {"cached", controller.cached.size()}, {"destaged", controller.destaged},
          {"units_busy_until_ns", busy_until},  {"link_busy_until_ns", controller.link_free.ns}};
}

}  // namespace

Json nvme_view(const Controller& controller) {
  Json starved = Json::array();
  for (const std::uint16_t queue : controller.starved) starved.push_back(queue);
  return {{"state", word(ValueForm::controller, static_cast<std::uint64_t>(controller.state))},
          {"configuration", hex(controller.configuration)},
          {"admin_attributes", hex(controller.admin_attributes)},
          {"admin_submission_base", hex(controller.admin_submission_base)},
          {"admin_completion_base", hex(controller.admin_completion_base)},
          {"shadow_doorbells", hex(controller.shadow_doorbells)},
          {"event_indexes", hex(controller.event_indexes)},
          {"on_lost_request", kOnLostRequest[static_cast<std::size_t>(controller.on_lost_request)]},
          {"epoch", controller.epoch},
          {"max_queues", controller.max_queues},
          {"max_commands", controller.max_commands},
          {"in_flight", device::nvme::commands_in_flight(controller)},
          {"fetched", controller.commands_fetched},
          {"completed", controller.commands_completed},
          {"free_slots", controller.free_commands.size()},
          {"submission_queues", submission_queues(controller)},
          {"completion_queues", completion_queues(controller)},
          {"commands", commands(controller)},
          {"waiting_completions", waiting(controller)},
          {"starved_queues", starved},
          {"media", media(controller)}};
}

Json port_view(const device::nic::Port& port) {
  return {{"receives", port.receives != 0},
          {"ring_base", hex(port.ring_base)},
          {"ring_size", port.ring_size},
          {"head", port.head},
          {"tail", port.tail},
          {"traffic", port.has_traffic != 0},
          {"frame_every_ns", port.frame_every.ns},
          {"frames", port.frames},
          {"received", port.received},
          {"dropped", port.dropped}};
}

}  // namespace luosim::app::view
