// SPDX-License-Identifier: Apache-2.0
#include "model/fd/iommufd.hpp"

#include <algorithm>

#include "model/device/iommu/table_format.hpp"
#include "model/fd/handler_call.hpp"
#include "model/fd/memfd.hpp"
#include "model/kernel/errno.hpp"

namespace luosim::fd {

namespace {

using driver::iommu::kNoDomain;

constexpr std::uint64_t kIovaPages = 1ULL << (device::iommu::kWidth - memory::kPageShift);

// The address space that a file is, or null.
Iommufd* iommufd_of(Context& context, kernel::FileId file) {
  if (!is_of_type(context, file, FileType::iommufd)) return nullptr;
  return &context.fd.iommufds[context.kernel.files[file].object];
}

// The place of a mapping in the order of all.
std::vector<IommufdMapping>::iterator place_of(State& fd, std::uint32_t iommufd,
                                               device::Iova iova) {
  return std::lower_bound(fd.iommufd_mappings.begin(), fd.iommufd_mappings.end(), iova,
                          [&](const IommufdMapping& mapping, device::Iova value) {
                            return mapping.iommufd != iommufd ? mapping.iommufd < iommufd
                                                              : mapping.iova < value;
                          });
}

bool is_taken(State& fd, std::uint32_t iommufd, device::Iova iova, std::uint64_t pages) {
  const auto place = place_of(fd, iommufd, iova);
  if (place != fd.iommufd_mappings.end() && place->iommufd == iommufd &&
      place->iova < iova + pages * memory::kPageBytes) {
    return true;
  }
  if (place == fd.iommufd_mappings.begin()) return false;
  const IommufdMapping& below = *std::prev(place);
  return below.iommufd == iommufd && iova < below.iova + below.pages * memory::kPageBytes;
}

// What any mapping needs, whatever is mapped.
std::int64_t check_place(State& fd, std::uint32_t iommufd, device::Iova iova, std::uint64_t pages) {
  if (fd.iommufds[iommufd].is_immutable != 0) return -kernel::kEPERM;
  const std::uint64_t first = iova.value / memory::kPageBytes;
  if (iova.value % memory::kPageBytes != 0 || pages == 0 || pages > kIovaPages ||
      first > kIovaPages - pages) {
    return -kernel::kEINVAL;
  }
  return is_taken(fd, iommufd, iova, pages) ? -kernel::kEEXIST : 0;
}

// Whole folios that the file has.
bool is_part_of(FilePart part, const Memfd& file) {
  const std::uint64_t in_folio = (part.first | part.pages) & ((1ULL << file.order) - 1);
  return in_folio == 0 && part.pages <= file.pages && part.first <= file.pages - part.pages;
}

// Maps the pieces of a part of a memfd, which has no holes any more.
std::int64_t map_pieces(Context& context, std::uint32_t domain, device::Iova iova,
                        std::uint32_t memfd, FilePart part) {
  const std::uint32_t order = context.fd.memfds[memfd].order;
  for (const MemfdPiece& piece : pieces_of_memfd(context.fd, memfd)) {
    const std::uint64_t begin = std::max(piece.index, part.first);
    const std::uint64_t end = std::min(piece.index + piece.pages, part.first + part.pages);
    if (begin >= end) continue;
    const std::int64_t error = driver::iommu::map(
        context, domain, iova + (begin - part.first) * memory::kPageBytes,
        {piece.first + (begin - piece.index), end - begin}, order, /*is_writable=*/true);
    if (error != 0) return error;
  }
  return 0;
}

// Gives back what a mapping kept: the pin and the file's reference, or the anonymous memory.
void drop_backing(Context& context, const IommufdMapping& mapping) {
  if (mapping.file == kernel::kNoFile) {
    kernel::free_pages(context, {mapping.first, mapping.pages});
    return;
  }
  unpin_memfd(context, context.kernel.files[mapping.file].object);
  context.kernel.files.put(mapping.file);
}

}  // namespace

std::optional<kernel::FileId> create_iommufd(Context& context, sim::Symbol name,
                                             std::uint64_t domain_token) {
  const std::uint32_t domain = driver::iommu::create_domain(context, domain_token);
  if (domain == kNoDomain) return std::nullopt;
  const auto object = static_cast<std::uint32_t>(context.fd.iommufds.size());
  context.fd.iommufds.push_back({.domain = domain});
  return context.kernel.files.open(name, static_cast<std::uint32_t>(FileType::iommufd), object);
}

std::int64_t map_file(Context& context, kernel::FileId iommufd, device::Iova iova,
                      kernel::FileId file) {
  if (!is_of_type(context, file, FileType::memfd)) return -kernel::kEBADF;
  const Memfd& whole = context.fd.memfds[context.kernel.files[file].object];
  return map_file(context, iommufd, iova, file, {0, whole.pages});
}

std::int64_t map_file(Context& context, kernel::FileId iommufd, device::Iova iova,
                      kernel::FileId file, FilePart part) {
  const Iommufd* space = iommufd_of(context, iommufd);
  if (space == nullptr || !is_of_type(context, file, FileType::memfd)) return -kernel::kEBADF;
  const std::uint32_t object = context.kernel.files[iommufd].object;
  const std::uint32_t memfd = context.kernel.files[file].object;
  const Memfd& backing = context.fd.memfds[memfd];
  if (!is_part_of(part, backing)) return -kernel::kEINVAL;
  const std::int64_t refused = check_place(context.fd, object, iova, part.pages);
  if (refused != 0) return refused;
  const std::int64_t unpinned = pin_memfd(context, memfd);
  if (unpinned != 0) return unpinned;
  const std::int64_t error = map_pieces(context, space->domain, iova, memfd, part);
  if (error != 0) {
    driver::iommu::unmap(context, space->domain, iova, part.pages);
    unpin_memfd(context, memfd);
    return error;
  }
  context.kernel.files.get(file);
  context.fd.iommufd_mappings.insert(
      place_of(context.fd, object, iova),
      {.iommufd = object, .file = file, .iova = iova, .pages = part.pages, .seals = backing.seals});
  return 0;
}

std::int64_t map_anonymous(Context& context, kernel::FileId iommufd, device::Iova iova,
                           std::uint64_t pages) {
  const Iommufd* space = iommufd_of(context, iommufd);
  if (space == nullptr) return -kernel::kEBADF;
  const std::uint32_t object = context.kernel.files[iommufd].object;
  const std::int64_t refused = check_place(context.fd, object, iova, pages);
  if (refused != 0) return refused;
  const auto memory = kernel::allocate_user_pages(context, pages, 1, kAnonymousOwner, object);
  if (!memory) return -kernel::kENOMEM;
  const std::int64_t error =
      driver::iommu::map(context, space->domain, iova, *memory, 0, /*is_writable=*/true);
  if (error != 0) {
    driver::iommu::unmap(context, space->domain, iova, pages);
    kernel::free_pages(context, *memory);
    return error;
  }
  context.fd.iommufd_mappings.insert(
      place_of(context.fd, object, iova),
      {.iommufd = object, .iova = iova, .pages = pages, .first = memory->first});
  return 0;
}

std::int64_t unmap_file(Context& context, kernel::FileId iommufd, device::Iova iova) {
  const Iommufd* space = iommufd_of(context, iommufd);
  if (space == nullptr) return -kernel::kEBADF;
  if (space->is_immutable != 0) return -kernel::kEPERM;
  const std::uint32_t object = context.kernel.files[iommufd].object;
  const auto place = place_of(context.fd, object, iova);
  if (place == context.fd.iommufd_mappings.end() || place->iommufd != object ||
      place->iova != iova) {
    return -kernel::kENOENT;
  }
  const IommufdMapping mapping = *place;
  const std::int64_t error =
      driver::iommu::unmap(context, space->domain, mapping.iova, mapping.pages);
  if (error != 0) return error;
  context.fd.iommufd_mappings.erase(place);
  drop_backing(context, mapping);
  return 0;
}

void release_iommufd(Context& context, std::uint32_t object) {
  Iommufd& space = context.fd.iommufds[object];
  if (space.is_live == 0) return;
  space.is_live = 0;
  // Only somebody who forgot to cancel closes what is still prepared.
  if (space.is_immutable != 0) driver::iommu::unpreserve_domain(context, space.domain);
  space.is_immutable = 0;
  std::vector<IommufdMapping>& mappings = context.fd.iommufd_mappings;
  const auto first = place_of(context.fd, object, {0});
  const auto last = place_of(context.fd, object + 1, {0});
  const std::vector<IommufdMapping> dropped(first, last);
  mappings.erase(first, last);
  for (const IommufdMapping& mapping : dropped) {
    driver::iommu::unmap(context, space.domain, mapping.iova, mapping.pages);
    drop_backing(context, mapping);
  }
  // Refused while a device translates by it: then it stays, without anything in it.
  driver::iommu::free_domain(context, space.domain);
  if (space.handed_over != kNoDomain) driver::iommu::free_domain(context, space.handed_over);
  space.domain = kNoDomain;
  space.handed_over = kNoDomain;
}

}  // namespace luosim::fd
