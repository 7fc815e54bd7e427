// SPDX-License-Identifier: Apache-2.0
//
// More of the table and of the survivors: likely mistakes in single rows of devices and drivers.
#pragma once

#include <span>

#include "tests/mutants/survivors.hpp"
#include "tests/mutants/table.hpp"

namespace luosim::mutants {

std::span<const NamedMutant> device_rows();
std::span<const Survivor> device_rows_that_live();

}  // namespace luosim::mutants
