// SPDX-License-Identifier: Apache-2.0
//
// Where the data of a read or write lie in memory (devices.md, F.2). The list is memory like any
// other: what is read there when it is fetched is believed, whatever has become of its page.
#include <algorithm>

#include "model/device/nvme/command.hpp"

namespace luosim::device::nvme {

namespace {

constexpr std::uint64_t kPointerBytes = 8;

bool is_aligned(std::uint64_t address) {
  return address % memory::kPageBytes == 0;
}

}  // namespace

std::uint32_t pages_of(const SubmissionEntry& entry) {
  return block_count(entry) + (is_aligned(entry.prp1) ? 0 : 1);
}

bool has_list(const SubmissionEntry& entry) {
  return pages_of(entry) > 2;
}

Iova data_address(const Command& command, std::uint32_t page) {
  if (page == 0) return {command.entry.prp1};
  if (!has_list(command.entry)) return {command.entry.prp2};
  return {command.list[page - 1]};
}

// The last pointer of a page leads to the next page of the list, if more are needed than it holds.
ListResult fetch_list_page(Context& context, const Controller& controller, Command& command) {
  const std::size_t needed = pages_of(command.entry) - 1 - command.list.size();
  const Iova from{command.next_list};
  const std::size_t here = bytes_to_page_end(from) / kPointerBytes;
  std::array<std::uint64_t, memory::kPageBytes / kPointerBytes> pointers;
  const auto fetched = std::span(pointers).first(std::min(needed, here));
  if (read_by_dma(context, controller.function, from, std::as_writable_bytes(fetched),
                  DmaPurpose::list) != DmaResult::landed)
    return ListResult::lost;
  for (const std::uint64_t pointer : fetched) {
    if (!is_aligned(pointer)) return ListResult::invalid;
  }
  const bool is_last = needed <= here;
  command.list.insert(command.list.end(), fetched.begin(), fetched.end() - (is_last ? 0 : 1));
  if (is_last) return ListResult::complete;
  command.next_list = fetched.back();
  return ListResult::more;
}

}  // namespace luosim::device::nvme
