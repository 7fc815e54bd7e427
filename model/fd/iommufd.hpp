// SPDX-License-Identifier: Apache-2.0
//
// iommufd: an address space of a guest's devices, as a file (devices.md, D.3). Files are mapped
// into it; its domain is what devices translate by. Prepare makes it immutable, checks that
// everything mapped is a preserved file whose size cannot change, and preserves the page tables;
// retrieve gives a file with the domain as it was handed over and no mappings, which user space
// replaces by one of its own (iommu_phase2_rfc), or refuses (iommu_phase1).
#pragma once

#include <optional>

#include "model/fd/state.hpp"

namespace luosim::fd {

inline constexpr memory::OwnerName kIommufdRecordOwner{"iommufd_record"};
inline constexpr memory::OwnerName kAnonymousOwner{"anonymous"};  ///< number: iommufd

inline constexpr sim::FaultSite kSkipsChecksSite{
    "iommufd.skips_checks",
    "prepare does not look at what is mapped into an iommufd; :NAME is the file or its handler", 1};
inline constexpr sim::FaultSite kFinishWhileAttachedSite{
    "iommufd.finish_while_attached",
    "finish frees the domain that was handed over although a device translates by it; :NAME is the "
    "handler",
    1};

extern const luo::ParticipantType kIommufdType;
std::span<const sim::Program* const> iommufd_programs();

/// An empty address space with a domain of its own. Nothing if memory is short. With the token of a
/// domain that was handed over, its domain may take over the devices of that one.
std::optional<kernel::FileId> create_iommufd(Context& context, sim::Symbol name,
                                             std::uint64_t domain_token = 0);

/// A part of a file, in pages.
struct FilePart {
  std::uint64_t first = 0;
  std::uint64_t pages = 0;
};

/// IOMMU_IOAS_MAP_FILE: maps a memfd, as a whole or a part of it, at `iova`, and keeps a reference
/// to it. Its holes get memory first. -EBADF for another type of file, -EPERM while immutable,
/// -EINVAL for a part that is not of whole folios of the file, for an address that is not one of a
/// page, or a range that is empty or too high, -EEXIST if something is mapped there, -ENOMEM. What
/// failed has mapped nothing.
std::int64_t map_file(Context& context, kernel::FileId iommufd, device::Iova iova,
                      kernel::FileId file);
std::int64_t map_file(Context& context, kernel::FileId iommufd, device::Iova iova,
                      kernel::FileId file, FilePart part);
/// IOMMU_IOAS_MAP of memory without a file: `pages` anonymous pages of the caller, which no prepare
/// can preserve. Errors as map_file.
std::int64_t map_anonymous(Context& context, kernel::FileId iommufd, device::Iova iova,
                           std::uint64_t pages);
/// IOMMU_IOAS_UNMAP of what is mapped at `iova`. -ENOENT, -EPERM while immutable.
std::int64_t unmap_file(Context& context, kernel::FileId iommufd, device::Iova iova);
/// The file's last reference is gone: mappings, domain and references go.
void release_iommufd(Context& context, std::uint32_t object);

}  // namespace luosim::fd
