// SPDX-License-Identifier: Apache-2.0
#include "model/fd/release.hpp"

#include <array>

#include "model/fd/file_type.hpp"
#include "model/fd/iommufd.hpp"
#include "model/fd/kvm.hpp"
#include "model/fd/memfd.hpp"
#include "model/fd/vfio.hpp"

namespace luosim::fd {

namespace {

using Release = void (*)(Context&, std::uint32_t);

void release_nothing(Context& /*context*/, std::uint32_t /*object*/) {}

// In the order of FileType.
constexpr std::array<Release, 6> kReleases = {release_nothing, release_memfd, release_iommufd,
                                              release_vfio,    release_kvm,   release_nothing};

}  // namespace

void release_files(Context& context) {
  kernel::Files& files = context.kernel.files;
  // What a file held may be released in turn: a device lets its address space go, and that the
  // memory mapped into it.
  while (files.has_released()) {
    for (const kernel::FileId file : files.take_released()) {
      const kernel::File released = files[file];
      if (released.references == 0 && released.type < kReleases.size())
        kReleases[released.type](context, released.object);
    }
  }
}

}  // namespace luosim::fd
