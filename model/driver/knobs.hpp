// SPDX-License-Identifier: Apache-2.0
//
// Where the posted device series differ from one another and from their goal: choices, named as in
// devices.md, section 0.2. The first word of each is the goal, and what holds by itself.
#pragma once

#include "sim/core/knob.hpp"

namespace luosim::driver {

inline constexpr std::string_view kPciWords[] = {"pci_v6plus", "pci_v1"};
inline constexpr std::uint8_t kPciV6plus = 0;
inline constexpr std::uint8_t kPciV1 = 1;
inline constexpr sim::Knob kPci{
    "pci",
    "pci_v1: only the preserved function itself is counted, its bridges are not, so that their bus "
    "mastering is switched off at shutdown. pci_v6plus: every bridge above it is counted with it.",
    kPciWords};

inline constexpr std::string_view kVfioWords[] = {"vfio_phase4", "vfio_phase5", "vfio_phase1"};
inline constexpr std::uint8_t kVfioPhase4 = 0;
inline constexpr std::uint8_t kVfioPhase5 = 1;
inline constexpr std::uint8_t kVfioPhase1 = 2;
inline constexpr sim::Knob kVfio{
    "vfio",
    "vfio_phase1: freeze resets the device and takes its bus mastering, and cannot be undone, as "
    "posted. vfio_phase4: the device works on, with an iommufd, the goal. vfio_phase5: virtual "
    "functions too.",
    kVfioWords};

inline constexpr std::string_view kIommuWords[] = {"iommu_phase2_rfc", "iommu_phase1"};
inline constexpr std::uint8_t kIommuPhase2 = 0;
inline constexpr std::uint8_t kIommuPhase1 = 1;
inline constexpr sim::Knob kIommu{
    "iommu",
    "iommu_phase1: domains are handed over and kept, but an iommufd cannot be restored "
    "(EOPNOTSUPP), and nobody can use its devices. RFC v2 has no way to refuse a finish: it "
    "answers 0, and does with them what `unclaimed` says. iommu_phase2_rfc: it can, and user space "
    "replaces the old domain by one of its own.",
    kIommuWords};

inline constexpr std::string_view kIrqWords[] = {"irq_spurious", "irq_preserved"};
inline constexpr std::uint8_t kIrqSpurious = 0;
inline constexpr std::uint8_t kIrqPreserved = 1;
inline constexpr sim::Knob kIrq{
    "irq",
    "irq_spurious: interrupts are switched off over the jump; the VMM injects one for each vector "
    "before the guest goes on. irq_preserved: MSI-X, the remapping table and the posted-interrupt "
    "descriptors stay as they are; nobody has posted this.",
    kIrqWords};

inline constexpr std::string_view kMemfdWords[] = {"memfd_v2", "memfd_v1"};
inline constexpr std::uint8_t kMemfdV2 = 0;
inline constexpr std::uint8_t kMemfdV1 = 1;
inline constexpr sim::Knob kMemfd{
    "memfd",
    "memfd_v1: a memfd loses its seals over the jump, so that user space has to seal it anew "
    "before the next update. memfd_v2: it keeps them, in a record of another version.",
    kMemfdWords};

inline constexpr std::string_view kUnclaimedWords[] = {"left_alone", "quiesced"};
inline constexpr std::uint8_t kUnclaimedLeftAlone = 0;
inline constexpr std::uint8_t kUnclaimedQuiesced = 1;
inline constexpr sim::Knob kUnclaimed{
    "unclaimed",
    "left_alone: a preserved device whose driver never finishes it stays as it is, and works on "
    "for nobody, as posted. quiesced: when the update is finished it loses its bus mastering and "
    "is reset.",
    kUnclaimedWords};

}  // namespace luosim::driver
