// SPDX-License-Identifier: Apache-2.0
//
// What the kernel's device code keeps in one generation: the PCI core, the IOMMU driver, interrupt
// vectors, and the drivers of its own for devices that no guest has. Gone with the kernel.
#pragma once

#include "model/driver/iommu/domain.hpp"
#include "model/driver/irq/vector.hpp"
#include "model/driver/nvme/disk.hpp"
#include "model/driver/pci/device.hpp"
#include "model/luo/v2/state.hpp"

namespace luosim::driver {

struct State {
  pci::State pci;
  iommu::State iommu;
  irq::State irq;
  std::vector<nvme::Disk> disks;  ///< of the host's own nvme driver, sorted by function
  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const State&, const State&) = default;
};

/// Which driver this kernel binds to a function at boot; constant over a run.
struct Binding {
  device::FunctionId function{};
  pci::Driver driver = pci::Driver::none;
};

struct Context : luo::v2::Context {
  State& drivers;
  std::span<const Binding> bindings;  ///< of the image that runs, sorted by function
};

// Programs that the rest of the kernel calls.
inline constexpr sim::ProgramId kEnumerate{sim::name_hash("pci.enumerate")};  ///< at boot
inline constexpr sim::ProgramId kStartIommu{sim::name_hash("iommu.start")};   ///< at boot, next
inline constexpr sim::ProgramId kBindDrivers{
    sim::name_hash("pci.bind_drivers")};                                    ///< at boot, last
inline constexpr sim::ProgramId kShutDown{sim::name_hash("pci.shutdown")};  ///< before a jump
/// values {function, Driver}: sysfs bind, and unbind with Driver::none. -ENODEV, -EBUSY.
inline constexpr sim::ProgramId kBind{sim::name_hash("pci.bind")};

/// The names under which PCI core and IOMMU hand their records over, as subsystems of LUO.
inline constexpr std::string_view kPciSubsystem = "pci";
inline constexpr std::string_view kIommuSubsystem = "iommu";

std::span<const sim::Program* const> programs();
std::span<const sim::FaultSite> fault_sites();

}  // namespace luosim::driver
