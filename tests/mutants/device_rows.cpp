// SPDX-License-Identifier: Apache-2.0
//
// Mutants with a name of the rows of devices and their drivers, those that are killed and those
// that live. No other mutants of these programs are tried: most rows fail in the first story.
#include "tests/mutants/device_rows.hpp"

#include <array>

namespace luosim::mutants {

namespace {

using enum Operator;
constexpr Area kDevices = Area::devices;

constexpr std::array kRows{
    NamedMutant{
        "the IOMMU's record is not read", kDevices, {"iommu.start", "read the record", drop}},
    NamedMutant{"translations of the kernel before stay cached",
                kDevices,
                {"iommu.start", "invalidate everything", drop}},
    NamedMutant{"translation stays on for nobody",
                kDevices,
                {"iommu.shutdown", "switch translation off", drop}},
    NamedMutant{"the IOMMU's record of the kernel before stays",
                kDevices,
                {"iommu.subsystem_finish", "drop the incoming record", drop}},
    NamedMutant{"the word of the PCI core is not asked for",
                kDevices,
                {"pci.enumerate", "ask for the record of preserved devices", drop}},
    NamedMutant{"a BAR is measured while it is decoded",
                kDevices,
                {"pci.enumerate", "measure its BAR, with decoding off", drop}},
    NamedMutant{"a claimed device is bound",
                kDevices,
                {"pci.bind", "check that it can be bound or unbound", drop}},
    NamedMutant{"a failed prepare leaks the iommufd's record",
                kDevices,
                {"iommufd.prepare", "free the record", drop}},
    NamedMutant{"an iommufd whose prepare failed never changes again",
                kDevices,
                {"iommufd.prepare", "let it change again", drop}},
    NamedMutant{"a cancelled iommufd keeps its record",
                kDevices,
                {"iommufd.cancel", "free the record", drop}},
    NamedMutant{"a failed prepare keeps the translation preserved",
                kDevices,
                {"vfio.prepare", "unpreserve its translation", drop}},
    NamedMutant{"a device that was cut off is frozen",
                kDevices,
                {"vfio.freeze", "check that it has its function", drop}},
    NamedMutant{"commands are not fetched", kDevices, {"nvme.fetch", "fetch", drop}},
    NamedMutant{"a command does not begin", kDevices, {"nvme.command", "begin", drop}},
    NamedMutant{"a function is probed while it is off",
                kDevices,
                {"nvme.probe", "switch the function on", drop}},
    NamedMutant{"queues are made while the controller works",
                kDevices,
                {"nvme.probe", "wait until it is disabled", drop}},
    NamedMutant{"a controller is cut off while it shuts down",
                kDevices,
                {"nvme.shutdown", "wait until it is shut down", drop}},
    NamedMutant{"a controller that is let go works on",
                kDevices,
                {"nvme.remove", "disable the controller", drop}},
    NamedMutant{
        "a driver's queues are out of reach", kDevices, {"nvme.probe", "let it reach them", drop}},
    NamedMutant{"a controller is used before it is ready",
                kDevices,
                {"nvme.probe", "wait until it is ready", drop}},
    NamedMutant{"requests of a disk that is shut down",
                kDevices,
                {"nvme.shutdown", "stop its requests", drop}},
    NamedMutant{"a controller that is let go is not shut down",
                kDevices,
                {"nvme.remove", "tell the controller to shut down", drop}},
    NamedMutant{"a controller is disabled while it shuts down",
                kDevices,
                {"nvme.remove", "wait until it is shut down", drop}},
    NamedMutant{"tables that came since prepare are not preserved",
                kDevices,
                {"iommu.subsystem_freeze", "preserve context tables that came since", drop}},
    NamedMutant{"the IOMMU's record is of prepare",
                kDevices,
                {"iommu.subsystem_freeze", "write the record once more", drop}},
    NamedMutant{"the PCI record is of prepare",
                kDevices,
                {"pci.subsystem_freeze", "write the record anew", drop}},
    NamedMutant{
        "a device's record is of prepare", kDevices, {"vfio.freeze", "refresh the record", drop}},
    NamedMutant{"domains of nobody stay",
                kDevices,
                {"iommu.subsystem_finish", "free domains that nobody uses", drop}},
    NamedMutant{"what no handler finishes goes on",
                kDevices,
                {"pci.subsystem_finish", "quiesce the next that nobody took over", drop}},
};

constexpr std::array kLive{
    Survivor{{"nvme.probe", "let it reach them", drop},
             Why::unclaimed,
             "the host of the model does no I/O on its disks"},
    Survivor{{"nvme.probe", "wait until it is ready", drop},
             Why::unclaimed,
             "the host of the model does no I/O on its disks"},
    Survivor{{"nvme.shutdown", "stop its requests", drop},
             Why::equivalent,
             "pci.shutdown takes the bus mastering of what is not preserved in a later row"},
    Survivor{{"nvme.remove", "tell the controller to shut down", drop},
             Why::unclaimed,
             "it is disabled next; what a disk has not made durable is lost with the power only"},
    Survivor{{"nvme.remove", "wait until it is shut down", drop},
             Why::unclaimed,
             "it is disabled next; what a disk has not made durable is lost with the power only"},
    Survivor{{"iommu.subsystem_freeze", "preserve context tables that came since", drop},
             Why::unreached,
             "needs a bus that gets its first context between prepare and freeze"},
    Survivor{{"iommu.subsystem_freeze", "write the record once more", drop},
             Why::unreached,
             "needs a bus that gets its first context between prepare and freeze"},
    Survivor{{"pci.subsystem_freeze", "write the record anew", drop},
             Why::equivalent,
             "a device that is cut off after prepare makes the freeze fail, so the same ones are "
             "counted"},
    Survivor{{"vfio.freeze", "refresh the record", drop},
             Why::unreached,
             "needs a guest that changes registers of its function between prepare and freeze"},
    Survivor{{"iommu.subsystem_finish", "free domains that nobody uses", drop},
             Why::missing,
             "nobody counts the tables of a domain whose file and devices are gone"},
    Survivor{{"iommu.start", "invalidate everything", drop},
             Why::unreached,
             "needs a kernel before that has not invalidated everything when it shut down"},
    Survivor{{"pci.enumerate", "compare with what was handed over, form IOMMU groups", drop},
             Why::missing,
             "nobody claims which groups the next kernel forms, or that it says what it misses"},
    Survivor{{"pci.subsystem_finish", "quiesce the next that nobody took over", drop},
             Why::unreached,
             "needs a device that no handler finishes; luo-v2-fixed refuses an image without one"},
};

}  // namespace

std::span<const NamedMutant> device_rows() {
  return kRows;
}

std::span<const Survivor> device_rows_that_live() {
  return kLive;
}

}  // namespace luosim::mutants
