// SPDX-License-Identifier: Apache-2.0
//
// One access of a device to memory: from the function through its bridges and the IOMMU to a page
// (devices.md, A.10 and C.7). Nothing in between knows whose page it is: an access lands, is
// refused or corrupts by what is true at that instant. What is right is for guarantees to say, from
// the record that every access leaves.
#pragma once

#include <cstdint>
#include <span>

#include "model/device/address.hpp"

namespace luosim::device {

struct Context;

/// How far an access came. Those up to no_memory are in the order of the ways to stop it.
enum class DmaResult : std::uint8_t {
  landed,
  function_off,         ///< in reset, powered down, or its link is down
  bus_master_off,       ///< the function may not send requests
  unsupported_request,  ///< a bridge on the way does not forward it
  translation_fault,    ///< the IOMMU refused it and, if it could, recorded why
  no_memory,            ///< nothing answers at the physical address
  taken_by_peer,        ///< another function took it, past the IOMMU: it never got to memory
};

/// What the access is for, as a report names it.
enum class DmaPurpose : std::uint8_t {
  command,     ///< fetches a command
  list,        ///< fetches a list of pages
  data,        ///< moves data
  completion,  ///< posts a completion
  message,     ///< interrupts
  descriptor,  ///< reads or writes a descriptor of a ring
};

enum class DmaDirection : std::uint8_t { read, write };  ///< as memory sees it

struct Dma {
  DmaResult result = DmaResult::landed;
  memory::PhysicalAddress address{};  ///< where it landed

  constexpr bool landed() const { return result == DmaResult::landed; }
};

/// Takes an access of `bytes` > 0 bytes, which do not cross the end of a page, as far as it comes,
/// and writes its record. What is read or written there is the caller's to do. O(log extents).
/// An address in the window of a peer that no ACS keeps apart goes to that peer:
/// unsupported_request if nobody there answers. One in the message range is never memory: a write
/// is a message, which lands if the purpose says that it is one; what else a device writes or reads
/// there is no_memory.
Dma start_dma(Context& context, FunctionId function, Iova iova, std::uint64_t bytes,
              DmaDirection direction, DmaPurpose purpose);

/// Reads or writes bytes, page by page where they cross the end of one; stops at the first access
/// that does not land: what lies before it was read or written. A page whose contents are lost, or
/// are known as a version only, reads as the words that model/memory/raw_word.hpp makes up for it,
/// so a command that is fetched from a freed queue is garbage and not zeroes. A page that is
/// written gets the version memory::kStoredBytes, by which a comparison of contents sees the write.
DmaResult read_by_dma(Context& context, FunctionId function, Iova iova, std::span<std::byte> into,
                      DmaPurpose purpose);
DmaResult write_by_dma(Context& context, FunctionId function, Iova iova,
                       std::span<const std::byte> contents, DmaPurpose purpose);

}  // namespace luosim::device
