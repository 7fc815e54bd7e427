// SPDX-License-Identifier: Apache-2.0
#include "model/world/device_build.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace luosim::world {

namespace {

using device::FunctionId;
using device::kNoFunction;
using device::pcie::Function;
using device::pcie::FunctionKind;
using Type = DeviceSpec::Type;

// What a controller or a port has besides its registers.
constexpr std::uint16_t kDiskVectors = 2;  // admin queue, I/O queue
constexpr std::uint16_t kPortVectors = 1;
constexpr std::uint32_t kDiskIdentity = 0x144D'A808;
constexpr std::uint32_t kPortIdentity = 0x8086'10FB;
constexpr std::uint32_t kBridgeIdentity = 0x8086'A340;
constexpr std::uint16_t kFirstVirtualFunction = 1;
constexpr std::size_t kBuses = 256;

FunctionKind kind_of(Type type) {
  switch (type) {
    case Type::root_port:
      return FunctionKind::root_port;
    case Type::switch_upstream:
      return FunctionKind::switch_upstream;
    case Type::switch_downstream:
      return FunctionKind::switch_downstream;
    case Type::nvme:
    case Type::nic:
      break;
  }
  return FunctionKind::endpoint;
}

bool is_port(Type type) {
  return device::pcie::is_bridge(kind_of(type));
}

class DeviceBuilder {
 public:
  DeviceBuilder(const Scenario& scenario, Blueprint& blueprint, std::vector<BuildError>& errors)
      : scenario_(scenario), blueprint_(blueprint), errors_(errors) {}

  void build() {
    // Ports before what is below them; the loader has seen to it that there is no circle.
    for (const DeviceSpec& spec : scenario_.devices)
      if (is_port(spec.type)) add_port(spec);
    for (const DeviceSpec& spec : scenario_.devices)
      if (!is_port(spec.type)) add_endpoint(spec);
    number_buses();
    bind_drivers();
    blueprint_.devices.iommu.cache.resize(
        blueprint_.devices.pcie.functions.empty() ? 0 : device::iommu::kCachedTranslations);
  }

 private:
  device::pcie::Fabric& fabric() { return blueprint_.devices.pcie; }

  std::optional<FunctionId> find(const std::string& name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? std::nullopt : std::optional(found->second);
  }

  FunctionId add(const std::string& name, FunctionKind kind, FunctionId parent,
                 std::uint8_t devfn) {
    Function function;
    function.name = blueprint_.names.intern(name);
    function.serial = static_cast<std::uint32_t>(fabric().functions.size()) + 1;
    function.kind = kind;
    function.parent = parent;
    function.devfn = devfn;
    function.identity = kBridgeIdentity;
    fabric().functions.push_back(function);
    const FunctionId id{static_cast<std::uint32_t>(fabric().functions.size() - 1)};
    by_name_[name] = id;
    return id;
  }

  // Behind the last on a bus: ports are functions of one device after the other, each endpoint is a
  // device of its own.
  std::uint8_t free_devfn(FunctionId parent, bool is_for_port) {
    std::uint32_t devfn = 0;
    for (const Function& function : fabric().functions) {
      if (function.parent == parent && function.devfn >= devfn)
        devfn = is_for_port ? function.devfn + 1U : (function.devfn & 0xF8U) + 8;
    }
    if (devfn > 0xFF) errors_.push_back({{}, "there is no room for so many devices on one bus"});
    return static_cast<std::uint8_t>(devfn);
  }

  FunctionId parent_of(const DeviceSpec& spec) {
    if (spec.behind.empty()) return kNoFunction;
    const auto parent = find(spec.behind);
    if (parent) return *parent;
    errors_.push_back({{},
                       "device '" + spec.name + "' is behind '" + spec.behind +
                           "', which is no port or comes later"});
    return kNoFunction;
  }

  void add_port(const DeviceSpec& spec) {
    const FunctionId parent = parent_of(spec);
    const std::uint8_t devfn =
        spec.bdf ? static_cast<std::uint8_t>(*spec.bdf & 0xFF) : free_devfn(parent, true);
    add(spec.name, kind_of(spec.type), parent, devfn);
  }

  void add_endpoint(const DeviceSpec& spec) {
    FunctionId parent = parent_of(spec);
    if (spec.behind.empty()) {
      parent = add(spec.name + ".port", FunctionKind::root_port, kNoFunction,
                   free_devfn(kNoFunction, true));
    }
    if (spec.bdf) wanted_bus_[parent.index] = static_cast<std::uint8_t>(*spec.bdf >> 8);
    const std::uint8_t devfn =
        spec.bdf ? static_cast<std::uint8_t>(*spec.bdf & 0xFF) : free_devfn(parent, false);
    const FunctionId id = add(spec.name, FunctionKind::endpoint, parent, devfn);
    add_what_is_behind(spec, id);
    for (std::uint16_t number = 0; number < spec.virtual_functions; ++number)
      add_virtual_function(spec, id, number);
    if (spec.virtual_functions == 0) return;
    Function& physical = fabric()[id];
    physical.vf_total = spec.virtual_functions;
    physical.vf_offset = kFirstVirtualFunction;
    physical.vf_stride = 1;
    blueprint_.virtual_functions.push_back({id, spec.virtual_functions});
  }

  void add_virtual_function(const DeviceSpec& spec, FunctionId physical, std::uint16_t number) {
    const Function& of = fabric()[physical];
    const auto devfn = static_cast<std::uint8_t>(of.devfn + kFirstVirtualFunction + number);
    const FunctionId id = add(spec.name + ".vf" + std::to_string(number),
                              FunctionKind::virtual_function, of.parent, devfn);
    fabric()[id].physical = physical;
    fabric()[id].is_present = 0;
    add_what_is_behind(spec, id);
  }

  void add_what_is_behind(const DeviceSpec& spec, FunctionId id) {
    Function& function = fabric()[id];
    const bool is_disk = spec.type == Type::nvme;
    function.identity = is_disk ? kDiskIdentity : kPortIdentity;
    function.msix_entries = is_disk ? kDiskVectors : kPortVectors;
    function.first_msix_entry = static_cast<std::uint32_t>(fabric().msix.size());
    function.while_disabled = spec.remembers_interrupts ? device::pcie::WhileDisabled::latch
                                                        : device::pcie::WhileDisabled::drop;
    fabric().msix.resize(fabric().msix.size() + function.msix_entries);
    fabric().pending.resize(fabric().msix.size());
    if (is_disk) {
      device::nvme::Controller controller;
      controller.function = id;
      controller.blocks = spec.size_bytes / memory::kPageBytes;
      controller.has_write_cache = spec.write_cache ? 1 : 0;
      controller.on_lost_request =
          spec.stalls ? device::nvme::OnLostRequest::stall : device::nvme::OnLostRequest::fatal;
      blueprint_.devices.controllers.push_back(controller);
    } else {
      blueprint_.devices.ports.push_back({.function = id, .frame_every = spec.frame_every});
    }
  }

  // As firmware does: the bus below a port is the one that an endpoint there asks for, else the
  // next one that nobody has; a bridge covers everything below it.
  void number_buses() {
    std::vector<std::uint8_t> is_taken(kBuses);
    is_taken[0] = 1;
    for (const auto& [bridge, bus] : wanted_bus_) {
      if (is_taken[bus] != 0)
        errors_.push_back({{}, "two ports want to have bus " + std::to_string(bus)});
      is_taken[bus] = 1;
    }
    std::vector<FirmwareBuses> numbers;
    for (std::uint32_t index = 0; index < fabric().functions.size(); ++index) {
      if (!device::pcie::is_bridge(fabric().functions[index].kind)) continue;
      FirmwareBuses buses{.bridge = {index}};
      const auto wanted = wanted_bus_.find(index);
      if (wanted != wanted_bus_.end()) {
        buses.secondary = wanted->second;
      } else {
        const auto free = std::find(is_taken.begin(), is_taken.end(), 0);
        if (free == is_taken.end()) {
          errors_.push_back({{}, "there are more ports than bus numbers"});
          return;
        }
        *free = 1;
        buses.secondary = static_cast<std::uint8_t>(free - is_taken.begin());
      }
      buses.subordinate = buses.secondary;
      numbers.push_back(buses);
    }
    cover_what_is_below(numbers);
    blueprint_.firmware = numbers;
  }

  void cover_what_is_below(std::vector<FirmwareBuses>& numbers) {
    const auto of = [&](FunctionId bridge) {
      return std::find_if(numbers.begin(), numbers.end(),
                          [&](const FirmwareBuses& each) { return each.bridge == bridge; });
    };
    for (FirmwareBuses& buses : numbers) {
      const FunctionId parent = fabric()[buses.bridge].parent;
      if (parent != kNoFunction) buses.primary = of(parent)->secondary;
      for (FunctionId above = parent; above != kNoFunction; above = fabric()[above].parent) {
        const auto bridge = of(above);
        bridge->subordinate = std::max(bridge->subordinate, buses.secondary);
        if (buses.secondary < bridge->secondary)
          errors_.push_back({{}, "the bus below a port must have a higher number than its own"});
      }
    }
  }

  void bind_drivers() {
    for (const DeviceSpec& spec : scenario_.devices) {
      if (is_port(spec.type)) continue;
      bind(spec, spec.name);
      for (std::uint16_t number = 0; number < spec.virtual_functions; ++number)
        bind(spec, spec.name + ".vf" + std::to_string(number));
    }
    std::sort(blueprint_.bindings.begin(), blueprint_.bindings.end(),
              [](const driver::Binding& left, const driver::Binding& right) {
                return left.function < right.function;
              });
  }

  bool belongs_to_a_vm(const std::string& name) const {
    return std::any_of(scenario_.vms.begin(), scenario_.vms.end(), [&](const VmSpec& vm) {
      return std::find(vm.devices.begin(), vm.devices.end(), name) != vm.devices.end();
    });
  }

  void bind(const DeviceSpec& spec, const std::string& name) {
    using driver::pci::Driver;
    const Driver by_owner = belongs_to_a_vm(name)     ? Driver::vfio_pci
                            : spec.type == Type::nvme ? Driver::nvme
                                                      : Driver::nic;
    blueprint_.bindings.push_back(
        {*find(name), spec.driver.empty() ? by_owner : driver_of(spec.driver)});
  }

  const Scenario& scenario_;
  Blueprint& blueprint_;
  std::vector<BuildError>& errors_;
  std::map<std::string, FunctionId> by_name_;
  std::map<std::uint32_t, std::uint8_t> wanted_bus_;  // by bridge
};

}  // namespace

void build_devices(const Scenario& scenario, Blueprint& blueprint,
                   std::vector<BuildError>& errors) {
  DeviceBuilder(scenario, blueprint, errors).build();
}

driver::pci::Driver driver_of(const std::string& word) {
  using driver::pci::Driver;
  for (const Driver driver : {Driver::vfio_pci, Driver::nvme, Driver::nic})
    if (driver::pci::word_of(driver) == word) return driver;
  return Driver::none;
}

FunctionId function_named(const Blueprint& blueprint, const std::string& name) {
  const sim::Symbol symbol = blueprint.names.find(name);
  const auto& functions = blueprint.devices.pcie.functions;
  const auto found = std::find_if(functions.begin(), functions.end(), [&](const Function& each) {
    return each.name == symbol && symbol != sim::Symbol{};
  });
  if (found == functions.end()) return kNoFunction;
  return {static_cast<std::uint32_t>(found - functions.begin())};
}

}  // namespace luosim::world
