// SPDX-License-Identifier: Apache-2.0
//
// Trace records of the IOMMU driver. Domains are given by their number in the driver; subject is
// the function's name where there is one.
#pragma once

#include "sim/trace/trace.hpp"

namespace luosim::driver::iommu::IommuRecord {

using sim::RecordKind;

inline constexpr RecordKind domain_created{0x7C0};  ///< values: domain, id, top table
inline constexpr RecordKind domain_freed{0x7C1};    ///< values: domain, id, pages of tables
inline constexpr RecordKind mapped{0x7C2};          ///< values: domain, iova, first page, pages
inline constexpr RecordKind unmapped{0x7C3};        ///< values: domain, iova, pages, tables freed
/// values: requester id, new domain or kNoDomain, domain before or kNoDomain.
inline constexpr RecordKind attached{0x7C4};
inline constexpr RecordKind domain_preserved{0x7C5};    ///< values: domain, token, pages of tables
inline constexpr RecordKind domain_unpreserved{0x7C6};  ///< values: domain, token
inline constexpr RecordKind record_written{0x7C7};  ///< values: address, contexts, domains, devices
inline constexpr RecordKind taken_over{0x7C8};      ///< values: address, contexts, domains, devices
inline constexpr RecordKind domain_restored{0x7C9};  ///< values: domain, id, token, pages of tables
/// values: requester id, 1 if it was that of a preserved device. A context entry, at shutdown.
inline constexpr RecordKind context_cleared{0x7CA};
/// values: requester id, domain. Nobody took the device over: it may not reach memory any more.
inline constexpr RecordKind quiesced{0x7CB};

}  // namespace luosim::driver::iommu::IommuRecord
