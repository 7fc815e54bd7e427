// SPDX-License-Identifier: Apache-2.0
//
// Rows for what is on the PCI bus: ports, and the endpoints behind them. What one device says of
// another is for device_checks.cpp.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "app/scenario/bus_address.hpp"
#include "app/scenario/device_types.hpp"
#include "app/scenario/field_store.hpp"
#include "app/scenario/folios.hpp"
#include "app/scenario/scenario_types.hpp"

namespace luosim::app {
namespace {

using world::DeviceSpec;
using Type = DeviceSpec::Type;

constexpr std::uint64_t kMostVirtualFunctions = 63;

constexpr std::array<std::string_view, 4> kDrivers{"vfio-pci", "nvme", "nic", "none"};

void store_type(LoadContext& context, const Field& field, Target target, const Node& node) {
  const auto word = read_word(context, field, node);
  for (const DeviceTypeRow& row : kDeviceTypes) {
    if (word == row.word) std::get<DeviceSpec*>(target)->type = row.type;
  }
}

void store_behind(LoadContext& context, const Field& field, Target target, const Node& node) {
  const auto name = read_reference(context, field, node);
  if (name) std::get<DeviceSpec*>(target)->behind = *name;
}

constexpr std::array kDeviceFields{
    with({.key = "type",
          .required = true,
          .documentation = "A disk, a network card, or a port that others are behind.",
          .example = "nvme",
          .words = kDeviceTypeWords},
         FieldKind::word, store_type),
    with({.key = "behind",
          .documentation = "The port above it; an endpoint without it has a root port of its own, "
                           "NAME.port.",
          .example = "port0",
          .names = NameTable::ports},
         FieldKind::reference, store_behind),
    with({.key = "bdf",
          .documentation = "Bus, device and function number that firmware gives to it.",
          .example = "\"0000:41:00.0\""},
         FieldKind::bus_address, store_member<&DeviceSpec::bdf, read_bus_address>),
    word_field<&DeviceSpec::driver>(
        {.key = "driver",
         .documentation = "Its driver at boot; without it vfio-pci if a VM has it, else the host's "
                          "own.",
         .example = "vfio-pci",
         .words = kDrivers}),
    size_field<&DeviceSpec::size_bytes>({.key = "size",
                                         .documentation = "Size of the namespace of an nvme.",
                                         .fallback = "1TiB",
                                         .example = "1TiB",
                                         .range = kMemoryRange}),
    boolean_field<&DeviceSpec::write_cache>(
        {.key = "write_cache",
         .documentation = "The nvme acknowledges writes before they are durable.",
         .fallback = "true",
         .example = "false"}),
    boolean_field<&DeviceSpec::stalls>(
        {.key = "stalls",
         .documentation = "The nvme waits while it cannot reach memory, and does not give up.",
         .fallback = "false",
         .example = "true"}),
    boolean_field<&DeviceSpec::remembers_interrupts>(
        {.key = "remembers_interrupts",
         .documentation = "Events while MSI-X is off set its pending bits, and are not dropped.",
         .fallback = "false",
         .example = "true"}),
    integer_field<&DeviceSpec::virtual_functions>(
        {.key = "virtual_functions",
         .documentation = "Virtual functions of an nvme, NAME.vf0 ..., enabled at boot.",
         .fallback = "0",
         .example = "4",
         .range = {0, kMostVirtualFunctions}}),
    duration_field<&DeviceSpec::frame_every>(
        {.key = "frame_every",
         .documentation = "Mean distance of the frames that come in at a nic; without it, none do.",
         .example = "100us",
         .range = {1, kLongestDuration}}),
    copies_field<&DeviceSpec::name>({.key = "copies",
                                     .documentation = "Makes so many devices, NAME-0, NAME-1 ...; "
                                                      "NAME stands for all of them.",
                                     .example = "64",
                                     .range = {1, world::limits::kDevices},
                                     .names = NameTable::devices}),
};

/// Which types have a key; keys without a row are for all.
struct KeyRow {
  std::string_view key;
  bool of_disk;
  bool of_card;
  std::string_view owner;  ///< for messages
};
constexpr KeyRow kKeyRows[] = {
    {"driver", true, true, "an endpoint"},
    {"size", true, false, "an nvme"},
    {"write_cache", true, false, "an nvme"},
    {"stalls", true, false, "an nvme"},
    {"remembers_interrupts", true, true, "an endpoint"},
    {"virtual_functions", true, false, "an nvme"},
    {"frame_every", false, true, "a nic"},
};

void check_keys(LoadContext& context, const DeviceSpec& device, const Node& node) {
  for (const Entry& entry : node.entries) {
    for (const KeyRow& row : kKeyRows) {
      const bool has_it =
          (device.type == Type::nvme && row.of_disk) || (device.type == Type::nic && row.of_card);
      if (row.key != entry.key || has_it) continue;
      context.report(entry.key_place, fmt::format("only {} has '{}'", row.owner, entry.key));
    }
  }
}

void check_driver(LoadContext& context, const DeviceSpec& device, const Node& node) {
  const bool is_of_other = (device.type == Type::nvme && device.driver == "nic") ||
                           (device.type == Type::nic && device.driver == "nvme");
  if (!is_of_other) return;
  context.report(place_under(node, "driver"),
                 fmt::format("the driver {} does not drive a device of type {}", device.driver,
                             word_of(device.type)));
}

void check_device(LoadContext& context, Target target, const Node& node) {
  const DeviceSpec& device = *std::get<DeviceSpec*>(target);
  check_keys(context, device, node);
  check_driver(context, device, node);
  const bool is_of_a_switch =
      device.type == Type::switch_upstream || device.type == Type::switch_downstream;
  if (is_of_a_switch && device.behind.empty()) {
    context.report(node.place, fmt::format("a {} is behind another port", word_of(device.type)),
                   "as in 'behind: port0'");
  }
  if (device.type == Type::root_port && !device.behind.empty())
    context.report(place_under(node, "behind"), "a root-port is behind nothing");
  if (device.bdf && find_entry(node, "copies") != nullptr)
    context.report(place_under(node, "bdf"), "copies cannot all have one address");
}

}  // namespace

constexpr MappingType kDeviceType{.name = "device",
                                  .documentation = "A function on the PCI bus.",
                                  .example = "{ type: nvme, bdf: \"0000:41:00.0\" }",
                                  .fields = kDeviceFields,
                                  .check = check_device};

}  // namespace luosim::app
