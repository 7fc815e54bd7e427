// SPDX-License-Identifier: Apache-2.0
//
// What keeps functions apart: ACS and ARI of ports, and the IOMMU groups that follow from them
// (devices.md, C.5). A port that was preserved keeps what the kernel before has written.
#pragma once

#include "model/driver/state.hpp"

namespace luosim::driver::pci {

/// Writes ACS and ARI of a bridge by policy, unless it was preserved.
void set_up_isolation(Context& context, const Device& bridge);

/// Numbers the IOMMU groups, by bdf of their first member. Below a port that does not redirect
/// requests all functions share one, for they can reach each other without the IOMMU.
void form_groups(Context& context);

}  // namespace luosim::driver::pci
