// SPDX-License-Identifier: Apache-2.0
#include "model/device/dma.hpp"

#include <algorithm>

#include "model/device/context.hpp"
#include "model/device/pcie/fabric.hpp"
#include "model/memory/raw_word.hpp"
#include "sim/core/assert.hpp"

namespace luosim::device {

namespace {

// What a device asks for; `function` is who asks.
struct Request {
  FunctionId function{};
  Iova iova{};
  DmaDirection direction = DmaDirection::read;
  DmaPurpose purpose = DmaPurpose::data;
};

Dma to_message_range(const Request& request) {
  const bool is_message =
      request.purpose == DmaPurpose::message && request.direction == DmaDirection::write;
  return {is_message ? DmaResult::landed : DmaResult::no_memory, {request.iova.value}};
}

// Of a request that has left sideways: it cannot come back.
DmaResult at_peer(const pcie::Fabric& fabric, const Request& request) {
  const auto peer = pcie::peer_at(fabric, request.function, request.iova.value);
  return peer && pcie::decodes_memory(fabric[*peer]) ? DmaResult::taken_by_peer
                                                     : DmaResult::unsupported_request;
}

// From the root complex on: through the IOMMU to memory.
Dma to_memory(Context& context, const Request& request) {
  const bool is_write = request.direction == DmaDirection::write;
  memory::PhysicalAddress address{request.iova.value};
  if (context.devices.iommu.translates != 0) {
    const Bdf requester = pcie::requester_id(context.devices.pcie, request.function);
    const iommu::Translation translation =
        iommu::translate(context.devices.iommu, context.memory, requester, request.iova, is_write);
    if (translation.reason != iommu::FaultReason::none) {
      context.record(
          {.kind = DeviceRecord::translation_fault,
           .subject = context.name_of(request.function),
           .values = {request.function.index, requester.value,
                      static_cast<std::uint64_t>(translation.reason), request.iova.value}});
      return {.result = DmaResult::translation_fault};
    }
    address = translation.address;
  }
  const bool is_there = memory::page_of(address).value < context.memory.pages();
  return {is_there ? DmaResult::landed : DmaResult::no_memory, address};
}

// As far as the request comes (devices.md, C.7).
Dma take(Context& context, const Request& request) {
  const pcie::Fabric& fabric = context.devices.pcie;
  const DmaResult admitted = pcie::admit(fabric, request.function);
  if (admitted != DmaResult::landed) return {.result = admitted};
  if (is_message_address(request.iova.value)) return to_message_range(request);
  if (pcie::peer_port(fabric, request.function, request.iova.value))
    return {.result = at_peer(fabric, request)};
  return to_memory(context, request);
}

// Whose page it is. A message has an address and no page.
std::uint64_t owner_at(const Context& context, const Dma& dma) {
  const memory::Pfn page = memory::page_of(dma.address);
  if (!dma.landed() || is_message_address(dma.address.value)) return 0;
  const memory::Extent& extent = context.memory.at(page);
  return std::uint64_t{extent.owner.hash} << 32 | extent.owner_number;
}

}  // namespace

Dma start_dma(Context& context, FunctionId function, Iova iova, std::uint64_t bytes,
              DmaDirection direction, DmaPurpose purpose) {
  sim::require(bytes > 0 && bytes <= bytes_to_page_end(iova),
               "an access has bytes and does not cross the end of a page");
  const Dma dma = take(context, {function, iova, direction, purpose});
  context.record({.kind = DeviceRecord::dma,
                  .subject = context.name_of(function),
                  .values = {function.index | static_cast<std::uint64_t>(purpose) << 32 |
                                 static_cast<std::uint64_t>(direction) << 40 |
                                 static_cast<std::uint64_t>(dma.result) << 48,
                             iova.value, dma.address.value, owner_at(context, dma)}});
  return dma;
}

DmaResult read_by_dma(Context& context, FunctionId function, Iova iova, std::span<std::byte> into,
                      DmaPurpose purpose) {
  while (!into.empty()) {
    const std::size_t here = std::min<std::uint64_t>(into.size(), bytes_to_page_end(iova));
    const Dma dma = start_dma(context, function, iova, here, DmaDirection::read, purpose);
    if (!dma.landed()) return dma.result;
    memory::read_raw(context.memory, dma.address, into.first(here));
    into = into.subspan(here);
    iova = iova + here;
  }
  return DmaResult::landed;
}

DmaResult write_by_dma(Context& context, FunctionId function, Iova iova,
                       std::span<const std::byte> contents, DmaPurpose purpose) {
  while (!contents.empty()) {
    const std::size_t here = std::min<std::uint64_t>(contents.size(), bytes_to_page_end(iova));
    const Dma dma = start_dma(context, function, iova, here, DmaDirection::write, purpose);
    if (!dma.landed()) return dma.result;
    // A message is not memory, whatever lies at its address.
    if (!is_message_address(dma.address.value))
      memory::write_raw(context.memory, dma.address, contents.first(here));
    contents = contents.subspan(here);
    iova = iova + here;
  }
  return DmaResult::landed;
}

}  // namespace luosim::device
