// SPDX-License-Identifier: Apache-2.0
//
// Numbers are given out in the order of the file, ports first. One that nobody asks for is behind
// those that were given before, so only who asks for one can find it taken.
#include "app/scenario/fabric_addresses.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "app/scenario/device_types.hpp"
#include "app/scenario/diagnostic.hpp"

namespace luosim::app {
namespace {

using world::DeviceSpec;
using Type = DeviceSpec::Type;

constexpr std::uint32_t kFunctionsOfBus = 256;
constexpr std::uint32_t kFunctionsOfDevice = 8;

class AddressCheck {
 public:
  AddressCheck(LoadContext& context, const Node& node, const std::vector<DeviceSpec>& devices)
      : context_(context), node_(node), devices_(devices) {}

  void check() {
    for (const bool is_for_ports : {true, false}) {
      for (std::size_t index = 0; index < devices_.size(); ++index)
        if (is_port(devices_[index].type) == is_for_ports) check_copies_of(index);
    }
  }

 private:
  /// Who has which device and function number on one bus.
  using Bus = std::map<std::uint32_t, std::string_view>;

  void check_copies_of(std::size_t index) {
    const DeviceSpec& device = devices_[index];
    const Group* group = context_.groups().find(NameTable::devices, device.name);
    const bool has_own_port = !is_port(device.type) && device.behind.empty();
    const std::size_t before = context_.reported();
    for (std::uint64_t n = 0; n < (group == nullptr ? 1 : group->copies); ++n) {
      // Behind a port of its own there is nobody else.
      Bus own;
      if (has_own_port) take_next(buses_[""], device.name, 1);
      check_numbers(has_own_port ? own : buses_[device.behind], index);
      if (context_.reported() != before) return;
    }
    if (device.bdf) check_bus(index, has_own_port);
  }

  Place place_of(std::size_t index, std::string_view key) const {
    return place_under(node_.entries[index].value, key);
  }

  void check_numbers(Bus& bus, std::size_t index) {
    const DeviceSpec& device = devices_[index];
    const std::uint32_t step = is_port(device.type) ? 1 : kFunctionsOfDevice;
    const std::uint32_t number =
        device.bdf ? *device.bdf & 0xFFU : take_next(bus, device.name, step);
    if (device.bdf) {
      const auto [holder, is_new] = bus.emplace(number, device.name);
      if (!is_new)
        return context_.report(place_of(index, "bdf"),
                               fmt::format("{} is there already", quoted(holder->second)));
    }
    if (number + device.virtual_functions >= kFunctionsOfBus)
      return context_.report(
          node_.entries[index].key_place,
          fmt::format("there is no room for {} on its bus", quoted(device.name)));
    for (std::uint32_t each = 1; each <= device.virtual_functions; ++each) {
      const auto [holder, is_new] = bus.emplace(number + each, device.name);
      if (!is_new)
        return context_.report(
            place_of(index, "virtual_functions"),
            fmt::format("{} has an address that they need", quoted(holder->second)));
    }
  }

  /// Ports are functions of one device after the other, each endpoint is a device of its own.
  static std::uint32_t take_next(Bus& bus, std::string_view name, std::uint32_t step) {
    const std::uint32_t next = bus.empty() ? 0 : (bus.rbegin()->first / step + 1) * step;
    if (next < kFunctionsOfBus) bus.emplace(next, name);
    return next;
  }

  /// The bus below a port is the one that an endpoint there asks for; on the root bus only ports
  /// are, and their buses follow from what is below them.
  void check_bus(std::size_t index, bool has_own_port) {
    const DeviceSpec& device = devices_[index];
    const std::uint32_t number = *device.bdf >> 8;
    const auto report = [&](std::string message) {
      context_.report(place_of(index, "bdf"), std::move(message));
    };
    if (device.type == Type::root_port && number != 0) return report("a root-port is on bus 00");
    if (is_port(device.type)) return;
    if (number == 0) return report("bus 00 is that of the root ports");
    const std::string_view port = has_own_port ? device.name : device.behind;
    const auto [other, is_first] = ports_.emplace(number, Claim{port, device.name});
    if (!is_first && other->second.port != port)
      return report(fmt::format("{} is behind another port and has bus {:02x}",
                                quoted(other->second.device), number));
    const auto [bus, is_alone] = numbers_.emplace(port, number);
    if (!is_alone && bus->second != number)
      report(fmt::format("{} is behind the same port and has bus {:02x}",
                         quoted(ports_.at(bus->second).device), bus->second));
  }

  struct Claim {
    std::string_view port;
    std::string_view device;
  };

  LoadContext& context_;
  const Node& node_;
  const std::vector<DeviceSpec>& devices_;
  std::map<std::string_view, Bus> buses_;              // by the port above; "": the root bus
  std::map<std::uint32_t, Claim> ports_;               // by the bus that somebody asks for
  std::map<std::string_view, std::uint32_t> numbers_;  // of these buses, by port
};

}  // namespace

void check_addresses(LoadContext& context, const Node& node,
                     const std::vector<DeviceSpec>& devices) {
  AddressCheck(context, node, devices).check();
}

}  // namespace luosim::app
